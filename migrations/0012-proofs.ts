// The burn log (DESIGN 2.12): append-only records whose hashes are the leaves of a public tree, and how many there are.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create table burns (
      -- the leaf's index in the tree: from 0, without a gap
      seq bigint primary key check (seq >= 0),
      at timestamptz(3) not null,
      kind text collate "C" not null check (kind in ('buyback', 'prediction_fee', 'bond')),
      amount bigint not null check (amount > 0),
      supply_before bigint not null,
      supply_after bigint not null check (supply_after >= 0),
      source_ref text collate "C" not null check (source_ref <> ''),
      hash sha256_digest not null,
      -- the batch of the journal that burned it
      sequence bigint not null,
      constraint burns_supply check (supply_after = supply_before - amount)
    );
    create trigger burns_append_only before update or delete or truncate on burns
    for each statement execute function refuse_change();

    -- Leaves so far: what the next burn's decision reads.
    create table burn_head (
      id int primary key default 1 check (id = 1),
      size bigint not null check (size >= 0)
    );
    insert into burn_head (size) values (0);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table burns, burn_head');
}
