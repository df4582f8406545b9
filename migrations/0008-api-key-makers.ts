// Which key made a key: revoking one that leaked revokes what was made with it.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    -- null: made by a session, at sign-up or by the set-up
    alter table api_keys add column made_by uuid references api_keys;
    create index api_keys_made_by on api_keys (made_by) where made_by is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    /* sql */ `drop index api_keys_made_by; alter table api_keys drop column made_by;`,
  );
}
