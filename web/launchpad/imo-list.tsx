// IMOs by where they are in their life.
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import { usePages } from '../api/use-pages';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { DataTable, type Column } from '../ui/data-table';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { MoreButton } from '../ui/more-button';
import { unitsOf, type Imo, type Status } from './imo-words';
import { Quotas } from './quotas';

const everyMs = 3_000;

interface Group {
  readonly title: string;
  readonly statuses: readonly Status[];
  /** When it goes on to the next. */
  readonly time: Column<Imo>;
}

const counted = (name: string, key: 'opensAt' | 'closesAt' | 'expiresAt'): Column<Imo> => ({
  name,
  cell: (imo) => <Countdown to={imo[key]} over="any moment" />,
});

const groups: readonly Group[] = [
  { title: 'Open for subscriptions', statuses: ['open'], time: counted('Closes in', 'closesAt') },
  { title: 'Announced', statuses: ['announced'], time: counted('Opens in', 'opensAt') },
  {
    title: 'Shares are being given out',
    statuses: ['closing'],
    time: { name: 'Closed', cell: ({ closesAt }) => <Moment at={closesAt} /> },
  },
  {
    title: 'Active',
    statuses: ['active'],
    time: counted('Ends in', 'expiresAt'),
  },
  {
    title: 'Over',
    statuses: ['expired', 'cancelled'],
    time: {
      name: 'Ended',
      cell: ({ status, endedAt, expiresAt }) => (
        <>
          <Moment at={endedAt ?? expiresAt} />
          {status === 'cancelled' && <small>cancelled</small>}
        </>
      ),
    },
  },
];

const columns: readonly Column<Imo>[] = [
  {
    name: 'Model',
    isText: true,
    cell: ({ id, model }) => <Link href={`/launchpad/${id}`}>{model}</Link>,
  },
  { name: 'Quota', cell: (imo) => unitsOf(imo.quota, imo) },
  { name: 'Locked', cell: ({ locked }) => <Amount value={locked} unit="LCO" /> },
  { name: 'Subscribers', cell: ({ subscriptions }) => subscriptions },
];

export function ImoList() {
  const query = usePages({
    queryKey: ['imos'],
    ask: (cursor) =>
      answerOf(api.GET('/api/v1/imos', { params: { query: cursor ? { cursor } : {} } })),
    refetchInterval: everyMs,
  });
  return (
    <>
      <h1>Launchpad</h1>
      <p className="words">
        Scarce models answer only to holders of quota. In an initial model offering (IMO) you lock
        L-Coin, and the quota is divided among all who did, by what each has locked.
      </p>
      <Quotas />
      <Loaded query={query}>
        {(imos) =>
          imos.length === 0 ? (
            <Card title="IMOs">
              <p className="empty">No IMO was announced yet.</p>
            </Card>
          ) : (
            groups.map((group) => <ImoGroup key={group.title} {...group} imos={imos} />)
          )
        }
      </Loaded>
      <MoreButton query={query} />
    </>
  );
}

function ImoGroup({ title, statuses, time, imos }: Group & { readonly imos: readonly Imo[] }) {
  const rows = imos.filter(({ status }) => statuses.includes(status));
  if (rows.length === 0) return null;
  return (
    <Card title={title} className="imos">
      <DataTable
        caption={title}
        columns={[...columns, time]}
        rows={rows}
        keyOf={({ id }) => id}
        empty=""
      />
    </Card>
  );
}
