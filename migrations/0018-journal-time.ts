// Which batch was the last before a time: what accounts held then is read off the journal (ledger/past-balance.ts).
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create index journal_batches_time on journal_batches (journal_time, sequence);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `drop index journal_batches_time;`);
}
