// The two outcomes: what each is believed to be likely, costs and pays, and the pool behind them.
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { DataTable, type Column } from '../ui/data-table';
import { Facts } from '../ui/facts';
import { Gauge } from '../ui/gauge';
import { formatBps } from '../ui/share';
import { Lco } from './lco';
import {
  formatFixed,
  formatProbability,
  outcomeWords,
  shareOf,
  sides,
  type Market,
  type Pool,
  type Side,
} from './market-words';

interface Outcome {
  readonly side: Side;
  readonly odds: Pool[Side];
}

const columns: readonly Column<Outcome>[] = [
  { name: 'Outcome', isText: true, cell: ({ side }) => outcomeWords[side] },
  { name: 'Probability', cell: ({ odds }) => formatProbability(odds.probability) },
  { name: 'Price of a share', cell: ({ odds }) => <Lco value={odds.price} /> },
  { name: 'Pays', cell: ({ odds }) => `${formatFixed(odds.multiple, 2)}×` },
  { name: 'Shares', cell: ({ odds }) => formatFixed(odds.shares, 2) },
];

export function OddsGauge({ pool }: { readonly pool: Pool }) {
  const { probability } = pool.yes;
  return (
    <div className="odds-gauge">
      <Gauge
        label={`YES ${formatProbability(probability)}`}
        text={`NO ${formatProbability(pool.no.probability)}`}
        share={shareOf(probability)}
      />
    </div>
  );
}

export function Odds({ market }: { readonly market: Market }) {
  const { pool, status, volume, seed, bets, holders, feeBps } = market;
  return (
    <Card title="Odds">
      <OddsGauge pool={pool} />
      <DataTable
        caption="Odds"
        columns={columns}
        rows={sides.map((side) => ({ side, odds: pool[side] }))}
        keyOf={({ side }) => side}
        empty=""
      />
      {status === 'open' && (
        <p className="unit">
          Pays: what the next share would return for its price if the market ended now. Odds move
          with every bet until betting closes.
        </p>
      )}
      <Facts
        facts={[
          ['Pool', <Amount key="pool" value={pool.staked} unit="LCO" />],
          ['Volume', <Amount key="volume" value={volume} unit="LCO" />],
          ['Seed', <Amount key="seed" value={seed} unit="LCO" />],
          ['Bets, holders', `${bets}, ${holders}`],
          feeBps !== null && ["Fee on a winner's profit", formatBps(feeBps)],
        ]}
      />
    </Card>
  );
}
