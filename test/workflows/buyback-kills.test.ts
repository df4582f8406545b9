// kill -9 of the worker at every step of a buyback (DESIGN 2.5 and 8): it resumes, and buys and burns once.
import { Client as PgClient } from 'pg';
import { createBuybackWorld, type BuybackWorld } from './buyback-world';
import {
  eventually,
  expectStatus,
  isWorkerBlocked,
  startWorkerProcess,
  type WorkerProcess,
} from './support';

jest.setTimeout(120_000);

describe('a worker killed in the middle of a buyback', () => {
  let world: BuybackWorld;
  let worker: WorkerProcess;
  /** Holds locks that stop the worker's commit where the test wants it. */
  let blocker: PgClient;

  beforeAll(async () => {
    world = await createBuybackWorld('1s');
    blocker = new PgClient({ connectionString: world.config.databaseUrl });
    await blocker.connect();
    worker = await startWorkerProcess(world.config);
  });

  /** Every run has something to buy, and profit to buy it with. */
  beforeEach(() => world.market.sell('0.1'));

  afterAll(async () => {
    expect(await worker.end()).toBe(0);
    await blocker.end();
    await world.close();
  });

  const isBlocked = () => isWorkerBlocked(world.market.db);

  async function countRows(table: string, column: string, value: string): Promise<number> {
    return (await world.market.db(table).where(column, value).select(column)).length;
  }

  /** Books close once, four slices buy for two funds once each, and one record says what was burned. */
  async function endsOnce(id: string): Promise<void> {
    const ended = await world.reaches(id, 'completed');
    expect(ended.slices).toHaveLength(8);
    expect(new Set(ended.slices.flatMap(({ orderIds }) => orderIds)).size).toBe(8);
    expect(Number(ended.burned)).toBeGreaterThan(0);
    await expect(world.handleOf(id).result()).resolves.toEqual(ended);
    for (const kind of ['buyback_profit', 'buyback_split']) {
      const transfers = await world.market.db('journal_transfers').where({ kind, reference: id });
      expect(transfers).toHaveLength(1);
    }
    expect(await countRows('burns', 'source_ref', id)).toBe(1);
    const bought = ended.slices
      .filter((slice) => slice.for === 'burn')
      .reduce((sum, slice) => sum + Math.round(Number(slice.bought) * 100), 0);
    expect(bought / 100).toBe(Number(ended.burned));
    expect(await world.market.balanceOf('ecosystem_fund', 'LCO')).toBe('0');
    expect(await world.market.balanceOf('prize_fund', 'LCO')).toBe('0');
  }

  it('between the outbox and the start of the workflow', async () => {
    // Stopped, it hears of the run but cannot start it any more.
    worker.child.kill('SIGSTOP');
    const id = await world.openExtra();
    await worker.kill();
    worker = await startWorkerProcess(world.config);
    await endsOnce(id);
  });

  it('before the commit that closes the books', async () => {
    worker.child.kill('SIGSTOP');
    const id = await world.openExtra();
    await blocker.query('begin; select 1 from journal_head for update');
    worker.child.kill('SIGCONT');
    await eventually(isBlocked);
    await worker.kill();
    await blocker.query('rollback');
    expect((await world.read(id)).close).toBeNull();
    worker = await startWorkerProcess(world.config);
    await endsOnce(id);
  });

  // The whole batch with its COMMIT is on the wire when it has to wait for the table; then the worker can hear no
  // more of what became of it.
  it.each([
    [
      'the books were closed',
      'profit_closes',
      (id: string) => countRows('profit_closes', 'id', id),
    ],
    ['a slice', 'trades', async () => (await world.market.db('trades')).length],
    ['the burn', 'burns', (id: string) => countRows('burns', 'source_ref', id)],
  ])('after the commit of %s, before it could say so', async (_, table, count) => {
    await blocker.query(`begin; lock table ${table} in share mode`);
    const id = await world.openExtra();
    const before = await count(id);
    await eventually(isBlocked, 40_000);
    worker.child.kill('SIGSTOP');
    await blocker.query('rollback');
    await eventually(async () => (await count(id)) > before);
    await worker.kill();
    worker = await startWorkerProcess(world.config);
    await endsOnce(id);
  });

  it('while it is paused, and an operator resumes it before a worker is back', async () => {
    const id = await world.openExtra();
    await world.reaches(id, 'buying');
    expectStatus(await world.steer('pause', id), 200);
    await worker.kill();
    const resumed = world.steer('resume', id);
    worker = await startWorkerProcess(world.config);
    expectStatus(await resumed, 200);
    await endsOnce(id);
  });

  it('again and again', async () => {
    const id = await world.openExtra();
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await worker.kill();
      worker = await startWorkerProcess(world.config);
    }
    await endsOnce(id);
  });
});
