// The committer's SQL: taking the head, loading what a batch reads, and writing a batch in one statement
// (DESIGN 3). Every statement is prepared once a connection.
import { assert } from '../domain/errors';
import type { Account } from './accounts';
import type { Batch } from './batch';
import { hashBatch } from './chain';
import type { FeedEvent, Keys, Origin } from './command';
import { arrayLiteral, columnOf } from './sql-array';
import type { BatchSql, Statement, Table } from './table';

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

// The clock is read after the lock is held, so that journal time never runs backwards between processes.
const lockHeadSql = /* sql */ `
  with h as materialized (
    select sequence, hash, journal_time, next_account_id from journal_head where id = 1 for update
  )
  select
    h.sequence,
    h.hash,
    greatest(h.journal_time, date_trunc('milliseconds', clock_timestamp())) as "at",
    h.next_account_id as "nextAccountId",
    pg_current_xact_id()::text as "transactionId"
  from h`;

/** Locks the journal's head for this transaction. */
export async function lockHead(sql: BatchSql): Promise<Head> {
  const { rows } = await sql.query('lock head', lockHeadSql, []);
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

// One statement for all that every batch writes. The parts see one snapshot and do not depend on each other.
const writeBatchSql = /* sql */ `
  with head as (
    update journal_head
    set sequence = $1::bigint, journal_time = $2::timestamptz, hash = $4::bytea, next_account_id = $5::bigint
    where id = 1
  ), batch as (
    insert into journal_batches (sequence, journal_time, previous_hash, hash, feed)
    values ($1::bigint, $2::timestamptz, $3::bytea, $4::bytea, $6::json)
  ), transfers as (
    insert into journal_transfers (sequence, transfer, kind, reference, actor, request_id)
    select $1::bigint, t.* from unnest($7::int[], $8::text[], $9::text[], $10::text[], $11::text[]) as t
  ), entries as (
    insert into journal_entries (account_id, sequence, transfer, entry, amount, balance_after)
    select e.account_id, $1::bigint, e.transfer, e.entry, e.amount, e.balance_after
    from unnest($12::bigint[], $13::int[], $14::int[], $15::bigint[], $16::bigint[])
      as e(account_id, transfer, entry, amount, balance_after)
  ), opened as (
    insert into accounts (id, owner_kind, owner_id, purpose, asset, balance, opened_in)
    select o.*, $1::bigint from unnest($17::bigint[], $18::text[], $19::text[], $20::text[], $21::text[], $22::bigint[]) as o
  ), touched as (
    update accounts a set balance = n.balance
    from unnest($23::bigint[], $24::bigint[]) as n(id, balance)
    where a.id = n.id
  ), keys as (
    insert into idempotency_keys (actor, key, fingerprint, result, sequence)
    select k.*, $1::bigint from unnest($25::text[], $26::text[], $27::bytea[], $28::json[]) as k
  ), messages as (
    insert into outbox (kind, entity_id, payload, request_id, sequence, created_at)
    select m.*, $1::bigint, $2::timestamptz from unnest($29::text[], $30::text[], $31::json[], $32::text[]) as m
  )
  select
    case when $6::json is not null then pg_notify('lx_feed', $1::text) end,
    case when cardinality($29::text[]) > 0 then pg_notify('lx_outbox', $1::text) end`;

/** An answer to be stored under its idempotency key. */
export interface KeyedResult {
  readonly actor: string;
  readonly key: string;
  readonly fingerprint: Buffer;
  /** As JSON text. */
  readonly result: string;
}

/** All statements that write a batch and what its tables changed, and the batch's hash. */
export function planWriting(
  head: Head,
  batch: Batch,
  keyed: readonly KeyedResult[],
): { hash: Buffer; statements: Statement[] } {
  const feed = batch.feed.length > 0 ? `[${batch.feed.join(',')}]` : null;
  const hash = hashBatch({
    sequence: batch.sequence,
    at: batch.at,
    previousHash: head.hash,
    opened: batch.opened.map(({ id, account }) => ({ id: id ?? 0n, key: account.key })),
    transfers: batch.transfers,
    feed,
  });
  const values = [
    batch.sequence,
    new Date(batch.at).toISOString(),
    head.hash,
    hash,
    batch.accountIdAfter,
    feed,
    ...transferColumns(batch),
    ...accountColumns(batch),
    columnOf('text', keyed, (k) => k.actor),
    columnOf('text', keyed, (k) => k.key),
    columnOf('bytea', keyed, (k) => k.fingerprint),
    columnOf('text', keyed, (k) => k.result),
    columnOf('text', batch.outbox, (m) => m.kind),
    columnOf('text', batch.outbox, (m) => m.entityId),
    columnOf('text', batch.outbox, (m) => m.payload),
    columnOf('text', batch.outbox, (m) => m.requestId),
  ];
  const statements: Statement[] = [{ name: 'write batch', text: writeBatchSql, values }];
  for (const [table, rows] of batch.writes()) {
    const statement = table.write(rows as readonly never[]);
    if (statement) statements.push(statement);
  }
  return { hash, statements };
}

function transferColumns({ transfers }: Batch): string[] {
  const indexes = transfers.map((_, i) => i);
  const entries = transfers.flatMap((transfer, t) =>
    transfer.entries.map((entry, e) => ({ ...entry, t, e })),
  );
  return [
    arrayLiteral('int', indexes),
    columnOf('text', transfers, (t) => t.kind),
    columnOf('text', transfers, (t) => t.reference),
    columnOf('text', transfers, (t) => t.actor),
    columnOf('text', transfers, (t) => t.requestId),
    columnOf('bigint', entries, (e) => e.accountId),
    columnOf('int', entries, (e) => e.t),
    columnOf('int', entries, (e) => e.e),
    columnOf('bigint', entries, (e) => e.amount),
    columnOf('bigint', entries, (e) => e.balanceAfter),
  ];
}

function accountColumns({ opened, touched }: Batch): string[] {
  return [
    columnOf('bigint', opened, (a) => a.id ?? null),
    columnOf('text', opened, (a) => a.account.ownerKind),
    columnOf('text', opened, (a) => a.account.ownerId),
    columnOf('text', opened, (a) => a.account.purpose),
    columnOf('text', opened, (a) => a.account.asset),
    columnOf('bigint', opened, (a) => a.balance),
    columnOf('bigint', touched, (a) => a.id ?? null),
    columnOf('bigint', touched, (a) => a.balance),
  ];
}
