// How much is in each queue, and the way there.
import {
  isBuybackRunning,
  isImoRunning,
  isProvisional,
  useBuybacks,
  useDeposits,
  useImos,
  useMarkets,
  useProposals,
  useRedemptions,
  useRounds,
} from './queue-lists';

interface CountedList<Item = unknown> {
  readonly data: readonly Item[] | undefined;
  readonly hasNextPage: boolean;
}

/** `3`, `50+` where there are more to ask for, and nothing until it is known. */
function countOf(...lists: readonly CountedList[]): string {
  if (lists.some(({ data }) => data === undefined)) return '';
  const count = lists.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  return `${count}${lists.some(({ hasNextPage }) => hasNextPage) ? '+' : ''}`;
}

/** Of a list that has no filter; where none of the newest is in, none of the others is taken to be. */
function countOfSome<Item>(
  { data, hasNextPage }: CountedList<Item>,
  isIn: (item: Item) => boolean,
): string {
  if (data === undefined) return '';
  const count = data.filter(isIn).length;
  return `${count}${count > 0 && hasNextPage ? '+' : ''}`;
}

export function QueueCounts() {
  const waiting = [
    ['deposits', 'Deposits', countOf(useDeposits('awaiting_second'))],
    [
      'redemptions',
      'Redemptions',
      countOf(useRedemptions('awaiting_second'), useRedemptions('pending')),
    ],
    ['proposed-markets', 'Proposed markets', countOf(useMarkets('proposed'))],
    [
      'markets-to-decide',
      'Markets to decide',
      countOf(useMarkets('disputed'), useMarkets('locked')),
    ],
  ] as const;
  const running = [
    ['wars', 'Provisional rankings', countOfSome(useRounds(), isProvisional)],
    [
      'proposals',
      'Governance proposals',
      countOf(useProposals('queued'), useProposals('active'), useProposals('pending')),
    ],
    ['buybacks', 'Buybacks', countOfSome(useBuybacks(), isBuybackRunning)],
    ['imos', 'IMOs', countOfSome(useImos(), isImoRunning)],
    [
      'running-markets',
      'Markets under way',
      countOf(useMarkets('resolution_proposed'), useMarkets('open')),
    ],
  ] as const;
  return (
    <nav aria-label="Queues" className="queue-counts">
      <Counts name="Waiting for an operator" counts={waiting} />
      <Counts name="Under way" counts={running} />
    </nav>
  );
}

interface CountsProps {
  readonly name: string;
  readonly counts: readonly (readonly [id: string, name: string, count: string])[];
}

function Counts({ name, counts }: CountsProps) {
  return (
    <div role="group" aria-label={name}>
      <span className="group-name">{name}</span>
      <ul>
        {counts.map(([id, what, count]) => (
          <li key={id} data-some={count !== '' && count !== '0' ? true : undefined}>
            <a href={`#${id}`}>
              {what} <strong className="figures">{count}</strong>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
