// Lists, most of them newest first, by keyset: `limit` and an opaque `cursor` that names the last row seen (DESIGN 6), so that
// a page costs the same however far it is and rows born meanwhile shift nothing.
import type { Knex } from 'knex';
import { DomainError } from '../domain/errors';
import { isDay } from '../domain/utc-day';

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** null on the last page. */
  readonly nextCursor: string | null;
}

/** A `name` has no spaces, and is compared byte by byte as its column is (collation "C"). */
type KeyType = 'bigint' | 'uuid' | 'time' | 'utcDay' | 'name';

/** One column that the list is ordered by; together they are unique. */
export interface PageKey<Item> {
  readonly column: string;
  readonly type: KeyType;
  of(item: Item): bigint | string | number;
}

const lastTimeMs = Date.UTC(9999, 11, 31);

/** A cursor comes from outside: what it holds is checked before the database sees it. */
const parsers: Record<KeyType, (text: string) => string | undefined> = {
  bigint: (text) =>
    /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
      ? text
      : undefined,
  uuid: (text) => (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined),
  time: (text) =>
    /^\d{1,15}$/.test(text) && Number(text) <= lastTimeMs
      ? new Date(Number(text)).toISOString()
      : undefined,
  utcDay: (text) => (isDay(text) ? text : undefined),
  name: (text) => (/^[\x21-\x7e]{1,200}$/.test(text) ? text : undefined),
};

const sqlTypes: Record<KeyType, string> = {
  bigint: 'bigint',
  uuid: 'uuid',
  time: 'timestamptz',
  utcDay: 'text',
  name: 'text',
};

function encodeCursor<Item>(keys: readonly PageKey<Item>[], item: Item): string {
  return Buffer.from(keys.map((key) => String(key.of(item))).join(' ')).toString('base64url');
}

/** @throws DomainError INVALID_REQUEST when the cursor is not one of this list's. */
export function decodeCursor<Item>(keys: readonly PageKey<Item>[], cursor: string): string[] {
  const texts = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  const values = keys.map((key, i) => parsers[key.type](texts[i] ?? ''));
  if (texts.length !== keys.length || !values.every((value) => value !== undefined)) {
    throw new DomainError('INVALID_REQUEST', 'The cursor is not one that this list gave out.');
  }
  return values;
}

/**
 * Reads one page of a query that has its columns and conditions but no order yet.
 * @param order of all keys; descending, the newest or largest first, unless it is said otherwise
 * @throws DomainError INVALID_REQUEST for a cursor that is not ours.
 */
export async function readPage<Item>(
  query: Knex.QueryBuilder,
  { limit, cursor }: PageRequest,
  keys: readonly PageKey<Item>[],
  order: 'asc' | 'desc' = 'desc',
): Promise<Page<Item>> {
  const columns = keys.map((key) => key.column);
  if (cursor !== undefined) {
    const values = decodeCursor(keys, cursor);
    const names = columns.map(() => '??').join(', ');
    const bounds = keys.map((key) => `?::${sqlTypes[key.type]}`).join(', ');
    const after = order === 'desc' ? '<' : '>';
    void query.whereRaw(`(${names}) ${after} (${bounds})`, [...columns, ...values]);
  }
  void query.orderBy(columns.map((column) => ({ column, order }))).limit(limit + 1);
  const rows = (await query) as Item[];
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(keys, last) : null };
}
