// The mark price (DESIGN 2.4): its newest state, and one row a ticked minute of the sums that averages over time are
// taken from.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create table mark_state (
      id int primary key constraint mark_state_one_row check (id = 1),
      state json not null
    ) with (fillfactor = 50);

    create table mark_minutes (
      -- running number, from 1: minutes in which nobody ticked are not counted
      minute int primary key check (minute > 0),
      at timestamptz(3) not null,
      mark numeric,
      bid numeric,
      ask numeric,
      -- all since the first tick: counted time, and sums of value x milliseconds
      ticked_ms bigint not null,
      traded_ms bigint not null,
      trade_sum numeric not null,
      marked_ms bigint not null,
      mark_sum numeric not null,
      bid_depth_sum numeric not null,
      ask_depth_sum numeric not null
    );
    create index mark_minutes_at on mark_minutes (at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `drop table mark_state, mark_minutes`);
}
