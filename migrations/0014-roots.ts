// The daily proofs (DESIGN 2.12): roots of the usage records' trees, and of the trees of what users are owed. Roots are
// public and append-only; the leaves of liabilities are kept for some days only.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    -- The committer's description of the table does not name it: a call gets its salt when it is born and keeps it.
    -- Every row that is there already gets one of its own.
    alter table relay_calls add column salt uuid not null default gen_random_uuid();

    create domain utc_day as text collate "C" constraint utc_day_rule check (value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$');

    create table usage_roots (
      day utc_day primary key,
      -- the settlement numbers of a day are first_settlement to first_settlement + size - 1
      first_settlement bigint not null,
      size int not null check (size >= 0),
      root sha256_digest not null,
      -- leaves below each of the hashes in subtrees, which are 32 bytes each; the last may have fewer
      subtree_size int not null check (subtree_size > 0),
      subtrees bytea not null check (length(subtrees) = 32 * ((size + subtree_size - 1) / subtree_size)),
      charged base_units not null,
      mined base_units not null,
      -- the batch of the journal that published it
      sequence bigint not null unique,
      published_at timestamptz(3) not null
    );

    create table liability_roots (
      day utc_day primary key,
      -- the journal's head that the balances are those of
      sequence bigint not null,
      taken_at timestamptz(3) not null,
      users int not null check (users >= 0),
      subtree_size int not null check (subtree_size > 0),
      root sha256_digest not null,
      credit base_units not null,
      lco base_units not null
    );

    create table liability_leaves (
      day utc_day not null,
      position int not null,
      user_id uuid not null,
      salt uuid not null,
      credit base_units not null,
      lco base_units not null,
      primary key (day, position),
      unique (day, user_id)
    );

    -- the roots over each subtree_size leaves
    create table liability_subtrees (
      day utc_day not null,
      number int not null,
      hash sha256_digest not null,
      credit base_units not null,
      lco base_units not null,
      primary key (day, number)
    );
  `);
  for (const table of ['usage_roots', 'liability_roots']) {
    await knex.raw(/* sql */ `
      create trigger ${table}_append_only before update or delete or truncate on ${table}
      for each statement execute function refuse_change();
    `);
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop table liability_subtrees, liability_leaves, liability_roots, usage_roots;
    drop domain utc_day;
    alter table relay_calls drop column salt;
  `);
}
