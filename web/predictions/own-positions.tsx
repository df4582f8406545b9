// What the reader holds of all markets.
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import type { ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';
import { Card } from '../ui/card';
import { DataTable, type Column } from '../ui/data-table';
import { Loaded } from '../ui/loaded';
import { MoreButton } from '../ui/more-button';
import { Lco } from './lco';
import { formatFixed, outcomeWords, sides, statusWords } from './market-words';

type Position = ItemOf<'/api/v1/predictions/positions'>;

const everyMs = 5_000;
const atOnce = 5;

const columns: readonly Column<Position>[] = [
  {
    name: 'Market',
    isText: true,
    cell: ({ marketId, question }) => (
      <Link className="user-text" href={`/predictions/${marketId}`}>
        {question}
      </Link>
    ),
  },
  {
    name: 'State',
    isText: true,
    cell: ({ status, outcome }) =>
      outcome === null || outcome === 'void'
        ? statusWords[status]
        : `${statusWords[status]}: ${outcomeWords[outcome]}`,
  },
  { name: 'Staked', cell: ({ staked }) => <Lco value={staked} decimals={2} /> },
  { name: 'YES shares', cell: ({ yesShares }) => formatFixed(yesShares, 2) },
  { name: 'NO shares', cell: ({ noShares }) => formatFixed(noShares, 2) },
  ...sides.map((side) => ({
    name: `If ${outcomeWords[side]}`,
    cell: ({ payoutIf }: Position) =>
      payoutIf ? <Lco value={payoutIf[side]} decimals={2} /> : '–',
  })),
  { name: 'Paid', cell: ({ paid }) => (paid === '0' ? '–' : <Lco value={paid} decimals={2} />) },
];

export function OwnPositions() {
  const positions = usePages({
    queryKey: ['predictions', 'positions'],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/predictions/positions', {
          params: { query: { limit: atOnce, ...(cursor && { cursor }) } },
        }),
      ),
    refetchInterval: everyMs,
  });
  return (
    <Card title="Your positions" className="prediction-positions">
      <Loaded query={positions}>
        {(rows) => (
          <>
            <DataTable
              caption="Your positions"
              columns={columns}
              rows={rows}
              keyOf={({ marketId }) => marketId}
              empty="You hold no bets."
            />
            {rows.some(({ payoutIf }) => payoutIf !== null) && (
              <p className="unit">
                If YES, if NO: what the position would pay if the market ended now, before the fee.
              </p>
            )}
          </>
        )}
      </Loaded>
      <MoreButton query={positions} />
    </Card>
  );
}
