// The lending pools: what each has, costs and earns, and what of it is one's own.
import { useSupplies, usePools, type Pool, type Supply } from './margin-data';
import { Amount, unitName } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Gauge } from '../ui/gauge';
import { Loaded } from '../ui/loaded';
import { QueryNotice } from '../ui/query-notice';
import { formatShare } from '../ui/share';
import { Profit } from './profit';
import { SupplyForms } from './supply-forms';

export function Pools() {
  const pools = usePools();
  const supplies = useSupplies();
  const supplyOf = (asset: Pool['asset']) =>
    supplies.data && (supplies.data.items.find((supply) => supply.asset === asset) ?? null);
  return (
    <Loaded query={pools}>
      {({ items, riskReserve }) => (
        <>
          <QueryNotice query={supplies} />
          <div className="pools">
            {items.map((pool) => (
              <PoolCard key={pool.asset} pool={pool} supply={supplyOf(pool.asset)} />
            ))}
          </div>
          <p className="hint">
            Suppliers get 90% of the interest, and bear what no collateral, risk reserve (
            <Amount value={riskReserve.CREDIT} unit="Credits" />,{' '}
            <Amount value={riskReserve.LCO} unit="LCO" />) or treasury covers. What is lent cannot
            be withdrawn.
          </p>
        </>
      )}
    </Loaded>
  );
}

interface PoolCardProps {
  readonly pool: Pool;
  /** null: none; undefined: not known. */
  readonly supply: Supply | null | undefined;
}

function PoolCard({ pool, supply }: PoolCardProps) {
  const { asset, utilisation, maxUtilisation } = pool;
  const unit = unitName(asset);
  return (
    <Card title={`Lending pool of ${unit}`} className="pool">
      <Gauge
        label="Utilisation"
        share={Number(utilisation)}
        tone={toneOf(pool)}
        text={`${formatShare(utilisation)} is lent (no new loans above ${formatShare(maxUtilisation)})`}
      />
      <Facts
        facts={[
          ['Supplied', <Amount value={pool.supplied} unit={unit} />],
          ['Borrowed', <Amount value={pool.borrowed} unit={unit} />],
          ['Still to be borrowed', <Amount value={pool.borrowable} unit={unit} />],
          ['Borrowers pay', `${formatShare(pool.borrowRate)} a year`],
          ['Suppliers earn', `${formatShare(pool.supplyRate)} a year`],
          pool.lost !== '0' && [
            'Lost by suppliers so far',
            <Amount value={pool.lost} unit={unit} />,
          ],
          [
            'Your supply',
            supply === undefined ? '…' : <Amount value={supply?.claim ?? '0'} unit={unit} />,
          ],
          supply && ['Earned so far', <Profit value={supply.earned} unit={unit} />],
        ]}
      />
      <SupplyForms pool={pool} supply={supply} />
    </Card>
  );
}

function toneOf({ utilisation, maxUtilisation }: Pool) {
  const [share, most] = [Number(utilisation), Number(maxUtilisation)];
  if (share >= most) return 'danger';
  return share >= most * 0.8 ? 'warning' : 'good';
}
