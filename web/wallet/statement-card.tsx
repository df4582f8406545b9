// Every entry of one's accounts, newest first.
import { useState } from 'react';
import type { Asset } from '../account/balances';
import { answerOf, api } from '../api/client';
import type { ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Choice } from '../ui/choice';
import type { Column } from '../ui/data-table';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { ShortId } from '../ui/short-id';

type Entry = ItemOf<'/api/v1/ledger/entries'>;
type Shown = Asset | 'all';

const everyMs = 5_000;

const columns: readonly Column<Entry>[] = [
  { name: 'When', isText: true, cell: ({ at }) => <Moment at={at} /> },
  { name: 'What', isText: true, cell: ({ kind }) => kind.replaceAll('_', ' ') },
  { name: 'Account', isText: true, cell: ({ account }) => account },
  { name: 'Amount', cell: ({ amount, asset }) => <Amount value={amount} unit={asset} /> },
  {
    name: 'Balance after',
    cell: ({ balanceAfter, asset }) => <Amount value={balanceAfter} unit={asset} />,
  },
  {
    name: 'For',
    isText: true,
    cell: ({ reference }) => reference !== null && <ShortId id={reference} />,
  },
];

const choices = [
  ['all', 'All'],
  ['CREDIT', 'Credits'],
  ['LCO', 'L-Coin'],
] as const;

export function StatementCard() {
  const [shown, setShown] = useState<Shown>('all');
  const entries = usePages({
    queryKey: ['ledger', 'entries', shown],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/ledger/entries', {
          params: {
            query: { ...(shown === 'all' ? {} : { asset: shown }), ...(cursor ? { cursor } : {}) },
          },
        }),
      ),
    refetchInterval: everyMs,
  });
  return (
    <Card title="Statement">
      <Choice label="Asset" options={choices} value={shown} onChange={setShown} />
      <PagedTable
        query={entries}
        caption="Statement"
        columns={columns}
        keyOf={({ transferId, account, asset, amount }) =>
          `${transferId} ${account} ${asset} ${amount}`
        }
        empty="Nothing has moved yet."
      />
    </Card>
  );
}
