// Deposits that await a second operator, and what two operators do about them.
import { Amount, groupDigits } from '../ui/amount';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { ShortId } from '../ui/short-id';
import { Acts } from './acts';
import { decisionAct } from './decision-act';
import { QueueItem } from './queue';
import type { Deposit } from './queue-lists';
import { Who } from './who';

const decisions = {
  Confirm: {
    path: '/api/v1/admin/deposits/{id}/approve',
    question: 'Its Credits are created at once. Confirm?',
  },
  Refuse: {
    path: '/api/v1/admin/deposits/{id}/reject',
    question: 'Its reference is used up for ever. Refuse?',
  },
  'Take back': {
    path: '/api/v1/admin/deposits/{id}/reverse',
    question: 'Its Credits are taken back, and who has spent some of them is frozen. Take back?',
  },
} as const;

const words: Readonly<Record<Deposit['status'], string>> = {
  awaiting_second: 'awaits a second operator',
  confirmed: 'confirmed',
  rejected: 'refused',
  reversed: 'taken back',
};

export function DepositItem({ deposit }: { readonly deposit: Deposit }) {
  const { id, amount, status, userId, account, reversal } = deposit;
  const act = (verb: keyof typeof decisions) => decisionAct(verb, id, decisions[verb]);
  return (
    <QueueItem title={`Deposit of ${groupDigits(amount)} Credits`}>
      <Facts
        facts={[
          ['For', userId === null ? `the account ${account}` : <Who id={userId} nobody="" />],
          ['State', words[status]],
          ['External reference', <span className="user-text">{deposit.externalRef}</span>],
          [
            'Recorded',
            <>
              <Moment at={deposit.recordedAt} /> by{' '}
              <Who id={deposit.recordedBy} nobody="the payment provider" />
            </>,
          ],
          deposit.reason !== null && ['Why', <span className="user-text">{deposit.reason}</span>],
          deposit.decidedAt !== null && [
            'Decided',
            <>
              <Moment at={deposit.decidedAt} /> by <Who id={deposit.decidedBy} nobody="nobody" />:{' '}
              <span className="user-text">{deposit.decisionReason}</span>
            </>,
          ],
          reversal && [
            'Taken back',
            <>
              <Moment at={reversal.at} /> by <Who id={reversal.by} nobody="the payment provider" />:{' '}
              <span className="user-text">{reversal.reason}</span>
            </>,
          ],
          reversal && [
            'It came from',
            <>
              <Amount value={reversal.fromBeneficiary} unit="CREDIT" /> of who got it,{' '}
              <Amount value={reversal.fromTreasury} unit="CREDIT" /> of the treasury,{' '}
              <Amount value={reversal.fromLosses} unit="CREDIT" /> of losses
            </>,
          ],
          ['Id', <ShortId id={id} />],
        ]}
      />
      {status === 'awaiting_second' && <Acts acts={[act('Confirm'), act('Refuse')]} />}
      {status === 'confirmed' && <Acts acts={[act('Take back')]} />}
    </QueueItem>
  );
}
