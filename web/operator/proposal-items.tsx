// Governance proposals that are not over: what they would do, how votes stand, and the veto.
import { Amount } from '../ui/amount';
import { Countdown } from '../ui/countdown';
import { Facts } from '../ui/facts';
import { Acts } from './acts';
import { decisionAct } from './decision-act';
import { QueueItem } from './queue';
import type { Proposal } from './queue-lists';

const words: Partial<Record<Proposal['status'], string>> = {
  pending: 'announced; voting has not begun',
  active: 'being voted on',
  queued: 'carried; it waits to be executed',
};

function deadlineOf({ status, opensAt, closesAt, queuedUntil }: Proposal) {
  if (status === 'pending') return ['Voting opens in', <Countdown to={opensAt} />] as const;
  if (status === 'active') return ['Voting closes in', <Countdown to={closesAt} />] as const;
  return queuedUntil ? (['Executed in', <Countdown to={queuedUntil} />] as const) : null;
}

const valueText = (value: unknown) => JSON.stringify(value);

export function ProposalItem({ proposal }: { readonly proposal: Proposal }) {
  const { id, title, text, status, parameter, tally } = proposal;
  return (
    <QueueItem title={title} workflow={`proposal/${id}`}>
      <Facts
        facts={[
          ['State', words[status] ?? status],
          deadlineOf(proposal),
          ['Proposed by', <span className="user-text">{proposal.proposer}</span>],
          parameter && [
            'Would change',
            <>
              <code>{parameter.name}</code> from {valueText(parameter.valueBefore)} to{' '}
              {valueText(parameter.value)}
            </>,
          ],
          ['For', <Amount value={tally.for} unit="LCO" />],
          ['Against', <Amount value={tally.against} unit="LCO" />],
          ['Abstain', <Amount value={tally.abstain} unit="LCO" />],
          ['Quorum', tally.quorumReached ? 'reached' : 'not reached'],
        ]}
      />
      <details>
        <summary>Text</summary>
        <p className="user-text">{text}</p>
      </details>
      <Acts
        acts={[
          decisionAct('Veto', id, {
            path: '/api/v1/admin/governance/proposals/{id}/veto',
            note: 'Everybody sees the veto, your handle and the reason.',
            question: 'Veto it for good, in public?',
          }),
        ]}
      />
    </QueueItem>
  );
}
