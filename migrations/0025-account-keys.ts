// An account's key is made once, when the account is opened. As a generated column PostgreSQL read its expression anew
// for each statement that wrote a balance, which was a fourteenth of what a commit cost it; a trigger for insertions
// costs balances nothing. What an account is of never changes, and the audit looks at it (services/audit/journal.ts).
import type { Knex } from 'knex';

const key = (row: string) =>
  ['owner_kind', 'owner_id', 'purpose', 'asset']
    .map((column) => `${row}${column}`)
    .join(` || '/' || `);

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    alter table accounts alter column key drop expression;
    create function name_account() returns trigger language plpgsql as $$
    begin
      new.key := ${key('new.')};
      return new;
    end $$;
    create trigger accounts_key before insert on accounts
    for each row execute function name_account();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop trigger accounts_key on accounts;
    drop function name_account;
    alter table accounts drop column key;
    alter table accounts add column key text collate "C" not null unique generated always as (${key('')}) stored;
  `);
}
