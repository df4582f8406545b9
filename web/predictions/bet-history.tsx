// Everybody's bets and what each did to the odds. Whose they are is said of the reader's own alone.
import type { ItemOf } from '../api/types';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { Lco } from './lco';
import { useBets, useOwnNumbers } from './market-queries';
import { formatProbability, outcomeWords, type Market } from './market-words';

type Bet = ItemOf<'/api/v1/predictions/{id}/history'>;

export function BetHistory({ market }: { readonly market: Market }) {
  const bets = useBets(market);
  const own = useOwnNumbers(market);
  const columns: readonly Column<Bet>[] = [
    { name: 'At', isText: true, cell: ({ at }) => <Moment at={at} /> },
    {
      name: 'Outcome',
      isText: true,
      cell: ({ side, number }) => (
        <>
          {side === 'seed' ? 'seed' : outcomeWords[side]}
          {own.has(number) && ' (yours)'}
        </>
      ),
    },
    { name: 'Staked', cell: ({ stake }) => <Lco value={stake} /> },
    { name: 'YES after', cell: ({ probability }) => formatProbability(probability) },
    {
      name: 'Pool after',
      cell: ({ staked }) => <Lco value={staked} decimals={2} />,
    },
  ];
  return (
    <Card title="All bets">
      <PagedTable
        query={bets}
        caption="All bets"
        columns={columns}
        keyOf={({ number }) => String(number)}
        isCurrent={({ number }) => own.has(number)}
        empty="Nobody has bet yet."
      />
    </Card>
  );
}
