// kill -9 of the worker at every stage of an IMO (DESIGN 2.7, 5 and 8), between and within the commits of a close that
// takes several: each subscriber is weighed, given a share and given the lock back once, and the quota is all given out.
import type { CallerWithKey } from '../relay/relay-world';
import { createCommitGate } from './commit-gate';
import { createImoWorld, type Announcement } from './imo-world';
import { eventually, expectStatus, startWorkerProcess, type WorkerProcess } from './support';

jest.setTimeout(180_000);

const quota = 1_000;
/** Two a commit: four of them for a step. */
const subscribers = 7;

type Status = 'weighing' | 'expired';
type Column = 'closing_stake' | 'allocation' | 'returned_at';

/** A worker that is killed, on a product of its own. */
async function createVictim() {
  const world = await createImoWorld();
  const db = world.context.db;
  const gate = await createCommitGate(db, world.config.databaseUrl);
  const holders: CallerWithKey[] = [];
  for (let i = 0; i < subscribers; i++) holders.push(await world.addHolder(10_000, 1_000));
  const startWorker = () => startWorkerProcess(world.config, 'test/workflows/small-commits-worker');
  let worker: WorkerProcess = await startWorker();

  const statusOf = async (id: string) =>
    (await db('imos').first<{ status: string }>('status').where({ id })).status;
  const countDone = async (id: string, column: Column) =>
    (await db('imo_subscriptions').whereNotNull(column).where('imo_id', id)).length;

  /** The commit that gives it this status waits. */
  const stopAt = (id: string, status: Status) =>
    gate.close(
      'imos',
      `new.id = '${id}' and new.status = '${status}' and old.status <> '${status}'`,
    );
  /** The one by which this happens to the third and the fourth subscriber waits. */
  const stopAtThird = (id: string, column: Column) =>
    gate.close(
      'imo_subscriptions',
      `new.id = '${id}/${holders[2]?.id}' and old.${column} is null and new.${column} is not null`,
    );

  return {
    ...world,
    gate,
    holders,
    stopAtThird,
    kill: () => worker.kill(),
    /** It hears and tells nothing more. */
    suspend: () => worker.child.kill('SIGSTOP'),
    async start(): Promise<void> {
      worker = await startWorker();
    },

    /** Locks of different sizes, one after the other, in their order. */
    async announceAndSubscribe(over: Announcement = {}): Promise<string> {
      const id = await world.announce({ quota, closesInMs: 2_000, expiresInMs: 2_500, ...over });
      for (const [i, holder] of holders.entries()) {
        await world.subscribe(id, holder, String(10 + i));
      }
      return id;
    },

    /** Just before the commit by which it gets this status; the worker of before is dead. */
    async killBefore(id: string, status: Status): Promise<void> {
      await stopAt(id, status);
      worker = await startWorker();
      await gate.reached();
      const before = await statusOf(id);
      await worker.kill();
      await gate.undo('imos');
      expect(before).not.toBe(status);
      expect(await statusOf(id)).toBe(before);
    },
    /** Just after it, before the worker could say so. */
    async killAfter(id: string, status: Status): Promise<void> {
      await stopAt(id, status);
      worker = await startWorker();
      await gate.reached();
      await worker.kill();
      await gate.open('imos');
      await eventually(async () => (await statusOf(id)) === status);
    },
    /** Between two of the four commits by which this happens. */
    async killBetween(id: string, column: Column): Promise<void> {
      await stopAtThird(id, column);
      worker = await startWorker();
      await gate.reached();
      await worker.kill();
      await gate.undo('imo_subscriptions');
      expect(await countDone(id, column)).toBe(2);
    },
    /** After one of them, before the worker could say so. */
    async killWithin(id: string, column: Column): Promise<void> {
      await stopAtThird(id, column);
      worker = await startWorker();
      await gate.reached();
      expect(await countDone(id, column)).toBe(2);
      await worker.kill();
      await gate.open('imo_subscriptions');
      await eventually(async () => (await countDone(id, column)) === 4);
    },

    /** Everything happened, once. */
    async endsOnce(id: string): Promise<void> {
      const ended = await world.reaches(id, ({ settledAt }) => settledAt !== null, 60_000);
      expect(ended).toMatchObject({
        ...{ status: 'expired', openLocks: 0, participants: subscribers, allocatedQuota: quota },
      });
      await expect(world.handleOf(id).result()).resolves.toMatchObject({ id, status: 'expired' });
      let given = 0;
      for (const holder of holders) {
        const { allocation, returnReason } = await world.subscriptionOf(id, holder);
        given += allocation ?? 0;
        expect(returnReason).toBe('expired');
        expect(await world.movesOf(id, holder)).toEqual(['imo_lock', 'imo_return']);
        expect(await world.balanceOf(holder, 'LCO', 'imo')).toBe('0');
      }
      expect(given).toBe(quota);
    },

    async close(): Promise<void> {
      expect(await worker.end()).toBe(0);
      await gate.end();
      await world.close();
    },
  };
}
type Victim = Awaited<ReturnType<typeof createVictim>>;

