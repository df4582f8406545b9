// The step from check constraints to domains and back: nothing but the form of the rules changes.
import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { Knex } from 'knex';
import { openDatabase } from '../../ledger/connection';
import { newId } from '../../ledger/ids';
import { down, up } from '../../migrations/0009-domains';
import { createTestDatabase, type TestDatabase } from '../support/engines';

let database: TestDatabase;
let db: Knex;

const folder = join(__dirname, '../../migrations');
const userId = newId();
const calls = { live: newId(), settled: newId() };

/** The schema as it was before, with a row in each table that changes. */
beforeEach(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, 'lx-test', 1);
  await db.raw('drop schema public cascade; create schema public;');
  const earlier = readdirSync(folder).filter((file) => /^000[1-8]-/.test(file));
  for (const file of earlier.sort()) {
    const migration = (await import(join(folder, parse(file).name))) as { up: typeof up };
    await migration.up(db);
  }
  await db.raw(/* sql */ `
    insert into journal_batches values (1, now(), decode(repeat('00', 32), 'hex'), decode(repeat('01', 32), 'hex'));
    insert into journal_entries values (1, 1, 0, 0, -5, -5), (2, 1, 0, 1, 5, 5);
    insert into accounts (id, owner_kind, owner_id, purpose, asset, balance, opened_in) values
      (1, 'platform', 'l-exchange', 'reserve', 'CREDIT', -5, 1), (2, 'user', '${userId}', 'available', 'CREDIT', 5, 1);
    insert into users (id, email, handle, password_hash) values ('${userId}', 'ann@example.com', 'ann', 'none');
    insert into api_keys (id, user_id, name, secret_hash, hint, scopes)
    values ('${newId()}', '${userId}', 'a key', decode(repeat('02', 32), 'hex'), 'lx_', array['relay']);
    insert into relay_calls (id, user_id, process_id, endpoint, model_id, price_version_id, tier, reserved, status, opened_at)
    values ('${calls.live}', '${userId}', '${newId()}', 'chat', 'm', 'm@1', 't', 5, 'live', now());
    insert into relay_calls (id, user_id, process_id, endpoint, model_id, price_version_id, tier, reserved, status,
      opened_at, ended_at, ending, settlement_number, input_tokens, cached_input_tokens, cache_write_tokens,
      output_tokens, token_source, charge, cost, shortfall, excess, mined, channel_id, latency_ms)
    values ('${calls.settled}', '${userId}', '${newId()}', 'chat', 'm', 'm@1', 't', 5, 'settled',
      now(), now(), 'completed', 1, 1, 0, 0, 1, 'upstream', 4, 3, 0, 0, 40, '${newId()}', 10);`);
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
});

async function select(sql: string): Promise<unknown[]> {
  return (await db.raw<{ rows: unknown[] }>(sql)).rows;
}

/** All of the schema that a program could meet, but for the order of columns. */
async function describeSchema() {
  return {
    columns: await select(`
      select table_name, column_name, data_type, domain_name, collation_name, is_nullable, column_default,
        generation_expression
      from information_schema.columns where table_schema = 'public' order by 1, 2`),
    constraints: await select(`
      select conrelid::regclass::text as "table", conname, pg_get_constraintdef(oid) as rule from pg_constraint
      where connamespace = 'public'::regnamespace order by 1, 2`),
    indexes: await select(
      `select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1`,
    ),
  };
}

const tables = [
  'journal_head',
  'journal_batches',
  'journal_entries',
  'accounts',
  'users',
  'api_keys',
];

async function readRows(): Promise<unknown> {
  const rows = [...tables, 'relay_calls', 'relay_totals'].map((table) =>
    select(`select to_jsonb(t) as row from ${table} t order by t::text collate "C"`),
  );
  return Promise.all(rows);
}

it('keeps every row, and leads back to the very schema that it came from', async () => {
  const [schema, rows] = [await describeSchema(), await readRows()];
  await up(db);
  expect(sorted(await readRows())).toEqual(sorted(rows));
  const migrated = await describeSchema();
  await down(db);
  expect(await describeSchema()).toEqual(schema);
  expect(sorted(await readRows())).toEqual(sorted(rows));
  await up(db);
  expect(await describeSchema()).toEqual(migrated);
});

/** The account's key comes back as the last column, so that rows are told in another order. */
function sorted(rows: unknown): unknown {
  return (rows as object[][]).map((table) => table.map((row) => JSON.stringify(row)).sort());
}

/** What neither form of the rules lets in. */
const refused = [
  ['a hash of 31 bytes', `update journal_head set hash = decode(repeat('00', 31), 'hex')`],
  ['an entry of nothing', 'insert into journal_entries values (1, 2, 0, 0, 0, 0)'],
  ['a negative spending', 'update api_keys set spent = -1'],
  ['a negative total', 'update relay_totals set charged = -1'],
  ['more calls ended than begun', 'update users set live_calls = -1'],
  ['an unknown owner', `update accounts set owner_kind = 'bank' where id = 2`],
  ['an unknown purpose', `update accounts set purpose = 'pocket' where id = 2`],
  ['an unknown asset', `update accounts set asset = 'EUR' where id = 2`],
  ['a negative balance', 'update accounts set balance = -1 where id = 2'],
  ['an address in capitals', `update users set email = 'Ann@example.com'`],
  ['a handle of two letters', `update users set handle = 'an'`],
  ['an unknown role', `update users set role = 'king'`],
  ['a key without a name', `update api_keys set name = ''`],
  ['a key without scopes', `update api_keys set scopes = '{}'`],
  ['an unknown scope', `update api_keys set scopes = '{everything}'`],
  ['an empty list of models', `update api_keys set models = '{}'`],
  ['an unknown status', `update relay_calls set status = 'lost'`],
  ['an unknown counter of tokens', `update relay_calls set token_source = 'guess'`],
] as const;

async function codesOf(): Promise<unknown[]> {
  const codes: unknown[] = [];
  for (const [what, sql] of refused) {
    const code = await db.raw(sql).then(
      () => 'taken in',
      (error: { code?: string }) => error.code,
    );
    codes.push([what, code]);
  }
  return codes;
}

it('refuses what was refused', async () => {
  const violations = refused.map(([what]) => [what, '23514']);
  expect(await codesOf()).toEqual(violations);
  await up(db);
  expect(await codesOf()).toEqual(violations);
});
