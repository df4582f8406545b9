// kill -9 of the worker at every stage of an IMO (DESIGN 2.7, 5 and 8), between and within the commits of a close that
// takes several: each subscriber is weighed, given a share and given the lock back once, and the quota is all given out.
import type { Answer } from '../api/harness';
import type { CallerWithKey } from '../relay/relay-world';
import { liveApart } from './at-once';
import { createImoWorld, type Announcement } from './imo-world';
import { createMortalWorker, type CommitPoint, type Kill } from './mortal-worker';
import { expectStatus } from './support';

const quota = 1_000;
/** Two a commit: four of them for a step. */
const subscribers = 7;

/** A worker that is killed, on a product of its own. */
async function createVictim() {
  const world = await createImoWorld();
  const { db } = world.context;
  const holders: CallerWithKey[] = [];
  for (let i = 0; i < subscribers; i++) holders.push(await world.addHolder(10_000, 1_000));
  const worker = await createMortalWorker(world.config, db, 'test/workflows/small-commits-worker');
  await worker.start();

  /** The commit by which this happens to the third and the fourth subscriber. */
  const secondOf = (
    id: string,
    column: 'closing_stake' | 'allocation' | 'returned_at',
  ): CommitPoint<number> => ({
    table: 'imo_subscriptions',
    condition: `new.id = '${id}/${holders[2]?.id}' and old.${column} is null and new.${column} is not null`,
    look: async () =>
      (await db('imo_subscriptions').whereNotNull(column).where('imo_id', id)).length,
    done: 4,
  });

  return {
    ...world,
    worker,
    holders,
    secondOf,

    /** Locks of different sizes, one after the other, in their order. */
    async announceAndSubscribe(over: Announcement = {}): Promise<string> {
      const id = await world.announce({ quota, closesInMs: 5_000, expiresInMs: 5_500, ...over });
      for (const [i, holder] of holders.entries()) {
        await world.subscribe(id, holder, String(10 + i));
      }
      return id;
    },

    /** At the commit by which it gets this status. */
    dies: (kill: Kill, id: string, status: 'weighing' | 'expired') =>
      worker[kill](worker.becomes('imos', id, status)),
    /** At the second of the four commits by which this happens. */
    async diesWithin(
      kill: Kill,
      id: string,
      column: 'closing_stake' | 'allocation' | 'returned_at',
    ) {
      expect(await worker[kill](secondOf(id, column))).toBe(2);
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
      await worker.end();
      await world.close();
    },
  };
}
type Victim = Awaited<ReturnType<typeof createVictim>>;

/** From the outbox on, whose message the first worker can tell nobody. */
async function isAnnouncedUnheard(victim: Victim): Promise<string> {
  victim.worker.suspend();
  const id = await victim.announceAndSubscribe();
  await victim.worker.kill();
  return id;
}

async function isWeighed(victim: Victim, kill: Kill, id: string): Promise<void> {
  await victim.dies(kill, id, 'weighing');
  await victim.diesWithin(kill, id, 'closing_stake');
  await victim.worker.start();
  await victim.endsOnce(id);
}

async function isAllocatedAndEnds(victim: Victim, kill: Kill): Promise<void> {
  const id = await victim.announceAndSubscribe();
  await victim.diesWithin(kill, id, 'allocation');
  await victim.dies(kill, id, 'expired');
  await victim.diesWithin(kill, id, 'returned_at');
  await victim.worker.start();
  await victim.endsOnce(id);
}

describe('a worker killed in the middle of an IMO', () => {
  liveApart<Victim>(4, createVictim, {
    'just before the commits of its allocation, its end and its returns': (victim) =>
      isAllocatedAndEnds(victim, 'killBefore'),
    'just after the commits of its allocation, its end and its returns, before it could say so': (
      victim,
    ) => isAllocatedAndEnds(victim, 'killAfter'),

    async 'between the outbox and the start of the workflow, and just before the commits of its close'(
      victim,
    ) {
      await isWeighed(victim, 'killBefore', await isAnnouncedUnheard(victim));
    },
    async 'just after the commits of its close, before it could say so'(victim) {
      const id = await victim.announceAndSubscribe();
      await victim.worker.kill();
      await isWeighed(victim, 'killAfter', id);
    },

    async 'again and again'(victim) {
      const id = await victim.announceAndSubscribe();
      // From shortly before its close on.
      await victim.reaches(id, ({ closesAt }) => Date.parse(closesAt) < Date.now() + 1_000);
      await victim.worker.restartOften(4, 600);
      await victim.endsOnce(id);
    },

    async 'while holders call, whose quota is as it was'(victim) {
      const id = await victim.announceAndSubscribe({ expiresInMs: 10_000 });
      await victim.reaches(id, ({ status }) => status === 'active');
      const [ann] = victim.holders;
      if (!ann) throw new Error('there are holders');
      await victim.call(ann, 20);
      await victim.worker.kill();
      expect(await victim.call(ann, 20)).toMatchObject({ imo: { id, used: 28 } });
      await victim.worker.start();
      await victim.endsOnce(id);
      expect(await victim.subscriptionOf(id, ann)).toMatchObject({ used: 56, held: 0 });
    },

    async 'after an operator cancelled, while locks are returned'(victim) {
      const id = await victim.announceAndSubscribe({ closesInMs: 60_000, expiresInMs: 90_000 });
      let answer: Promise<Answer> | undefined;
      await victim.worker.killAfter(victim.secondOf(id, 'returned_at'), () => {
        answer = victim.cancel(id);
      });
      await victim.worker.start();
      expectStatus((await answer) as Answer, 200);
      await victim.reaches(id, ({ settledAt }) => settledAt !== null);
      for (const holder of victim.holders) {
        expect(await victim.movesOf(id, holder)).toEqual(['imo_lock', 'imo_return']);
      }
      await expect(victim.handleOf(id).result()).resolves.toMatchObject({ status: 'cancelled' });
    },
  });
});
