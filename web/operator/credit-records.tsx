// What was granted, paid and corrected, newest first.
import { answerOf, api } from '../api/client';
import type { ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { everyMs, pageAt } from './queue-lists';
import { Who } from './who';

interface RecordsProps<Item> {
  readonly title: string;
  /** Of `usePages`. */
  readonly query: ReturnType<typeof usePages<Item>>;
  readonly columns: readonly Column<Item>[];
}

function Records<Item extends { readonly id: string }>({
  title,
  query,
  columns,
}: RecordsProps<Item>) {
  return (
    <Card title={title}>
      <PagedTable
        query={query}
        caption={title}
        columns={columns}
        keyOf={({ id }) => id}
        empty="There is none yet."
      />
    </Card>
  );
}

const amount = {
  name: 'Amount',
  cell: (row: { readonly amount: string }) => <Amount value={row.amount} unit="CREDIT" />,
};
const reason = {
  name: 'Reason',
  isText: true,
  cell: (row: { readonly reason: string }) => <span className="user-text">{row.reason}</span>,
};

type Grant = ItemOf<'/api/v1/admin/grants'>;

const grantColumns: readonly Column<Grant>[] = [
  { name: 'Time', isText: true, cell: ({ grantedAt }) => <Moment at={grantedAt} /> },
  { name: 'User', isText: true, cell: ({ userId }) => <Who id={userId} nobody="" /> },
  amount,
  { name: 'By', isText: true, cell: ({ grantedBy }) => <Who id={grantedBy} nobody="" /> },
  reason,
];

export function GrantRecords() {
  const query = usePages({
    queryKey: ['operator', 'grants'],
    ask: (cursor) =>
      answerOf(api.GET('/api/v1/admin/grants', { params: { query: pageAt(cursor) } })),
    refetchInterval: everyMs,
  });
  return <Records title="Grants" query={query} columns={grantColumns} />;
}

type Payment = ItemOf<'/api/v1/admin/upstream-payments'>;

const paymentColumns: readonly Column<Payment>[] = [
  { name: 'Time', isText: true, cell: ({ recordedAt }) => <Moment at={recordedAt} /> },
  { name: 'Channel', isText: true, cell: ({ channel }) => channel },
  amount,
  { name: 'By', isText: true, cell: ({ recordedBy }) => <Who id={recordedBy} nobody="" /> },
  reason,
];

export function PaymentRecords() {
  const query = usePages({
    queryKey: ['operator', 'upstream-payments'],
    ask: (cursor) =>
      answerOf(api.GET('/api/v1/admin/upstream-payments', { params: { query: pageAt(cursor) } })),
    refetchInterval: everyMs,
  });
  return <Records title="Paid bills of upstreams" query={query} columns={paymentColumns} />;
}

type Correction = ItemOf<'/api/v1/admin/cost-corrections'>;

const correctionColumns: readonly Column<Correction>[] = [
  ...paymentColumns,
  { name: 'Closed in', isText: true, cell: ({ closedIn }) => closedIn ?? 'not yet' },
];

export function CorrectionRecords() {
  const query = usePages({
    queryKey: ['operator', 'cost-corrections'],
    ask: (cursor) =>
      answerOf(api.GET('/api/v1/admin/cost-corrections', { params: { query: pageAt(cursor) } })),
    refetchInterval: everyMs,
  });
  return <Records title="Corrections of cost" query={query} columns={correctionColumns} />;
}
