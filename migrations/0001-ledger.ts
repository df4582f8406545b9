// Accounts, the append-only journal with its hash chain, idempotency keys and the outbox (DESIGN 3 and 4).
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    -- The single row that every commit locks: it orders all movements of value.
    create table journal_head (
      id smallint primary key default 1 check (id = 1),
      sequence bigint not null,
      hash bytea not null check (length(hash) = 32),
      journal_time timestamptz(3) not null,
      next_account_id bigint not null
    ) with (fillfactor = 10);

    insert into journal_head (sequence, hash, journal_time, next_account_id)
    values (0, decode(repeat('00', 32), 'hex'), to_timestamp(0), 1);

    create table journal_batches (
      sequence bigint primary key,
      journal_time timestamptz(3) not null,
      previous_hash bytea not null check (length(previous_hash) = 32),
      hash bytea not null check (length(hash) = 32),
      -- json keeps the very text that was hashed, which jsonb would not
      feed json
    );

    create table journal_transfers (
      sequence bigint not null,
      transfer int not null,
      kind text collate "C" not null,
      reference text collate "C",
      actor text collate "C" not null,
      request_id text collate "C",
      primary key (sequence, transfer)
    );

    -- No foreign keys from the journal: its only writer makes all of these rows in one transaction, and the
    -- checks would cost a trigger a row. The audit proves what they would have promised.
    create table journal_entries (
      account_id bigint not null,
      sequence bigint not null,
      transfer int not null,
      entry int not null,
      amount bigint not null check (amount <> 0),
      balance_after bigint not null,
      -- led by the account: the statement of an account is its commonest reading
      primary key (account_id, sequence, transfer, entry)
    );
    -- append-only, so a block range index finds a batch's entries for next to nothing
    create index journal_entries_sequence on journal_entries using brin (sequence) with (pages_per_range = 16);

    create table accounts (
      id bigint primary key,
      owner_kind text collate "C" not null
        check (owner_kind in ('platform', 'user', 'position', 'prediction', 'wars')),
      owner_id text collate "C" not null,
      purpose text collate "C" not null check (purpose in (
        'available', 'orders', 'relay', 'staked', 'unbonding', 'imo', 'redeeming', 'holdings', 'pool',
        'bond', 'free_calls', 'reserve', 'mint', 'losses', 'black_hole', 'revenue', 'upstream_cost',
        'trading_fees', 'treasury', 'ecosystem_fund', 'prize_fund', 'prize_pool', 'risk_reserve', 'lending')),
      asset text collate "C" not null check (asset in ('CREDIT', 'LCO')),
      balance bigint not null,
      opened_in bigint not null,
      key text collate "C" not null unique
        generated always as (owner_kind || '/' || owner_id || '/' || purpose || '/' || asset) stored,
      -- the sources of value may be negative; the mint only down to the ten million LCO there will ever be
      constraint accounts_balance_floor check (
        balance >= 0
        or (owner_kind = 'platform' and purpose in ('reserve', 'losses'))
        or (owner_kind = 'platform' and purpose = 'mint' and balance >= -1000000000000000))
    ) with (fillfactor = 70);
    create index accounts_owner on accounts (owner_kind, owner_id);

    create table idempotency_keys (
      actor text collate "C" not null,
      key text collate "C" not null,
      fingerprint bytea not null,
      result json not null,
      sequence bigint not null,
      primary key (actor, key)
    );

    create table outbox (
      id bigint generated always as identity primary key,
      sequence bigint not null,
      kind text collate "C" not null,
      entity_id text collate "C" not null,
      payload json not null,
      request_id text collate "C",
      created_at timestamptz(3) not null,
      delivered_at timestamptz(3),
      -- of deliveries that failed, and when the next one is due
      attempts int not null default 0,
      next_attempt_at timestamptz(3)
    );
    create index outbox_waiting on outbox (id) where delivered_at is null;
    create index outbox_delivered on outbox (delivered_at) where delivered_at is not null;

    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end $$;
  `);
  for (const table of ['journal_batches', 'journal_transfers', 'journal_entries']) {
    await knex.raw(/* sql */ `
      create trigger ${table}_append_only before update or delete or truncate on ${table}
      for each statement execute function refuse_change();
    `);
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop table outbox, idempotency_keys, accounts, journal_entries, journal_transfers, journal_batches, journal_head;
    drop function refuse_change();
  `);
}
