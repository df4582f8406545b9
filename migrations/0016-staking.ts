// Staking (DESIGN 2.10): what is staked and unbonding are balances; each unstake is a row until its LCO are back.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create table unstakes (
      -- derived from the user and the request's idempotency key
      id uuid primary key,
      user_id uuid not null references users,
      amount bigint not null check (amount > 0),
      asked_at timestamptz(3) not null,
      -- fixed when it was asked
      unlock_at timestamptz(3) not null,
      returned_at timestamptz(3),
      constraint unstakes_in_time check (unlock_at >= asked_at and returned_at >= unlock_at)
    );
    create index unstakes_of_user on unstakes (user_id, asked_at desc, id desc);
    create index unstakes_open on unstakes (user_id, unlock_at, id) where returned_at is null;

    create table stakers (
      user_id uuid primary key references users,
      open_unstakes int not null check (open_unstakes >= 0)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `drop table unstakes, stakers;`);
}
