// The prize pool and how it is split.
import { Decimal } from 'decimal.js';
import { Amount, groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import { DataTable } from '../ui/data-table';
import { mostDecimals, withDecimals } from '../ui/decimals';
import { formatShare } from '../ui/share';
import { placePercents, type Round } from './prizes';

export function PrizePool({ round }: { readonly round: Round }) {
  const pool = round.prizePool ?? '0';
  const cap = formatShare(new Decimal(round.prizeCapBps).div(10_000).toFixed());
  const isFixed = round.closedAt !== null;
  const isWithoutPrice = isFixed && round.twap === null;
  return (
    <Card title="Prize pool">
      <p className="figure">
        <Amount value={pool} unit="LCO" />
      </p>
      <p>
        {isFixed
          ? 'As it stood when the round closed. '
          : 'What it holds now; the close fixes it. '}
        Each prize is worth at most {cap} of what its winner spent, at the average market price of
        the round{isFixed || ' (estimated here by the mark price)'}. What that cuts off stays in the
        pool.
      </p>
      {isWithoutPrice && (
        <p>There was no market price in this round: it pays no prizes, and the pool is kept.</p>
      )}
      <details>
        <summary>How it is split</summary>
        <DataTable
          caption="Split of the prize pool"
          columns={[
            { name: 'Place', cell: ({ place }) => place },
            { name: 'Share', cell: ({ percent }) => `${percent}%` },
            {
              name: 'At most (LCO)',
              cell: ({ lco }) => groupDigits(withDecimals(lco, mostDecimals([pool]) + 2)),
            },
          ]}
          rows={placePercents.map((percent, index) => ({
            place: index + 1,
            percent,
            lco: new Decimal(pool).times(percent).div(100).toFixed(),
          }))}
          keyOf={({ place }) => String(place)}
          empty="Nothing is split."
        />
      </details>
    </Card>
  );
}
