// Rounds that are over, with their champions.
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import { usePages } from '../api/use-pages';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { DataTable, type Column } from '../ui/data-table';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { MoreButton } from '../ui/more-button';
import type { Round } from './prizes';
import { perkWords, statusWords } from './war-words';

const everyMs = 5_000;
const none = '–';

const columns: readonly Column<Round>[] = [
  {
    name: 'Round',
    isText: true,
    cell: ({ id }) => <Link href={`/wars/${id}`}>{id}</Link>,
  },
  { name: 'Ended', isText: true, cell: ({ endsAt }) => <Moment at={endsAt} /> },
  {
    name: 'State',
    isText: true,
    cell: ({ status }) => (status === 'live' ? 'closing' : statusWords[status]),
  },
  { name: 'Champion', isText: true, cell: ({ champion }) => champion ?? none },
  {
    name: 'Spent',
    cell: ({ championScore }) =>
      championScore === null ? none : <Amount value={championScore} unit="Credits" />,
  },
  {
    name: 'Perk',
    isText: true,
    cell: ({ perk }) => (perk?.choice ? perkWords[perk.choice] : none),
  },
  {
    name: 'Prize pool',
    cell: ({ prizePool }) => (prizePool === null ? none : <Amount value={prizePool} unit="LCO" />),
  },
  { name: 'Paid out', cell: ({ paid }) => <Amount value={paid} unit="LCO" /> },
];

export function PastRounds({ currentId }: { readonly currentId: string | undefined }) {
  const query = usePages({
    queryKey: ['wars', 'rounds'],
    ask: (cursor) =>
      answerOf(api.GET('/api/v1/wars', { params: { query: cursor ? { cursor } : {} } })),
    refetchInterval: everyMs,
  });
  return (
    <Card title="Past rounds" className="rounds">
      <Loaded query={query}>
        {(rounds) => (
          <DataTable
            caption="Past rounds"
            columns={columns}
            rows={rounds.filter(({ id }) => id !== currentId)}
            keyOf={({ id }) => id}
            empty="No round is over yet."
          />
        )}
      </Loaded>
      <MoreButton query={query} />
    </Card>
  );
}
