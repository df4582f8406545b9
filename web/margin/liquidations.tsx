// Everybody's liquidations, newest first; whose they were is nobody's to know.
import { groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { formatPrice } from '../ui/format-price';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { formatShare } from '../ui/share';
import { useLiquidations, type Liquidation } from './margin-data';
import { liquidationNames, nameOfSide } from './margin-text';

const none = '–';

const columns: readonly Column<Liquidation>[] = [
  { name: 'When', isText: true, cell: ({ at }) => <Moment at={at} /> },
  { name: 'Side', isText: true, cell: ({ side }) => nameOfSide(side) },
  { name: 'What', isText: true, cell: ({ kind }) => liquidationNames[kind] },
  {
    name: 'Traded, LCO',
    cell: ({ quantity }) => (quantity === '0' ? none : groupDigits(quantity)),
  },
  { name: 'Price', cell: ({ price }) => (price === null ? none : formatPrice(price)) },
  { name: 'Mark', cell: ({ mark }) => (mark === null ? none : formatPrice(mark)) },
  {
    name: 'Penalty, Credits',
    cell: ({ penalty }) => (penalty === '0' ? none : groupDigits(penalty)),
  },
  {
    name: 'Margin ratio after',
    cell: ({ marginRatio }) => (marginRatio === null ? none : formatShare(marginRatio)),
  },
];

export function Liquidations() {
  const liquidations = useLiquidations();
  return (
    <Card title="Liquidations" className="margin-table">
      <PagedTable
        query={liquidations}
        caption="Liquidations"
        columns={columns}
        keyOf={({ positionId, at, kind, marginRatio }) =>
          `${positionId} ${at} ${kind} ${marginRatio}`
        }
        empty="Nobody has been liquidated."
      />
    </Card>
  );
}
