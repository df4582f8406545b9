// What the Temporal UI shows of a proposal (DESIGN 2.11 and 5), as Markdown: what it would change, its tally beside the
// thresholds, what comes next, and how to veto it.
import type { Proposal, ProposalStanding } from '../activities/governance';
import { literal } from './literal';

export function describeProposal({ proposal, tally }: ProposalStanding): string {
  return [
    describeSubject(proposal),
    describeState(proposal),
    describeTally(proposal, tally),
    ...describeVeto(proposal),
  ].join('\n\n');
}

function valueText(value: unknown): string {
  return literal(typeof value === 'string' ? value : JSON.stringify(value));
}

function describeSubject({ title, kind, parameter, createdAt, proposerId }: Proposal): string {
  const what =
    parameter === null
      ? 'It is a text: nothing is executed.'
      : `It sets **${parameter.name}** from ${valueText(parameter.valueBefore)} to **${valueText(parameter.value)}** (from version ${parameter.expectedVersion}).`;
  return `${literal(title)}, a ${kind} proposal of user \`${proposerId}\`, made ${createdAt}. ${what}`;
}

const ends: Readonly<Record<NonNullable<Proposal['endedBecause']>, string>> = {
  no_quorum: 'there was no quorum',
  outvoted: 'not enough of the votes were for it',
  too_late: 'it was not executed in time',
  stale: 'the parameter was changed meanwhile',
  invalid: 'the parameter or its bounds are no longer what they were',
};

function describeState(proposal: Proposal): string {
  const { status, opensAt, closesAt, extendedAt, queuedUntil, endedAt } = proposal;
  const reason = proposal.endedBecause === null ? '' : `: ${ends[proposal.endedBecause]}`;
  switch (status) {
    case 'pending':
      return `**Pending**: voting opens ${opensAt}.`;
    case 'active':
      return `**Active**: Whales vote until ${closesAt}${extendedAt === null ? '' : `, extended ${extendedAt} by the vote that reached the quorum`}.`;
    case 'queued':
      return `**Queued**: it passed, and is executed ${queuedUntil}.`;
    case 'succeeded':
      return `**Succeeded** ${endedAt}.`;
    case 'executed':
      return `**Executed** ${endedAt}: the parameter has version ${proposal.parameter?.executedVersion}.`;
    case 'defeated':
      return `**Defeated** ${endedAt}${reason}.`;
    case 'expired':
      return `**Expired** ${endedAt}${reason}.`;
    case 'vetoed':
      return `**Vetoed** ${endedAt} by operator \`${proposal.veto?.operatorId}\`: ${literal(proposal.veto?.reason ?? '')}`;
  }
}

function describeTally(
  { thresholds, snapshot }: Proposal,
  tally: ProposalStanding['tally'],
): string {
  const { quorumBps, circulatingBps, minVoters, twoThirds, quorumWeight } = thresholds;
  const carries = twoThirds ? 'two thirds of For + Against are For' : 'more For than Against';
  return [
    `| for | against | abstain | Whales voting |\n|---|---|---|---|\n| ${tally.for} | ${tally.against} | ${tally.abstain} | ${tally.voters} |`,
    `Quorum (${tally.quorumReached ? 'reached' : 'not reached'}): For + Abstain of ${quorumWeight} LCO, which is ${quorumBps / 100}% of the ${snapshot.weight} LCO that ${snapshot.voters} Whales had staked and at least ${circulatingBps / 100}% of the ${snapshot.circulating} LCO in circulation, and ${minVoters} Whales. It passes if ${carries} (${tally.carried ? 'so it is' : 'not so'}).`,
  ].join('\n\n');
}

function describeVeto({ endedAt }: Proposal): string[] {
  return endedAt === null
    ? [
        'An operator who neither proposed it nor voted on it may veto it in public: send the update `veto` with `{ "operatorId": "…", "reason": "…" }`.',
      ]
    : [];
}