describe('a worker killed in the middle of an IMO', () => {
  let victim: Victim;
  let other: Victim;

  beforeAll(async () => {
    [victim, other] = await Promise.all([createVictim(), createVictim()]);
  });
  afterAll(async () => {
    await Promise.all([victim.close(), other.close()]);
  });

  /** From the outbox on, whose message the first worker can tell nobody. */
  async function isKilledBeforeEachCommit(of: Victim): Promise<void> {
    of.suspend();
    const id = await of.announceAndSubscribe();
    await of.kill();
    await of.killBefore(id, 'weighing');
    await of.killBetween(id, 'closing_stake');
    await of.killBetween(id, 'allocation');
    await of.killBefore(id, 'expired');
    await of.killBetween(id, 'returned_at');
    await of.start();
    await of.endsOnce(id);
  }

  async function isKilledAfterEachCommit(of: Victim): Promise<void> {
    const id = await of.announceAndSubscribe();
    await of.kill();
    await of.killAfter(id, 'weighing');
    await of.killWithin(id, 'closing_stake');
    await of.killWithin(id, 'allocation');
    await of.killAfter(id, 'expired');
    await of.killWithin(id, 'returned_at');
    await of.start();
    await of.endsOnce(id);
  }

  // Most of the time passes until a dead worker is missed, so both are at it at once.
  it('just before each of its commits, and just after each, before it could say so', async () => {
    await Promise.all([isKilledBeforeEachCommit(victim), isKilledAfterEachCommit(other)]);
  });

  it('while holders call, whose quota is as it was', async () => {
    const id = await victim.announceAndSubscribe({ expiresInMs: 8_000 });
    await victim.reaches(id, ({ status }) => status === 'active');
    const [ann] = victim.holders;
    if (!ann) throw new Error('there are holders');
    await victim.call(ann, 20);
    await victim.kill();
    expect(await victim.call(ann, 20)).toMatchObject({ imo: { id, used: 28 } });
    await victim.start();
    await victim.endsOnce(id);
    expect(await victim.subscriptionOf(id, ann)).toMatchObject({ used: 56, held: 0 });
  });

  it('after an operator cancelled, while locks are returned', async () => {
    const id = await victim.announceAndSubscribe({ closesInMs: 60_000, expiresInMs: 90_000 });
    await victim.stopAtThird(id, 'returned_at');
    const answer = victim.cancel(id);
    await victim.gate.reached();
    await victim.kill();
    await victim.gate.open('imo_subscriptions');
    await victim.start();
    expectStatus(await answer, 200);
    await victim.reaches(id, ({ settledAt }) => settledAt !== null);
    for (const holder of victim.holders) {
      expect(await victim.movesOf(id, holder)).toEqual(['imo_lock', 'imo_return']);
    }
    await expect(victim.handleOf(id).result()).resolves.toMatchObject({ status: 'cancelled' });
  });

  it('again and again', async () => {
    const id = await victim.announceAndSubscribe();
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      await victim.kill();
      await victim.start();
    }
    await victim.endsOnce(id);
  });
});
