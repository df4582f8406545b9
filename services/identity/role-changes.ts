// Who becomes an operator, and who ceases to be one (ADR 0011). An appointment takes two operators, or one of them
// could appoint an account of their own and approve with it what needs two. Taking the role away takes one, since it
// must be possible at once; but two who can act must remain, or nobody could ever be appointed again.
import { DomainError } from '../../domain/errors';
import type { Role } from '../../domain/identity';
import { putRow, rowKey, type Command, type Decision, type View } from '../../ledger/command';
import { defineLookup, defineTable } from '../../ledger/table';
import {
  auditActOnUser,
  requireUserOfOthers,
  standingOf,
  usersOfAct,
  type ActOnUser,
  type UserStanding,
} from './operator-acts';
import { userStates, type UserState } from './user-state';

const fewestOperators = 2;

const proposals = defineTable({
  name: 'operator_proposals',
  key: 'userId',
  writes: 'upsert',
  columns: { userId: 'uuid', proposedBy: 'uuid?', proposedAt: 'timestamptz?' },
});

const usersOfRole = defineLookup<{ readonly ids: readonly string[] }>({
  name: 'users of role',
  keyType: 'text',
  sql: /* sql */ `
    select u.role as key, json_agg(u.id) as ids
    from users u where u.role = any($1::text[]) group by u.role`,
});

export const roleChangeStatuses = ['done', 'awaiting_second'] as const;

export interface RoleChange {
  readonly user: UserStanding;
  /** awaiting_second: nothing is different until another operator asks for the same. */
  readonly status: (typeof roleChangeStatuses)[number];
}

type RoleAct = ActOnUser & { readonly role: Role };

function canAct(user: UserState | undefined): boolean {
  return user?.role === 'operator' && user.frozenAt === null;
}

/** Who proposed the user; null: nobody whose word still counts. */
function proposerOf(view: View, userId: string): string | null {
  const proposedBy = view.row(proposals, userId)?.proposedBy ?? null;
  return proposedBy !== null && canAct(view.row(userStates, proposedBy)) ? proposedBy : null;
}

function closeProposal(userId: string) {
  return putRow(proposals, { userId, proposedBy: null, proposedAt: null });
}

function appoint(view: View, act: RoleAct, user: UserState): Decision<RoleChange> {
  const proposedBy = proposerOf(view, user.id);
  if (act.operatorId !== null && proposedBy === act.operatorId) {
    return { result: { user: standingOf(user), status: 'awaiting_second' } };
  }
  if (act.operatorId !== null && proposedBy === null) {
    return {
      rows: [
        putRow(proposals, { userId: user.id, proposedBy: act.operatorId, proposedAt: view.at }),
        auditActOnUser(view.at, act, { action: 'user.role_propose', details: { to: act.role } }),
      ],
      result: { user: standingOf(user), status: 'awaiting_second' },
    };
  }
  const appointed = { ...user, role: act.role };
  return {
    rows: [
      putRow(userStates, appointed),
      closeProposal(user.id),
      auditActOnUser(view.at, act, {
        action: 'user.role',
        details: {
          from: user.role,
          to: act.role,
          ...(proposedBy === null ? {} : { proposedBy }),
        },
      }),
    ],
    result: { user: standingOf(appointed), status: 'done' },
  };
}

/** @throws DomainError STATE_CONFLICT when nobody proposed the user. */
function withdraw(view: View, act: RoleAct, user: UserState): Decision<RoleChange> {
  const proposedBy = view.row(proposals, user.id)?.proposedBy ?? null;
  if (proposedBy === null) throw hasRoleAlready(act.role);
  return {
    rows: [
      closeProposal(user.id),
      auditActOnUser(view.at, act, { action: 'user.role_withdraw', details: { proposedBy } }),
    ],
    result: { user: standingOf(user), status: 'done' },
  };
}

/** @throws DomainError STATE_CONFLICT when fewer than two who can act would remain. */
function dismiss(view: View, act: RoleAct, user: UserState): Decision<RoleChange> {
  const ids = view.row(usersOfRole, 'operator')?.ids ?? [];
  const remaining = view
    .rows(userStates, ids)
    .filter((other) => other?.id !== user.id && canAct(other)).length;
  // A frozen one acts in nothing: without them there are as many as before.
  if (canAct(user) && remaining < fewestOperators) {
    throw new DomainError(
      'STATE_CONFLICT',
      'Two operators must remain; appoint another one first, or freeze this one.',
    );
  }
  const dismissed = { ...user, role: act.role };
  return {
    rows: [
      putRow(userStates, dismissed),
      auditActOnUser(view.at, act, {
        action: 'user.role',
        details: { from: user.role, to: act.role },
      }),
    ],
    result: { user: standingOf(dismissed), status: 'done' },
  };
}

function hasRoleAlready(role: Role): DomainError {
  return new DomainError('STATE_CONFLICT', `The user has the role ${role} already.`);
}

export const changeRole: Command<RoleAct, RoleChange> = {
  kind: 'change_role',
  keys: (act) => ({ rows: [...usersOfAct(act), rowKey(proposals, act.userId)] }),
  decide(view, act) {
    const user = requireUserOfOthers(view, act);
    if (act.role === 'user') {
      return user.role === 'user' ? withdraw(view, act, user) : dismiss(view, act, user);
    }
    if (user.role === act.role) throw hasRoleAlready(act.role);
    return appoint(view, act, user);
  },
};
