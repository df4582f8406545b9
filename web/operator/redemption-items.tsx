// Redemptions: who wants how much paid out, who decided what about it, and the decision.
import { groupDigits } from '../ui/amount';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { Acts } from './acts';
import { decisionAct } from './decision-act';
import { QueueItem } from './queue';
import type { Redemption } from './queue-lists';
import { Who } from './who';

const decisions = {
  Approve: {
    path: '/api/v1/admin/redemptions/{id}/approve',
    question: 'With the last approval its Credits are destroyed. Approve?',
  },
  Reject: {
    path: '/api/v1/admin/redemptions/{id}/reject',
    question: 'Its Credits go back to the user. Reject?',
  },
} as const;

const words: Readonly<Record<Redemption['status'], string>> = {
  pending: 'waits for an operator',
  awaiting_second: 'awaits a second operator',
  approved: 'approved',
  rejected: 'rejected',
};

/** What each entry of its history says that an operator did. */
const deeds: Readonly<Record<Redemption['status'], string>> = {
  pending: 'asked for',
  awaiting_second: 'approved, first of two',
  approved: 'approved',
  rejected: 'rejected',
};

export function RedemptionItem({ redemption }: { readonly redemption: Redemption }) {
  const { id, amount, status, userId, history } = redemption;
  const isOpen = status === 'pending' || status === 'awaiting_second';
  return (
    <QueueItem title={`Redemption of ${groupDigits(amount)} Credits`} workflow={`redemption/${id}`}>
      <Facts
        facts={[
          ['User', <Who id={userId} nobody="" />],
          ['To', <span className="user-text">{redemption.destination}</span>],
          ['Asked for', <Moment at={redemption.requestedAt} />],
          ['State', words[status]],
          ['Operators needed', redemption.approvalsNeeded],
        ]}
      />
      {history.length > 0 && (
        <ul className="history">
          {history.map(({ status: to, at, operatorId, reason }) => (
            <li key={at}>
              <Moment at={at} />: {deeds[to]} by <Who id={operatorId} nobody="" />:{' '}
              <span className="user-text">{reason}</span>
            </li>
          ))}
        </ul>
      )}
      {isOpen && (
        <Acts
          acts={(['Approve', 'Reject'] as const).map((verb) =>
            decisionAct(verb, id, decisions[verb]),
          )}
        />
      )}
    </QueueItem>
  );
}
