// The baseline: what one would write first and write well, one transaction per transfer. It locks both accounts in
// order, checks the balance, writes the entries, the new balances and the idempotency key, and commits. It has no
// hash chain.
import type { Pool, PoolClient } from 'pg';

interface NaiveTransfer {
  readonly from: string;
  readonly to: string;
  readonly key: string;
  readonly fingerprint: Buffer;
}

const schema = /* sql */ `
  create table if not exists naive_accounts (
    id uuid primary key, balance bigint not null check (balance >= 0)) with (fillfactor = 70);
  create table if not exists naive_transfers (
    id bigint generated always as identity primary key, kind text not null, at timestamptz not null default now());
  create table if not exists naive_entries (
    account_id uuid not null, transfer_id bigint not null, amount bigint not null, balance_after bigint not null,
    primary key (account_id, transfer_id));
  create table if not exists naive_keys (
    actor uuid not null, key text not null, fingerprint bytea not null, result json not null,
    primary key (actor, key))`;

export function createNaiveLedger(pool: Pool) {
  async function move(client: PoolClient, { from, to, key, fingerprint }: NaiveTransfer) {
    await client.query('begin');
    const used = await client.query({
      name: 'key',
      text: 'select fingerprint, result from naive_keys where actor = $1 and key = $2',
      values: [from, key],
    });
    if (used.rowCount) throw new Error('the benchmark does not repeat itself');
    const { rows } = await client.query<{ id: string; balance: string }>({
      name: 'lock',
      text: 'select id, balance from naive_accounts where id in ($1, $2) order by id for update',
      values: [from, to],
    });
    const source = BigInt(rows.find((row) => row.id === from)?.balance ?? 0);
    const target = BigInt(rows.find((row) => row.id === to)?.balance ?? 0);
    if (source < 1n) throw new Error('not enough');
    const transfer = await client.query<{ id: string }>({
      name: 'transfer',
      text: "insert into naive_transfers (kind) values ('transfer') returning id",
    });
    await client.query({
      name: 'entries',
      text: 'insert into naive_entries values ($1, $2, -1, $3), ($4, $2, 1, $5)',
      values: [from, transfer.rows[0]?.id, source - 1n, to, target + 1n],
    });
    await client.query({
      name: 'balances',
      text: 'update naive_accounts a set balance = n.balance from (values ($1::uuid, $2::bigint), ($3, $4)) as n(id, balance) where a.id = n.id',
      values: [from, source - 1n, to, target + 1n],
    });
    await client.query({
      name: 'remember',
      text: 'insert into naive_keys values ($1, $2, $3, $4)',
      values: [from, key, fingerprint, JSON.stringify({ left: String(source - 1n) })],
    });
    await client.query('commit');
  }

  return {
    async fund(userIds: readonly string[]) {
      await pool.query(schema);
      await pool.query(
        `insert into naive_accounts select unnest($1::uuid[]), 100000000000000 on conflict do nothing`,
        [[...userIds]],
      );
    },
    async transfer(transfer: NaiveTransfer) {
      const client = await pool.connect();
      try {
        await move(client, transfer);
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}
