// Users: finding them, what operators know of them, and what they may do about them.
import { Button, Form } from 'react-aria-components';
import { Link, useLocation, useParams, useSearch } from 'wouter';
import { answerOf, api } from '../api/client';
import type { ItemOf } from '../api/types';
import { usePages } from '../api/use-pages';
import { Card } from '../ui/card';
import type { Column } from '../ui/data-table';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';
import { Moment } from '../ui/moment';
import { PagedTable } from '../ui/paged-table';
import { Queue } from './queue';
import { everyMs, pageAt } from './queue-lists';
import { UserItem } from './user-item';

type User = ItemOf<'/api/v1/admin/users'>;

/** @param search part of a handle or e-mail address, or a whole id; empty: all */
function useUsers(search: string) {
  return usePages({
    queryKey: ['operator', 'users', search],
    ask: (cursor) =>
      answerOf(
        api.GET('/api/v1/admin/users', {
          params: { query: { ...pageAt(cursor), ...(search !== '' && { search }) } },
        }),
      ),
    refetchInterval: everyMs,
  });
}

export default function UsersPage() {
  const { id } = useParams<{ readonly id?: string }>();
  return (
    <>
      <h1>Users</h1>
      {id === undefined ? <UserList /> : <OneUser id={id} />}
    </>
  );
}

function OneUser({ id }: { readonly id: string }) {
  return (
    <>
      <p>
        <Link href="/operator/users">All users</Link>
      </p>
      <Queue
        title="User"
        id="user"
        lists={[useUsers(id)]}
        isIn={(user) => user.id === id.toLowerCase()}
        keyOf={(user) => user.id}
        empty="There is no such user."
        item={(user) => <UserItem user={user} />}
      />
    </>
  );
}

const columns: readonly Column<User>[] = [
  {
    name: 'Handle',
    isText: true,
    cell: ({ id, handle }) => <Link href={`/operator/users/${id}`}>{handle}</Link>,
  },
  { name: 'E-mail', isText: true, cell: ({ email }) => email },
  {
    name: 'Role',
    isText: true,
    cell: ({ role, proposedRole }) =>
      proposedRole === null ? role : `${role}, proposed as ${proposedRole}`,
  },
  {
    name: 'Frozen',
    isText: true,
    cell: ({ frozenAt }) =>
      frozenAt === null ? (
        'no'
      ) : (
        <span className="warning">
          since <Moment at={frozenAt} />
        </span>
      ),
  },
  { name: 'Joined', isText: true, cell: ({ createdAt }) => <Moment at={createdAt} /> },
];

function UserList() {
  const [, navigate] = useLocation();
  const search = new URLSearchParams(useSearch()).get('search') ?? '';
  const users = useUsers(search);
  return (
    <>
      <Form
        key={search}
        className="filters"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = textOf(new FormData(event.currentTarget), 'search').trim();
          const query = wanted === '' ? '' : `?search=${encodeURIComponent(wanted)}`;
          navigate(`/operator/users${query}`);
        }}
      >
        <Field
          label="Part of a handle or e-mail address, or a whole id"
          name="search"
          defaultValue={search}
          autoComplete="off"
        />
        <Button type="submit">Search</Button>
      </Form>
      <Card title={search === '' ? 'All, newest first' : 'Found'}>
        <PagedTable
          query={users}
          caption="Users"
          columns={columns}
          keyOf={({ id }) => id}
          empty="There is no such user."
        />
      </Card>
    </>
  );
}
