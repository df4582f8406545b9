// How proposals, their values and their ends are said.
import type { AnswerOf, ItemOf } from '../api/types';
import { groupDigits } from '../ui/amount';

export type Proposal = ItemOf<'/api/v1/governance/proposals'>;
export type Status = Proposal['status'];
export type Parameter = AnswerOf<'/api/v1/governance/parameters'>['items'][number];
export type ParameterValue = Parameter['value'];

export const statusWords: Readonly<Record<Status, string>> = {
  pending: 'Voting opens soon',
  active: 'Voting',
  succeeded: 'Passed',
  defeated: 'Defeated',
  queued: 'Passed, waiting',
  executed: 'Executed',
  expired: 'Expired',
  vetoed: 'Vetoed',
};

export const endWords: Readonly<Record<NonNullable<Proposal['endedBecause']>, string>> = {
  no_quorum: 'too few votes: the quorum was not reached',
  outvoted: 'too few of the votes were for it',
  too_late: 'it was not executed in time',
  stale: 'the parameter was changed meanwhile',
  invalid: 'the parameter or the value is not allowed any more',
};

/** `Lv1: 5, Lv2: 50` for a value by level. */
export function formatValue(value: ParameterValue): string {
  if (typeof value !== 'object') return groupDigits(String(value));
  return Object.entries(value)
    .map(([level, number]) => `${level}: ${groupDigits(String(number))}`)
    .join(', ');
}

/** What a status waits for, and until when; null: nothing more happens to it. */
export function nextMoment(proposal: Proposal): readonly [what: string, at: string] | null {
  const { status, opensAt, closesAt, queuedUntil } = proposal;
  if (status === 'pending') return ['Voting opens in', opensAt];
  if (status === 'active') return ['Voting closes in', closesAt];
  if (status === 'queued' && queuedUntil !== null) return ['Executed in', queuedUntil];
  return null;
}
