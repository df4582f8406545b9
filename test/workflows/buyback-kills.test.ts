// kill -9 of the worker at every step of a buyback (DESIGN 2.5 and 8): it resumes, and buys and burns once.
import { liveApart } from './at-once';
import { createBuybackWorld } from './buyback-world';
import { createMortalWorker, type CommitPoint } from './mortal-worker';
import { expectStatus } from './support';

/** A worker that is killed, on a product of its own. */
async function createVictim() {
  const world = await createBuybackWorld('1s');
  const { db } = world.market;
  const worker = await createMortalWorker(world.config, db);
  await worker.start();

  const countRows = async (table: string, where: Record<string, string> = {}) =>
    (await db(table).where(where)).length;

  return {
    ...world,
    worker,

    /** Something to buy, for every run, and profit to buy it with. */
    sell: () => world.market.sell('0.1'),

    /** The first commit from now on that adds to a table. */
    async addsTo(table: 'profit_closes' | 'trades' | 'burns'): Promise<CommitPoint<boolean>> {
      const before = await countRows(table);
      const look = async () => (await countRows(table)) > before;
      return { table, condition: 'true', look, done: true };
    },

    /** Books close once, four slices buy for two funds once each, and one record says what was burned. */
    async endsOnce(id: string): Promise<void> {
      const ended = await world.reaches(id, 'completed');
      expect(ended.slices).toHaveLength(8);
      expect(new Set(ended.slices.flatMap(({ orderIds }) => orderIds)).size).toBe(8);
      expect(Number(ended.burned)).toBeGreaterThan(0);
      await expect(world.handleOf(id).result()).resolves.toEqual(ended);
      for (const kind of ['buyback_profit', 'buyback_split']) {
        expect(await countRows('journal_transfers', { kind, reference: id })).toBe(1);
      }
      expect(await countRows('burns', { source_ref: id })).toBe(1);
      const bought = ended.slices
        .filter((slice) => slice.for === 'burn')
        .reduce((sum, slice) => sum + Math.round(Number(slice.bought) * 100), 0);
      expect(bought / 100).toBe(Number(ended.burned));
      expect(await world.market.balanceOf('ecosystem_fund', 'LCO')).toBe('0');
      expect(await world.market.balanceOf('prize_fund', 'LCO')).toBe('0');
    },

    async close(): Promise<void> {
      await worker.end();
      await world.close();
    },
  };
}
type Victim = Awaited<ReturnType<typeof createVictim>>;

/** Just after a run's first commit that adds to this table, before the worker could say so. */
async function isKilledAfter(victim: Victim, table: 'profit_closes' | 'trades' | 'burns') {
  await victim.sell();
  let id = '';
  await victim.worker.killAfter(await victim.addsTo(table), async () => {
    id = await victim.openExtra();
  });
  await victim.worker.start();
  await victim.endsOnce(id);
}

describe('a worker killed in the middle of a buyback', () => {
  liveApart<Victim>(3, createVictim, {
    // First: a worker that dies over a task of the workflow, as some of these do, is missed after ten seconds.
    async 'again and again'(victim) {
      await victim.sell();
      const id = await victim.openExtra();
      await victim.worker.restartOften(3, 300);
      await victim.endsOnce(id);
    },

    async 'before the commit that closes the books'(victim) {
      await victim.sell();
      let id = '';
      await victim.worker.killBefore(await victim.addsTo('profit_closes'), async () => {
        id = await victim.openExtra();
      });
      expect((await victim.read(id)).close).toBeNull();
      await victim.worker.start();
      await victim.endsOnce(id);
    },

    'after the commit that closes the books, before it could say so': (victim) =>
      isKilledAfter(victim, 'profit_closes'),
    'after the commit of a slice, before it could say so': (victim) =>
      isKilledAfter(victim, 'trades'),
    'after the commit of the burn, before it could say so': (victim) =>
      isKilledAfter(victim, 'burns'),

    async 'between the outbox and the start of the workflow'(victim) {
      await victim.sell();
      // Stopped, it hears of the run but cannot start it any more.
      victim.worker.suspend();
      const id = await victim.openExtra();
      await victim.worker.restart();
      await victim.endsOnce(id);
    },

    async 'while it is paused, and an operator resumes it before a worker is back'(victim) {
      await victim.sell();
      const id = await victim.openExtra();
      await victim.reaches(id, 'buying');
      expectStatus(await victim.steer('pause', id), 200);
      await victim.worker.kill();
      const resumed = victim.steer('resume', id);
      await victim.worker.start();
      expectStatus(await resumed, 200);
      await victim.endsOnce(id);
    },
  });
});
