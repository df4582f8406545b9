// What a batch writes (DESIGN 3): set-wise, one statement for each kind of row that there is any of, all in the round
// trip that ends with COMMIT. Arrays are unnested side by side in the select list: in `from`, PostgreSQL would put each
// of them into a store of its own first, which was a twelfth of what a batch cost it.
import type { Batch, PostedTransfer } from './batch';
import { hashBatch } from './chain';
import type { Head } from './journal';
import { arrayLiteral, columnOf } from './sql-array';
import type { Statement } from './table';

const batchSql = /* sql */ `
  with head as (
    update journal_head
    set sequence = $1::bigint, journal_time = $2::timestamptz, hash = $4::bytea, next_account_id = $5::bigint
    where id = 1
  )
  insert into journal_batches (sequence, journal_time, previous_hash, hash, feed)
  values ($1::bigint, $2::timestamptz, $3::bytea, $4::bytea, $6::json)`;

const transfersSql = /* sql */ `
  insert into journal_transfers (sequence, transfer, kind, reference, actor, request_id)
  select $1::bigint, unnest($2::int[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]), unnest($6::text[])`;

const entriesSql = /* sql */ `
  insert into journal_entries (account_id, sequence, transfer, entry, amount, balance_after)
  select
    unnest($2::bigint[]), $1::bigint, unnest($3::int[]), unnest($4::int[]), unnest($5::bigint[]), unnest($6::bigint[])`;

const openedSql = /* sql */ `
  insert into accounts (opened_in, id, owner_kind, owner_id, purpose, asset, balance)
  select
    $1::bigint,
    unnest($2::bigint[]),
    unnest($3::text[]),
    unnest($4::text[]),
    unnest($5::text[]),
    unnest($6::text[]),
    unnest($7::bigint[])`;

const touchedSql = /* sql */ `
  update accounts a set balance = n.balance
  from (select unnest($1::bigint[]), unnest($2::bigint[])) as n(id, balance)
  where a.id = n.id`;

const keysSql = /* sql */ `
  insert into idempotency_keys (sequence, actor, key, fingerprint, result)
  select $1::bigint, unnest($2::text[]), unnest($3::text[]), unnest($4::bytea[]), unnest($5::json[])`;

const outboxSql = /* sql */ `
  insert into outbox (sequence, created_at, kind, entity_id, payload, request_id)
  select
    $1::bigint, $2::timestamptz, unnest($3::text[]), unnest($4::text[]), unnest($5::json[]), unnest($6::text[])`;

const notifySql = /* sql */ `select pg_notify($1::text, $2::text)`;

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
  const at = new Date(batch.at).toISOString();
  const statements: Statement[] = [
    {
      name: 'write batch',
      text: batchSql,
      values: [batch.sequence, at, head.hash, hash, batch.accountIdAfter, feed],
    },
    ...writeTransfers(batch),
    ...writeAccounts(batch),
    ...writeKeys(batch, keyed),
    ...writeOutbox(batch, at),
  ];
  for (const [table, rows] of batch.writes()) {
    const statement = table.write(rows as readonly never[]);
    if (statement) statements.push(statement);
  }
  if (feed !== null) statements.push(notify('lx_feed', batch));
  if (batch.outbox.length > 0) statements.push(notify('lx_outbox', batch));
  return { hash, statements };
}

function writeTransfers({ sequence, transfers }: Batch): Statement[] {
  if (transfers.length === 0) return [];
  const indexes = transfers.map((_, i) => i);
  const entries: PostedTransfer['entries'][number][] = [];
  const transferOf: number[] = [];
  const placeOf: number[] = [];
  for (const [t, transfer] of transfers.entries()) {
    for (const [e, entry] of transfer.entries.entries()) {
      entries.push(entry);
      transferOf.push(t);
      placeOf.push(e);
    }
  }
  return [
    {
      name: 'write transfers',
      text: transfersSql,
      values: [
        sequence,
        arrayLiteral('int', indexes),
        columnOf('text', transfers, (t) => t.kind),
        columnOf('text', transfers, (t) => t.reference),
        columnOf('text', transfers, (t) => t.actor),
        columnOf('text', transfers, (t) => t.requestId),
      ],
    },
    {
      name: 'write entries',
      text: entriesSql,
      values: [
        sequence,
        columnOf('bigint', entries, (e) => e.accountId),
        arrayLiteral('int', transferOf),
        arrayLiteral('int', placeOf),
        columnOf('bigint', entries, (e) => e.amount),
        columnOf('bigint', entries, (e) => e.balanceAfter),
      ],
    },
  ];
}

function writeAccounts({ sequence, opened, touched }: Batch): Statement[] {
  const statements: Statement[] = [];
  if (opened.length > 0) {
    statements.push({
      name: 'open accounts',
      text: openedSql,
      values: [
        sequence,
        columnOf('bigint', opened, (a) => a.id ?? null),
        columnOf('text', opened, (a) => a.account.ownerKind),
        columnOf('text', opened, (a) => a.account.ownerId),
        columnOf('text', opened, (a) => a.account.purpose),
        columnOf('text', opened, (a) => a.account.asset),
        columnOf('bigint', opened, (a) => a.balance),
      ],
    });
  }
  if (touched.length > 0) {
    statements.push({
      name: 'write balances',
      text: touchedSql,
      values: [
        columnOf('bigint', touched, (a) => a.id ?? null),
        columnOf('bigint', touched, (a) => a.balance),
      ],
    });
  }
  return statements;
}

function writeKeys({ sequence }: Batch, keyed: readonly KeyedResult[]): Statement[] {
  if (keyed.length === 0) return [];
  const values = [
    sequence,
    columnOf('text', keyed, (k) => k.actor),
    columnOf('text', keyed, (k) => k.key),
    columnOf('bytea', keyed, (k) => k.fingerprint),
    columnOf('text', keyed, (k) => k.result),
  ];
  return [{ name: 'write keys', text: keysSql, values }];
}

function writeOutbox({ sequence, outbox }: Batch, at: string): Statement[] {
  if (outbox.length === 0) return [];
  const values = [
    sequence,
    at,
    columnOf('text', outbox, (m) => m.kind),
    columnOf('text', outbox, (m) => m.entityId),
    columnOf('text', outbox, (m) => m.payload),
    columnOf('text', outbox, (m) => m.requestId),
  ];
  return [{ name: 'write outbox', text: outboxSql, values }];
}

/** Wakes those who listen, once it is committed. */
function notify(channel: string, { sequence }: Batch): Statement {
  return { name: 'notify', text: notifySql, values: [channel, String(sequence)] };
}
