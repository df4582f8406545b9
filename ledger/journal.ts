// What the committer reads: the head that it locks, what others made public, stored answers, and all that a batch's
// commands name (DESIGN 3). Every statement is prepared once a connection.
import { assert } from '../domain/errors';
import type { Account } from './accounts';
import type { Batch } from './batch';
import type { FeedEvent, Keys, Origin } from './command';
import { arrayLiteral, columnOf } from './sql-array';
import type { BatchSql, Table } from './table';

export interface Head {
  readonly sequence: bigint;
  readonly hash: Buffer;
  /** Journal time of the batch to be: never before the last one's, in whole milliseconds. */
  readonly at: number;
  readonly nextAccountId: bigint;
  /** PostgreSQL's, of the transaction that holds the lock. */
  readonly transactionId: string;
}

/** A key with the answer that was stored under it. */
export interface StoredResult {
  readonly fingerprint: Buffer;
  readonly result: unknown;
  /** The batch that stored it, and its journal time. */
  readonly sequence: bigint;
  readonly at: number;
}

export function storedResultKey(actor: string, key: string): string {
  return `${actor}\n${key}`;
}

const lockHeadSqlAt = (now: string) => /* sql */ `
  with h as materialized (
    select sequence, hash, journal_time, next_account_id from journal_head where id = 1 for update
  )
  select
    h.sequence,
    h.hash,
    greatest(h.journal_time, ${now}) as "at",
    h.next_account_id as "nextAccountId",
    pg_current_xact_id()::text as "transactionId"
  from h`;

// The clock is read after the lock is held, so that journal time never runs backwards between processes.
const lockHeadSql = lockHeadSqlAt(`date_trunc('milliseconds', clock_timestamp())`);
const lockHeadAtGivenTimeSql = lockHeadSqlAt('$1::timestamptz');

/**
 * Locks the journal's head for this transaction.
 * @param clock milliseconds, instead of the database's clock: read before the lock is held.
 */
export async function lockHead(sql: BatchSql, clock?: () => number): Promise<Head> {
  const { rows } = clock
    ? await sql.query('lock head at', lockHeadAtGivenTimeSql, [new Date(clock()).toISOString()])
    : await sql.query('lock head', lockHeadSql, []);
  const [head] = rows as Head[];
  assert(head, 'the journal has a head');
  return head;
}

/** What tells one batch from every other. */
export interface BatchIdentity {
  readonly sequence: bigint;
  readonly hash: Buffer;
  readonly transactionId: string;
}

/**
 * Whether this very batch was committed. To be asked under the lock (whoever was committing it has ended then) and in
 * a statement of its own: the locking statement still sees the journal as it was before it had to wait. The hash
 * alone would not do: batches of two processes that wrote rows but no transfers are the same text when journal time
 * stands still.
 */
export async function isCommitted(
  sql: BatchSql,
  { sequence, hash, transactionId }: BatchIdentity,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    'find batch',
    'select 1 from journal_batches where sequence = $1::bigint and hash = $2::bytea and xmin = $3::text::xid8::xid',
    [sequence, hash, transactionId],
  );
  return rowCount === 1;
}

const feedSql = /* sql */ `
  select sequence, feed from journal_batches
  where sequence > $1::bigint and feed is not null
  order by sequence limit $2::int`;

/** Feed events after a sequence; `isComplete` is false when there were more batches than the limit. */
export async function loadFeed(
  sql: BatchSql,
  afterSequence: bigint,
  limit: number,
): Promise<{ events: FeedEvent[]; isComplete: boolean }> {
  const { rows } = await sql.query('load feed', feedSql, [afterSequence, limit]);
  const batches = rows as { feed: FeedEvent[] }[];
  return { events: batches.flatMap((batch) => batch.feed), isComplete: batches.length < limit };
}

const storedResultsSql = /* sql */ `
  select k.actor, k.key, k.fingerprint, k.result, k.sequence, b.journal_time as "at"
  from unnest($1::text[], $2::text[]) as n(actor, key)
  join idempotency_keys k on k.actor = n.actor and k.key = n.key
  join journal_batches b on b.sequence = k.sequence`;

/** What is stored under the idempotency keys of the given requests. */
export async function loadStoredResults(
  sql: BatchSql,
  origins: readonly Origin[],
): Promise<Map<string, StoredResult>> {
  const keyed = origins.filter((origin) => origin.idempotency);
  if (keyed.length === 0) return new Map();
  const { rows } = await sql.query('load stored results', storedResultsSql, [
    columnOf('text', keyed, (origin) => origin.actor),
    columnOf('text', keyed, (origin) => origin.idempotency?.key ?? ''),
  ]);
  return new Map(
    (rows as (StoredResult & { actor: string; key: string })[]).map((row) => [
      storedResultKey(row.actor, row.key),
      row,
    ]),
  );
}

const accountsSql = /* sql */ `
  select a.key, a.id, a.balance from accounts a where a.key = any($1::text[])`;

/** Loads into the batch all that the keys name and it does not hold yet: one query a table. */
export async function loadState(sql: BatchSql, batch: Batch, keys: Keys): Promise<void> {
  await Promise.all(startLoading(sql, keys).map(async (load) => (await load)(batch)));
}

/**
 * Starts the queries for all that the keys name. Each yields a function that puts its rows into a batch, since
 * the batch itself is made from the head that is locked in the same round trip.
 */
export function startLoading(sql: BatchSql, keys: Keys): Promise<(batch: Batch) => void>[] {
  const loads: Promise<(batch: Batch) => void>[] = [];
  const accounts = new Map((keys.accounts ?? []).map((account) => [account.key, account]));
  if (accounts.size > 0) loads.push(loadAccounts(sql, accounts));
  const byTable = new Map<Table<never>, Set<string>>();
  for (const { table, key } of keys.rows ?? []) {
    let wanted = byTable.get(table);
    if (!wanted) byTable.set(table, (wanted = new Set()));
    wanted.add(key);
  }
  for (const [table, wanted] of byTable) loads.push(loadRows(sql, table, [...wanted]));
  return loads;
}

async function loadAccounts(
  sql: BatchSql,
  accounts: ReadonlyMap<string, Account>,
): Promise<(batch: Batch) => void> {
  const { rows } = await sql.query('load accounts', accountsSql, [
    arrayLiteral('text', [...accounts.keys()]),
  ]);
  const found = new Map(
    (rows as { key: string; id: bigint; balance: bigint }[]).map((row) => [row.key, row]),
  );
  return (batch) => {
    for (const account of accounts.values()) {
      if (batch.hasAccount(account)) continue;
      const row = found.get(account.key);
      batch.addAccount(account, row?.id, row?.balance ?? 0n);
    }
  };
}

async function loadRows(
  sql: BatchSql,
  table: Table<never>,
  wanted: readonly string[],
): Promise<(batch: Batch) => void> {
  const rows: Map<string, unknown> = await table.load(sql, wanted);
  return (batch) => {
    for (const key of wanted) {
      if (!batch.hasRow({ table, key })) batch.addRow(table, key, rows.get(key));
    }
  };
}
