// Commands that reach a workflow as updates, with the answers they got, and what the outbox's dispatcher needs
// to try a message again (DESIGN 5).
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

    alter table outbox
      add column attempts int not null default 0,
      add column next_attempt_at timestamptz(3);
    create index outbox_delivered on outbox (delivered_at) where delivered_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop index outbox_delivered;
    alter table outbox drop column attempts, drop column next_attempt_at;
    drop table workflow_commands;
  `);
}
