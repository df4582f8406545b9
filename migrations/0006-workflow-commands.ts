// Commands that reach a workflow as updates, with the answers they got (DESIGN 5).
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create table workflow_commands (
      actor text collate "C" not null,
      key text collate "C" not null,
      -- null once the workflow refused: a refusal consumes no key
      fingerprint bytea check (length(fingerprint) = 32),
      -- counts the refusals, for Temporal would answer a repeated update id with the old one
      attempt int not null default 1 check (attempt > 0),
      -- null until the answer is known
      result json,
      created_at timestamptz(3) not null default clock_timestamp(),
      primary key (actor, key)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `drop table workflow_commands;`);
}
