// A user as operators see them, and what they may do: freeze, give or take the role, record a deposit, grant.
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import type { BodyOf, ItemOf } from '../api/types';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { ShortId } from '../ui/short-id';
import { ActForm, reasonOf } from './act-form';
import { Acts, type Act } from './acts';
import { Grant, UserDeposit } from './credit-forms';
import { decisionAct } from './decision-act';
import { QueueItem } from './queue';
import { Who } from './who';

type User = ItemOf<'/api/v1/admin/users'>;
type Role = BodyOf<'/api/v1/admin/users/{id}/role'>['role'];

const freezing = {
  Freeze: {
    path: '/api/v1/admin/users/{id}/freeze',
    note: 'Nothing can be spent, traded or redeemed until somebody unfreezes them. They are told the reason.',
  },
  Unfreeze: {
    path: '/api/v1/admin/users/{id}/unfreeze',
    note: 'They may spend, trade and redeem again.',
  },
} as const;

function roleAct(name: string, role: Role, note: string, id: string): Act {
  return {
    name,
    form: (onDone) => (
      <ActForm
        title={name}
        note={note}
        bodyOf={(form) => ({ ...reasonOf(form), role })}
        send={(body, key) =>
          answerOf(
            api.POST('/api/v1/admin/users/{id}/role', {
              params: { path: { id }, header: { 'Idempotency-Key': key } },
              body,
            }),
          )
        }
        onDone={onDone}
      />
    ),
  };
}

function roleActs({ id, role, proposedRole }: User): Act[] {
  if (role === 'operator') {
    const note = 'At once, as long as two operators remain.';
    return [roleAct('Take the role away', 'user', note, id)];
  }
  if (proposedRole === null) {
    const note = 'It takes two operators: you propose it, another one confirms.';
    return [roleAct('Propose as operator', 'operator', note, id)];
  }
  return [
    roleAct('Confirm as operator', 'operator', 'Not by the operator who proposed it.', id),
    roleAct('Withdraw the proposal', 'user', 'They stay a user.', id),
  ];
}

export function UserItem({ user }: { readonly user: User }) {
  const { id, handle, email, role, frozenAt, frozenReason, proposedRole, proposedBy } = user;
  const freezeVerb = frozenAt === null ? 'Freeze' : 'Unfreeze';
  return (
    <QueueItem title={handle}>
      <Facts
        facts={[
          ['E-mail', <span className="user-text">{email}</span>],
          ['Role', role],
          proposedRole !== null && [
            'Proposed as',
            <>
              {proposedRole}, by <Who id={proposedBy} nobody="nobody" />
            </>,
          ],
          frozenAt !== null && [
            'Frozen',
            <span className="user-text">
              <Moment at={frozenAt} />: {frozenReason}
            </span>,
          ],
          ['Joined', <Moment at={user.createdAt} />],
          ['Id', <ShortId id={id} />],
          ['Audit log', <AuditLinks id={id} isOperator={role === 'operator'} />],
        ]}
      />
      <Acts
        acts={[
          decisionAct(freezeVerb, id, freezing[freezeVerb]),
          {
            name: 'Deposit',
            form: (onDone) => <UserDeposit userId={id} level={4} onDone={onDone} />,
          },
          { name: 'Grant', form: (onDone) => <Grant userId={id} level={4} onDone={onDone} /> },
          ...roleActs(user),
        ]}
      />
    </QueueItem>
  );
}

function AuditLinks({ id, isOperator }: { readonly id: string; readonly isOperator: boolean }) {
  return (
    <>
      <Link href={`/operator/audit-log?subjectId=${id}`}>about them</Link>
      {isOperator && (
        <>
          {', '}
          <Link href={`/operator/audit-log?operatorId=${id}`}>by them</Link>
        </>
      )}
    </>
  );
}
