// The positions that are over: what each won or lost, and how it went.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { formatPrice } from '../ui/format-price';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { useClosedPositions, type Position } from './margin-data';
import { closeNames, nameOfSide } from './margin-text';
import { PositionHistory } from './position-history';
import { Profit } from './profit';

const columns: readonly Column<Position>[] = [
  {
    name: 'Position',
    isText: true,
    cell: ({ side, leverage }) => `${nameOfSide(side)} ${leverage}x`,
  },
  {
    name: 'Closed',
    isText: true,
    cell: ({ closedAt }) => closedAt && <Moment at={closedAt} />,
  },
  { name: 'How', isText: true, cell: ({ closeReason }) => closeReason && closeNames[closeReason] },
  { name: 'Entry price', cell: ({ entryPrice }) => formatPrice(entryPrice) },
  { name: 'Put in, Credits', cell: ({ paidIn }) => groupDigits(paidIn) },
  { name: 'Paid out, Credits', cell: ({ paidOut }) => groupDigits(paidOut) },
  {
    name: 'Profit',
    cell: ({ profit }) => profit !== null && <Profit value={profit} unit="Credits" />,
  },
];

export function ClosedPositions() {
  const closed = useClosedPositions();
  const [shown, setShown] = useState<string | null>(null);
  const history: Column<Position> = {
    name: 'History',
    cell: ({ id }) => (
      <Button
        className="plain"
        aria-expanded={shown === id}
        onPress={() => setShown(shown === id ? null : id)}
      >
        {shown === id ? 'Hide' : 'Show'}
      </Button>
    ),
  };
  return (
    <Card title="Closed positions" className="margin-table">
      <PagedTable
        query={closed}
        caption="Closed positions"
        columns={[...columns, history]}
        keyOf={({ id }) => id}
        isCurrent={({ id }) => id === shown}
        empty="None of your positions is closed yet."
      />
      {shown !== null && <PositionHistory key={shown} id={shown} />}
    </Card>
  );
}
