// One's redemptions, and what operators said of each.
import { answerOf, api } from '../api/client';
import type { ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';

type Redemption = ItemOf<'/api/v1/redemptions'>;

const everyMs = 5_000;

const columns: readonly Column<Redemption>[] = [
  { name: 'Asked', isText: true, cell: ({ requestedAt }) => <Moment at={requestedAt} /> },
  { name: 'Amount', cell: ({ amount }) => <Amount value={amount} unit="CREDIT" /> },
  {
    name: 'To',
    isText: true,
    cell: ({ destination }) => <span className="user-text">{destination}</span>,
  },
  { name: 'Status', isText: true, cell: ({ status }) => status },
  {
    name: 'Reason',
    isText: true,
    cell: ({ history }) => <span className="user-text">{history.at(-1)?.reason}</span>,
  },
];

export function RedemptionsCard() {
  const redemptions = usePages({
    queryKey: ['redemptions'],
    ask: (cursor) =>
      answerOf(api.GET('/api/v1/redemptions', { params: { query: cursor ? { cursor } : {} } })),
    refetchInterval: everyMs,
  });
  return (
    <Card title="Redemptions">
      <PagedTable
        query={redemptions}
        caption="Redemptions"
        columns={columns}
        keyOf={({ id }) => id}
        empty="None yet."
      />
    </Card>
  );
}
