import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway, openDatabase } from '../../ledger/connection';
import { startDatabaseProxy } from '../support/database-proxy';
import { createTestDatabase } from '../support/engines';

/** What a query was refused with. */
function refusalOf(query: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(query).then(
    () => undefined,
    (error: unknown) => error,
  );
}

it('knows a database that went away under a query from a query that is wrong', async () => {
  const database = await createTestDatabase();
  const proxy = await startDatabaseProxy(database.url);
  const db = openDatabase(proxy.url, 'lx-test');
  try {
    expect(isDatabaseAway(await refusalOf(db('no_such_table').select('id')))).toBe(false);
    const underWay = refusalOf(db.raw('select pg_sleep(20)'));
    await sleep(200);
    proxy.cut();
    const lost = await underWay;
    expect(lost).toBeInstanceOf(Error);
    expect(isDatabaseAway(lost)).toBe(true);
    expect(isDatabaseAway(await refusalOf(db.raw('select 1')))).toBe(true);
    proxy.restore();
    await expect(db.raw('select 1')).resolves.toBeDefined();
  } finally {
    await db.destroy();
    await proxy.close();
    await database.drop();
  }
});
