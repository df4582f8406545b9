// Appointments of operators that wait for a second operator (ADR 0011). The committer alone writes them.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create table operator_proposals (
      user_id uuid primary key references users,
      -- null: none is open; the audit log has those that were
      proposed_by uuid references users,
      proposed_at timestamptz(3),
      constraint operator_proposals_no_own_case check (proposed_by <> user_id),
      constraint operator_proposals_whole check ((proposed_by is null) = (proposed_at is null))
    );
    -- a handful of all users: found without reading the others when one of them is to lose the role
    create index users_operators on users (id) where role = 'operator';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `drop index users_operators; drop table operator_proposals;`);
}
