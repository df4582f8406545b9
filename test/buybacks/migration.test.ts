// The step to running totals: what was settled and corrected before is in them, and nothing else changes.
import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { Knex } from 'knex';
import { openDatabase } from '../../ledger/connection';
import { newId } from '../../ledger/ids';
import { down, up } from '../../migrations/0013-buybacks';
import { createTestDatabase, type TestDatabase } from '../support/engines';

const folder = join(__dirname, '../../migrations');
let database: TestDatabase;
let db: Knex;

/** The schema as it was before, with calls and corrections. */
beforeEach(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, 'lx-test', 1);
  await db.raw('drop schema public cascade; create schema public;');
  const earlier = readdirSync(folder).filter((file) => /^00(0\d|1[0-2])-/.test(file));
  for (const file of earlier.sort()) {
    const migration = (await import(join(folder, parse(file).name))) as { up: typeof up };
    await migration.up(db);
  }
  const userId = newId();
  await db.raw(`insert into users (id, email, handle, password_hash)
    values ('${userId}', 'ann@example.com', 'ann', 'none')`);
  for (const [i, shortfall] of [7, 0, 5].entries()) {
    await db.raw(`
      insert into relay_calls (id, user_id, process_id, endpoint, model_id, price_version_id, tier, reserved, status,
        opened_at, ended_at, ending, settlement_number, charge, cost, shortfall)
      values ('${newId()}', '${userId}', '${newId()}', 'chat', 'm', 'm@1', 'Lv1', 9, 'settled',
        now(), now(), 'completed', ${i + 1}, 1, ${1 + shortfall}, ${shortfall})`);
  }
  for (const [amount, hour] of [
    [30, 2],
    [-10, 1],
  ]) {
    await db.raw(`
      insert into cost_corrections (id, amount, reason, recorded_by, recorded_at)
      values ('${newId()}', ${amount}, 'a bill', '${userId}', '2026-01-01T0${hour}:00:00Z')`);
  }
});

afterEach(async () => {
  await db.destroy();
  await database.drop();
});

async function select(sql: string): Promise<unknown[]> {
  return (await db.raw<{ rows: unknown[] }>(sql)).rows;
}

function describeSchema() {
  return select(`
    select table_name, column_name, data_type, domain_name, is_nullable, column_default
    from information_schema.columns where table_schema = 'public' order by 1, 2`);
}

it('takes in what there is, as not closed yet, numbered in the order of recording', async () => {
  await up(db);
  expect(await select('select shortfalls from relay_totals')).toEqual([{ shortfalls: 12n }]);
  expect(await select('select amount, corrections from cost_correction_totals')).toEqual([
    { amount: 20n, corrections: 2n },
  ]);
  expect(await select('select number, amount from cost_corrections order by number')).toEqual([
    { number: 1n, amount: -10n },
    { number: 2n, amount: 30n },
  ]);
  expect(
    await select('select opened, settled_calls, shortfalls, corrected from buyback_state'),
  ).toEqual([{ opened: 0n, settled_calls: 0n, shortfalls: 0n, corrected: 0n }]);
});

it('can be undone and done again', async () => {
  const before = await describeSchema();
  await up(db);
  const after = await describeSchema();
  await down(db);
  expect(await describeSchema()).toEqual(before);
  await up(db);
  expect(await describeSchema()).toEqual(after);
});
