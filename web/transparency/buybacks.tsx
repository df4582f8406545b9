// Past buybacks: what each spent and bought, its slices, and the record of its burn.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import type { AnswerOf, ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { DataTable, type Column } from '../ui/data-table';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { Revealed } from '../ui/revealed';

const everyMs = 5_000;

type Buyback = ItemOf<'/api/v1/buybacks'>;

interface BuybacksProps {
  /** Verifies a burn. */
  readonly onBurn: (seq: number) => void;
}

export function Buybacks({ onBurn }: BuybacksProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const buybacks = usePages({
    queryKey: ['buybacks', 'list'],
    ask: (cursor) => {
      const query = cursor === undefined ? {} : { cursor };
      return answerOf(api.GET('/api/v1/buybacks', { params: { query } }));
    },
    refetchInterval: everyMs,
  });
  return (
    <Card title="Past buybacks">
      <PagedTable
        query={buybacks}
        caption="Past buybacks"
        columns={columnsOf(setChosen, onBurn)}
        keyOf={({ id }) => id}
        isCurrent={({ id }) => id === chosen}
        empty="There has been no buyback yet."
      />
      {chosen !== null && <Slices key={chosen} id={chosen} />}
    </Card>
  );
}

function columnsOf(
  onChoose: (id: string) => void,
  onBurn: (seq: number) => void,
): readonly Column<Buyback>[] {
  return [
    {
      name: 'Buyback',
      isText: true,
      cell: ({ id }) => (
        <Button className="plain" aria-label={`Show slices of ${id}`} onPress={() => onChoose(id)}>
          {id}
        </Button>
      ),
    },
    { name: 'Due', isText: true, cell: ({ dueAt }) => <Moment at={dueAt} /> },
    {
      name: 'Status',
      isText: true,
      cell: ({ status, kind }) => (kind === 'extra' ? `${status}, extra` : status),
    },
    { name: 'Spent', cell: ({ burn }) => <Amount value={burn.spent} unit="CREDIT" /> },
    { name: 'Bought', cell: ({ burn }) => <Amount value={burn.bought} unit="LCO" /> },
    { name: 'Burned', cell: ({ burned }) => <Amount value={burned} unit="LCO" /> },
    {
      name: 'Record',
      isText: true,
      cell: ({ burnSeq }) =>
        burnSeq === null ? (
          'none'
        ) : (
          <Button
            className="plain"
            aria-label={`Verify burn #${burnSeq}`}
            onPress={() => onBurn(Number(burnSeq))}
          >
            Verify
          </Button>
        ),
    },
  ];
}

type Slice = AnswerOf<'/api/v1/buybacks/{id}'>['buyback']['slices'][number];

const sliceColumns: readonly Column<Slice>[] = [
  { name: 'Slice', cell: ({ slice }) => slice },
  { name: 'For', isText: true, cell: (slice) => (slice.for === 'burn' ? 'burning' : 'prizes') },
  { name: 'Executed', isText: true, cell: ({ executedAt }) => <Moment at={executedAt} /> },
  { name: 'Budget', cell: ({ budget }) => <Amount value={budget} unit="CREDIT" /> },
  { name: 'Spent', cell: ({ spent }) => <Amount value={spent} unit="CREDIT" /> },
  { name: 'Bought', cell: ({ bought }) => <Amount value={bought} unit="LCO" /> },
  {
    name: 'Average price',
    cell: ({ averagePrice }) =>
      averagePrice === null ? '–' : <Amount value={averagePrice} unit="CREDIT" />,
  },
  {
    name: 'Remark',
    isText: true,
    cell: ({ reason }) => <span className="user-text">{reason ?? ''}</span>,
  },
];

function Slices({ id }: { readonly id: string }) {
  const buyback = useQuery({
    queryKey: ['buybacks', id],
    queryFn: () => answerOf(api.GET('/api/v1/buybacks/{id}', { params: { path: { id } } })),
    refetchInterval: everyMs,
  });
  return (
    <Revealed>
      <h3>Slices of {id}</h3>
      <Loaded query={buyback}>
        {({ buyback: { slices, reason } }) => (
          <>
            {reason !== null && <p className="user-text">{reason}</p>}
            <DataTable
              caption={`Slices of ${id}`}
              columns={sliceColumns}
              rows={slices}
              keyOf={({ slice, for: fund }) => `${fund}-${slice}`}
              empty="No slice has been executed yet."
            />
          </>
        )}
      </Loaded>
    </Revealed>
  );
}
