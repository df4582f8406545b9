// Calls of the relay: reserved, then settled or released, once (DESIGN 2.2). A settled row is the usage record
// and the receipt. Also the processes that own live reservations, and the running totals that mining follows.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create table relay_processes (
      id uuid primary key,
      started_at timestamptz(3) not null default clock_timestamp(),
      beat_at timestamptz(3) not null default clock_timestamp()
    ) with (fillfactor = 50);

    -- one row: all that was ever charged, which the emission is a function of
    create table relay_totals (
      id int primary key default 1 check (id = 1),
      charged bigint not null check (charged >= 0),
      settled_calls bigint not null check (settled_calls >= 0)
    ) with (fillfactor = 10);
    insert into relay_totals (charged, settled_calls) values (0, 0);

    -- No foreign keys: two writes a call on the hot path, and the audit proves what they would have promised.
    create table relay_calls (
      -- the request's id
      id uuid primary key,
      user_id uuid not null,
      key_id uuid,
      process_id uuid not null,
      endpoint text collate "C" not null,
      model_id text collate "C" not null,
      price_version_id text collate "C" not null,
      tier text collate "C" not null,
      -- what is paid of the list price; null: the upstream's cost
      price_bps int,
      reserved bigint not null check (reserved >= 0),
      status text collate "C" not null check (status in ('live', 'settled', 'released')),
      opened_at timestamptz(3) not null,
      ended_at timestamptz(3),
      ending text collate "C",

      settlement_number bigint unique,
      input_tokens bigint,
      cached_input_tokens bigint,
      cache_write_tokens bigint,
      output_tokens bigint,
      token_source text collate "C" check (token_source in ('upstream', 'tokenizer', 'reservation')),
      charge bigint,
      -- what the upstream bills us for it, and how much of that the charge did not cover
      cost bigint,
      shortfall bigint,
      -- what the usage would have cost the user beyond the reservation
      excess bigint,
      mined bigint,
      epoch int,
      channel_id uuid,
      latency_ms int,
      ttft_ms int,

      constraint relay_calls_end check ((status = 'live') = (ended_at is null) and (status = 'live') = (ending is null)),
      constraint relay_calls_settlement check (
        (status = 'settled') = (settlement_number is not null)
        and (status <> 'settled' or (
          charge between 0 and reserved and cost >= 0 and shortfall = greatest(0, cost - charge)
          and excess >= 0 and mined >= 0 and input_tokens >= 0 and cached_input_tokens >= 0
          and cache_write_tokens >= 0 and output_tokens >= 0
          and token_source is not null and channel_id is not null and latency_ms >= 0)))
    );
    create index relay_calls_live on relay_calls (user_id) where status = 'live';
    create index relay_calls_usage on relay_calls (user_id, ended_at desc, id desc) where status = 'settled';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `drop table relay_calls, relay_totals, relay_processes;`);
}
