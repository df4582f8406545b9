// The parameters in force: value, unit and bounds, and on request what each was before.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { usePages } from '../api/use-pages';
import type { ItemOf } from '../api/types';
import { unitName } from '../ui/amount';
import { Card } from '../ui/card';
import { DataTable, type Column } from '../ui/data-table';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { Revealed } from '../ui/revealed';
import { formatValue, type Parameter } from './proposal-words';
import { Source } from './source';

const pinWords: Readonly<Record<Parameter['pinnedBy'], string>> = {
  none: 'at once',
  reservation: 'the next call',
  order: 'the next order',
  position: 'the next position',
  market: 'the next market',
  round: 'the next round',
  imo: 'the next IMO',
  buyback: 'the next buyback',
};

export function Parameters({ parameters }: { readonly parameters: readonly Parameter[] }) {
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Card title="Parameters in force">
      <DataTable
        caption="Parameters in force"
        columns={columnsOf(setChosen)}
        rows={parameters}
        keyOf={({ name }) => name}
        isCurrent={({ name }) => name === chosen}
        empty="There are no parameters."
      />
      {chosen !== null && <History key={chosen} name={chosen} />}
    </Card>
  );
}

function columnsOf(onChoose: (name: string) => void): readonly Column<Parameter>[] {
  return [
    {
      name: 'Parameter',
      isText: true,
      cell: ({ name, description }) => (
        <>
          <code>{name}</code>
          <small>{description}</small>
        </>
      ),
    },
    { name: 'Value', cell: ({ value }) => <strong>{formatValue(value)}</strong> },
    { name: 'Unit', isText: true, cell: ({ unit }) => unitName(unit) },
    {
      name: 'Bounds',
      cell: ({ minimum, maximum }) => (
        <span className="bounds">
          {formatValue(minimum)} to {formatValue(maximum)}
        </span>
      ),
    },
    {
      name: 'Needs',
      isText: true,
      cell: ({ twoThirds }) => (twoThirds ? 'two thirds' : 'a majority'),
    },
    { name: 'Takes effect on', isText: true, cell: ({ pinnedBy }) => pinWords[pinnedBy] },
    {
      name: 'Changed',
      isText: true,
      cell: ({ changedAt }) => (changedAt === null ? 'never' : <Moment at={changedAt} />),
    },
    {
      name: 'History',
      isText: true,
      cell: ({ name }) => (
        <Button
          className="plain"
          aria-label={`Show history of ${name}`}
          onPress={() => onChoose(name)}
        >
          Show
        </Button>
      ),
    },
  ];
}

type Change = ItemOf<'/api/v1/governance/parameters/{name}/history'>;

const historyColumns: readonly Column<Change>[] = [
  { name: 'Version', cell: ({ version }) => version },
  { name: 'When', isText: true, cell: ({ at }) => <Moment at={at} /> },
  { name: 'Value', cell: ({ value }) => formatValue(value) },
  { name: 'Before', cell: ({ previousValue }) => formatValue(previousValue) },
  { name: 'Decided by', isText: true, cell: ({ source }) => <Source source={source} /> },
  {
    name: 'Reason',
    isText: true,
    cell: ({ reason }) => <span className="user-text">{reason ?? ''}</span>,
  },
];

function History({ name }: { readonly name: string }) {
  const changes = usePages({
    queryKey: ['governance', 'parameters', name],
    ask: (cursor) => {
      const params = { path: { name }, query: cursor === undefined ? {} : { cursor } };
      return answerOf(api.GET('/api/v1/governance/parameters/{name}/history', { params }));
    },
    refetchInterval: 5_000,
  });
  return (
    <Revealed>
      <h3>
        History of <code>{name}</code>
      </h3>
      <PagedTable
        query={changes}
        caption={`History of ${name}`}
        columns={historyColumns}
        keyOf={({ version }) => String(version)}
        empty="It has its default value and was never changed."
      />
    </Revealed>
  );
}
