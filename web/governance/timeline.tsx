// What happened to a proposal and when, and what is still to come.
import { Moment } from '../ui/moment';
import { statusWords, type Proposal } from './proposal-words';
import { useHasCome } from './use-has-come';

type Event = readonly [what: string, at: string | null];

function eventsOf(proposal: Proposal): readonly Event[] {
  const { createdAt, opensAt, extendedAt, closesAt, countedAt } = proposal;
  const { queuedUntil, executableUntil, endedAt, status } = proposal;
  const isOver = endedAt !== null;
  return [
    ['Proposed', createdAt],
    ['Voting opens', opensAt],
    ['Voting extended, for a late vote reached the quorum', extendedAt],
    ['Voting closes', closesAt],
    ['Votes counted', countedAt],
    ['May be executed', queuedUntil],
    // An end makes the last chance moot.
    ['Expires unless executed', isOver ? null : executableUntil],
    [statusWords[status], endedAt],
  ];
}

export function Timeline({ proposal }: { readonly proposal: Proposal }) {
  return (
    <ol className="timeline">
      {eventsOf(proposal).map(
        ([what, at]) => at !== null && <Item key={what} what={what} at={at} />,
      )}
    </ol>
  );
}

function Item({ what, at }: { readonly what: string; readonly at: string }) {
  const isPast = useHasCome(at);
  return (
    <li data-past={isPast || undefined}>
      <span aria-hidden="true">{isPast ? '●' : '○'}</span> {what}{' '}
      <span className="unseen">{isPast ? '(past)' : '(to come)'}</span>
      <small>
        <Moment at={at} />
      </small>
    </li>
  );
}
