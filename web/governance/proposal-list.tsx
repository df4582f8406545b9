// All proposals, or those of one state, newest first.
import { useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import { usePages } from '../api/use-pages';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { Select } from '../ui/select';
import { groupDigits } from '../ui/amount';
import { statusWords, type Proposal, type Status } from './proposal-words';

const everyMs = 5_000;

const choices = [
  ['all', 'All'],
  ...(Object.entries(statusWords) as [Status, string][]),
] as const satisfies readonly (readonly [Status | 'all', string])[];

const columns: readonly Column<Proposal>[] = [
  {
    name: 'Proposal',
    isText: true,
    cell: ({ id, title }) => (
      <Link href={`/governance/${id}`} className="user-text">
        {title}
      </Link>
    ),
  },
  { name: 'State', isText: true, cell: ({ status }) => statusWords[status] },
  {
    name: 'Parameter',
    isText: true,
    cell: ({ parameter }) => (parameter ? <code>{parameter.name}</code> : 'text'),
  },
  { name: 'For, LCO', cell: ({ tally }) => groupDigits(tally.for) },
  { name: 'Against, LCO', cell: ({ tally }) => groupDigits(tally.against) },
  { name: 'Proposed', isText: true, cell: ({ createdAt }) => <Moment at={createdAt} /> },
];

export function ProposalList() {
  const [chosen, setChosen] = useState<Status | 'all'>('all');
  const proposals = usePages({
    queryKey: ['governance', 'proposals', 'list', chosen],
    ask: (cursor) => {
      const query = {
        ...(chosen === 'all' ? {} : { status: chosen }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      return answerOf(api.GET('/api/v1/governance/proposals', { params: { query } }));
    },
    refetchInterval: everyMs,
  });
  return (
    <Card title="All proposals">
      <Select label="State" options={choices} value={chosen} onChange={setChosen} />
      <PagedTable
        query={proposals}
        caption="All proposals"
        columns={columns}
        keyOf={({ id }) => id}
        empty="There is none."
      />
    </Card>
  );
}
