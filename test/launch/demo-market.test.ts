// The demo's live traders against a real API that is killed and comes back: they know only its address and their keys.
import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Knex } from 'knex';
import { readConfig } from '../../config/config';
import { describeDataDir, makeDataDir } from '../../launch/data-dir';
import { startTraders, type Traders } from '../../launch/demo/traders';
import { createMockUpstream } from '../../launch/mock-upstream/server';
import { builtEntry } from '../../launch/paths';
import { findFreePort } from '../../launch/processes/ports';
import { waitUntil } from '../../launch/processes/processes';
import { openAccounts } from '../../launch/provision/account-file';
import { provision } from '../../launch/provision/provision';
import { openDatabase } from '../../ledger/connection';
import { createLogger } from '../../services/logger';
import { createTestDatabase, randomPort, type TestDatabase } from '../support/engines';
import { assertBooksBalance } from '../support/invariants';
import { scratchFolder } from '../support/scratch';

describe("the demo's market", () => {
  const mock = createMockUpstream();
  const dataDir = scratchFolder('lx-demo-');
  let database: TestDatabase;
  let db: Knex;
  let port: number;
  let api: ChildProcess;
  let traders: Traders;

  const env = () => ({
    ALLOW_PRIVATE_UPSTREAMS: '1',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    MASTER_KEY: '07'.repeat(32),
    PORT: String(port),
  });
  const startApi = async () => {
    api = spawn(process.execPath, [builtEntry('api/main')], {
      env: { ...env(), PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await new Promise((resolve) => api.once('message', resolve));
  };
  const endApi = async (signal: NodeJS.Signals) => {
    const ended = new Promise((resolve) => api.once('exit', resolve));
    api.kill(signal);
    await ended;
  };
  const count = async (sql: string): Promise<number> => {
    const { rows } = await db.raw<{ rows: { n: number }[] }>(
      `select count(*)::int as n from ${sql}`,
    );
    return rows[0]?.n ?? 0;
  };
  /** What the traders have done so far. */
  const activity = async () => ({
    trades: await count('trades'),
    orders: await count('orders'),
    calls: await count(`relay_calls where status = 'settled'`),
  });
  const isTwoSided = async (): Promise<boolean> => {
    const row = await db('mark_state').first<{ state: { isTwoSided: boolean } }>('state');
    return row?.state.isTwoSided === true;
  };

  beforeAll(async () => {
    await mock.listen();
    database = await createTestDatabase();
    db = openDatabase(database.url, 'lx-test', 2);
    port = await findFreePort(randomPort(), new Set());
    makeDataDir(describeDataDir(dataDir));
    const config = readConfig(env());
    await provision({
      databaseUrl: database.url,
      config,
      mockBaseUrl: mock.baseUrl,
      // A day is as good as the week that a start makes.
      historyFrom: Date.now() - 24 * 3_600_000,
    });
    await startApi();
  });
  afterAll(async () => {
    await traders.stop();
    if (api.exitCode === null && api.signalCode === null) await endApi('SIGTERM');
    await db.destroy();
    await database.drop();
    await mock.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('goes on over the public API, through the death of the API, with a book of two sides', async () => {
    const before = await activity();
    const { accounts } = openAccounts(describeDataDir(dataDir).accounts);
    traders = startTraders({
      baseUrl: `http://127.0.0.1:${port}`,
      keyOf: (handle) => accounts.get(handle)?.apiKey,
      seed: 1,
      logger: createLogger('demo', 'error'),
    });
    const goesOn = async (since: Awaited<ReturnType<typeof activity>>) => {
      const { trades, orders } = await activity();
      return trades > since.trades && orders > since.orders + 2;
    };
    expect(await waitUntil(() => goesOn(before), 120_000, 500)).toBe(true);
    expect(await waitUntil(async () => (await activity()).calls > before.calls, 120_000, 500)).toBe(
      true,
    );
    expect(await isTwoSided()).toBe(true);

    await endApi('SIGKILL');
    const atDeath = await activity();
    await startApi();
    expect(await waitUntil(() => goesOn(atDeath), 60_000, 500)).toBe(true);
    expect(await isTwoSided()).toBe(true);

    await traders.stop();
    // What they leave in the book is there for those who come next.
    expect(await count(`orders where status = 'open'`)).toBeGreaterThanOrEqual(20);
    await endApi('SIGTERM');
    await assertBooksBalance(database.url);
  });
});
