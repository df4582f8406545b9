// All that happened to a position, newest first.
import { groupDigits } from '../ui/amount';
import type { Column } from '../ui/data-table';
import { formatPrice } from '../ui/format-price';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { formatShare } from '../ui/share';
import { useHistory, type Change } from './margin-data';
import { changeNames } from './margin-text';

const none = '–';

function figure(value: string) {
  return value === '0' ? none : groupDigits(value);
}

const columns: readonly Column<Change>[] = [
  { name: 'What', isText: true, cell: ({ kind }) => changeNames[kind] },
  { name: 'When', isText: true, cell: ({ at }) => <Moment at={at} /> },
  { name: 'Traded, LCO', cell: ({ quantity }) => figure(quantity) },
  { name: 'For, Credits', cell: ({ notional }) => figure(notional) },
  { name: 'Fee, Credits', cell: ({ fee }) => figure(fee) },
  { name: 'Penalty, Credits', cell: ({ penalty }) => figure(penalty) },
  { name: 'Put in, Credits', cell: ({ paidIn }) => figure(paidIn) },
  { name: 'Paid out, Credits', cell: ({ paidOut }) => figure(paidOut) },
  { name: 'Mark', cell: ({ mark }) => (mark === null ? none : formatPrice(mark)) },
  {
    name: 'Margin ratio after',
    cell: ({ marginRatio }) => (marginRatio === null ? none : formatShare(marginRatio)),
  },
];

export function PositionHistory({ id }: { readonly id: string }) {
  const history = useHistory(id);
  return (
    <PagedTable
      query={history}
      caption="History of the position"
      columns={columns}
      keyOf={({ number }) => String(number)}
      empty="Nothing has happened yet."
    />
  );
}
