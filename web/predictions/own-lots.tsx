// What the reader has bet in a market, lot by lot, and what each would be paid, or was.
import { Card } from '../ui/card';
import { DataTable, type Column } from '../ui/data-table';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { MoreButton } from '../ui/more-button';
import { formatBps } from '../ui/share';
import { Lco } from './lco';
import { useOwnLots } from './market-queries';
import { formatFixed, outcomeWords, sides, type Lot, type Market, type Side } from './market-words';
import { payoutIf, sumOf } from './payout';

export function OwnLots({ market }: { readonly market: Market }) {
  const lots = useOwnLots(market);
  return (
    <Card title="Your bets">
      <Loaded query={lots}>
        {(rows) => (
          <>
            {rows.length > 0 && !lots.hasNextPage && <Totals market={market} lots={rows} />}
            <DataTable
              caption="Your bets"
              columns={columnsOf(market)}
              rows={rows}
              keyOf={({ number }) => String(number)}
              empty="You have not bet in this market."
            />
            {rows.length > 0 && market.outcome === null && (
              <p className="unit">
                What each would pay if the market ended now, after the fee. More bets on the same
                side make it less, bets on the other side more; it never falls below one LCO a share
                before the fee.
              </p>
            )}
          </>
        )}
      </Loaded>
      <MoreButton query={lots} />
    </Card>
  );
}

const lotColumns: readonly Column<Lot>[] = [
  { name: 'Bet at', isText: true, cell: ({ placedAt }) => <Moment at={placedAt} /> },
  {
    name: 'Outcome',
    isText: true,
    cell: ({ side }) => (side === 'seed' ? 'YES + NO (seed)' : outcomeWords[side]),
  },
  { name: 'Staked', cell: ({ stake }) => <Lco value={stake} decimals={2} /> },
  { name: 'Shares', cell: ({ shares }) => formatFixed(shares, 2) },
];

function columnsOf(market: Market): readonly Column<Lot>[] {
  return [...lotColumns, ...(market.outcome === null ? openColumns(market) : paidColumns)];
}

function openColumns(market: Market): Column<Lot>[] {
  return [
    { name: 'Fee', cell: ({ paysFee }) => (paysFee ? formatBps(market.feeBps ?? 0) : 'none') },
    ...sides.map((side) => ({
      name: `If ${outcomeWords[side]}`,
      cell: (lot: Lot) =>
        isLate(lot, market) ? (
          'back at cost'
        ) : (
          <Lco value={wouldBePaid(lot, side, market)} decimals={2} />
        ),
    })),
  ];
}

function isLate({ placedAt }: Lot, { resolution }: Market): boolean {
  return resolution !== null && Date.parse(placedAt) > Date.parse(resolution.effectiveAt);
}

/** If the market ended so now: as what was proposed has it, once something is. */
function wouldBePaid(lot: Lot, side: Side, market: Market): string {
  if (isLate(lot, market)) return lot.stake;
  const pool = market.resolution?.pool ?? market.pool;
  return payoutIf(lot, side, pool, market.feeBps ?? 0).net;
}

const paidColumns: readonly Column<Lot>[] = [
  { name: 'Counts', cell: ({ voided }) => (voided ? 'back at cost' : 'yes') },
  { name: 'Fee', cell: ({ fee }) => (fee === null ? 'to come' : <Lco value={fee} decimals={2} />) },
  {
    name: 'Paid',
    cell: ({ paid }) => (paid === null ? 'to come' : <Lco value={paid} decimals={2} />),
  },
];

function Totals({ market, lots }: { readonly market: Market; readonly lots: readonly Lot[] }) {
  const payoutOf = (side: Side) => sumOf(lots.map((lot) => wouldBePaid(lot, side, market)));
  return (
    <Facts
      facts={[
        ['Staked', <Lco key="staked" value={sumOf(lots.map(({ stake }) => stake))} />],
        ...(market.outcome === null
          ? sides.map(
              (side) =>
                [`If ${outcomeWords[side]}`, <Lco key={side} value={payoutOf(side)} />] as const,
            )
          : [
              [
                'Paid',
                <Lco key="paid" value={sumOf(lots.map(({ paid }) => paid ?? '0'))} />,
              ] as const,
            ]),
      ]}
    />
  );
}
