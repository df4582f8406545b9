// Whom an id names to others: handles, which never change.
import type { Knex } from 'knex';
import { rowKey, type RowKey, type View } from '../../ledger/command';
import { assert } from '../../domain/errors';
import { defineLookup, type Table } from '../../ledger/table';

interface Named {
  readonly handle: string;
}

const lookup: Table<Named> = defineLookup<Named>({
  name: 'handles',
  keyType: 'uuid',
  sql: 'select id as key, handle from users where id = any($1::uuid[])',
});

export function handleKey(userId: string): RowKey {
  return rowKey(lookup, userId);
}

/** For decisions. */
export function readHandle(view: View, userId: string): string {
  const named = view.row(lookup, userId);
  assert(named, `the user ${userId} has a handle`);
  return named.handle;
}

/** By id; ids that are null are left out. */
export async function readHandles(
  db: Knex,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  const distinct = [...new Set(ids.filter((id) => id !== null))];
  if (distinct.length === 0) return new Map();
  const rows: unknown = await db('users').select('id', 'handle').whereIn('id', distinct);
  const users = rows as readonly { readonly id: string; readonly handle: string }[];
  return new Map(users.map(({ id, handle }) => [id, handle]));
}
