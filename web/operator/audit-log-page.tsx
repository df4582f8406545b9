// What operators did, newest first; the filters stand in the page's address, so that a view can be handed on.
import { useMutation } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { useLocation, useSearch } from 'wouter';
import { answerOf, api } from '../api/client';
import { Problem } from '../api/problem';
import { useStandingError } from '../api/standing-error';
import type { ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';
import { ApiForm } from '../ui/api-form';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { Facts } from '../ui/facts';
import { Field } from '../ui/field';
import { amountOf, textOf } from '../ui/form-text';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { ShortId } from '../ui/short-id';
import { everyMs, pageAt } from './queue-lists';
import { userIdOf, Who } from './who';

type Entry = ItemOf<'/api/v1/admin/audit-log'>;

const filters = [
  ['operatorId', 'Operator: handle, e-mail or id'],
  ['action', 'Action, such as user.freeze'],
  ['subjectKind', 'Kind of subject, such as user'],
  ['subjectId', 'Id of the subject'],
] as const;
type Filter = Partial<Record<(typeof filters)[number][0], string>>;

function filterOf(query: string): Filter {
  const asked = new URLSearchParams(query);
  return Object.fromEntries(
    filters.map(([name]) => [name, asked.get(name) ?? '']).filter(([, text]) => text !== ''),
  ) as Filter;
}

/** More of them stand folded. */
const fewDetails = 4;

function Details({ details }: Pick<Entry, 'details'>) {
  const names = Object.keys(details);
  const facts = (
    <Facts
      facts={names.map((name) => [
        name,
        <span className="user-text">{String(details[name])}</span>,
      ])}
    />
  );
  if (names.length <= fewDetails) return facts;
  return (
    <details>
      <summary>{names.length} details</summary>
      {facts}
    </details>
  );
}

const columns: readonly Column<Entry>[] = [
  { name: 'Time', isText: true, cell: ({ at }) => <Moment at={at} /> },
  {
    name: 'Operator',
    isText: true,
    cell: ({ operatorId }) => <Who id={operatorId} nobody="the set-up" />,
  },
  { name: 'Action', isText: true, cell: ({ action }) => <code>{action}</code> },
  {
    name: 'Subject',
    isText: true,
    cell: ({ subjectKind, subjectId }) => (
      <>
        {subjectKind} <ShortId id={subjectId} />
      </>
    ),
  },
  {
    name: 'Reason',
    isText: true,
    cell: ({ reason }) => <span className="user-text">{reason}</span>,
  },
  { name: 'Details', isText: true, cell: ({ details }) => <Details details={details} /> },
];

export default function AuditLogPage() {
  const query = useSearch();
  const filter = filterOf(query);
  const entries = usePages({
    queryKey: ['operator', 'audit-log', filter],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/admin/audit-log', {
          params: { query: { ...pageAt(cursor), ...filter } },
        }),
      ),
    refetchInterval: everyMs,
  });
  const error = useStandingError(entries);
  const refusal = isOfFilters(error) ? error : null;
  return (
    <>
      <h1>Audit log</h1>
      {/* Anew with each address, for its fields begin with what is asked for. */}
      <Filters key={query} filter={filter} refusal={refusal} />
      {refusal === null && (
        <Card title="Newest first" className="audit-log">
          <PagedTable
            query={entries}
            caption="What operators did"
            columns={columns}
            keyOf={({ id }) => id}
            empty="There is no such entry."
          />
        </Card>
      )}
    </>
  );
}

/** What is wrong is then said by the fields, and there is nothing to list. */
function isOfFilters(error: unknown): boolean {
  return error instanceof Problem && filters.some(([name]) => error.fields[name] !== undefined);
}

interface FiltersProps {
  readonly filter: Filter;
  /** Of what was to be listed by it. */
  readonly refusal: unknown;
}

function Filters({ filter, refusal }: FiltersProps) {
  const [, navigate] = useLocation();
  // What is found late, after another attempt or on another page, leads nowhere.
  const finding = useMutation({
    async mutationFn(form: FormData) {
      const operatorId = await userIdOf(textOf(form, 'operatorId'), 'operatorId');
      return new URLSearchParams(
        filters
          .map(([name]) => [name, name === 'operatorId' ? operatorId : amountOf(form, name)])
          .filter(([, text]) => text !== ''),
      );
    },
  });
  const find = (form: FormData) =>
    finding.mutate(form, {
      onSuccess: (asked) => navigate(`/operator/audit-log?${asked.toString()}`),
    });
  const showAll = () => {
    finding.reset();
    navigate('/operator/audit-log');
  };
  return (
    <div className="filters">
      <ApiForm
        title="Find"
        error={finding.error ?? refusal}
        fields={filters.map(([name]) => name)}
        onSend={find}
        button={
          <div className="buttons">
            <Button type="submit">Find</Button>
            <Button type="reset" onPress={showAll}>
              All
            </Button>
          </div>
        }
      >
        {filters.map(([name, label]) => (
          <Field
            key={name}
            label={label}
            name={name}
            defaultValue={filter[name] ?? ''}
            autoComplete="off"
          />
        ))}
      </ApiForm>
    </div>
  );
}
