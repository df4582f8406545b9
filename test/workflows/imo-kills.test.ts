// kill -9 of the worker at every stage of an IMO (DESIGN 2.7, 5 and 8), between and within the commits of a close that
// takes several: each subscriber is weighed, given a share and given the lock back once, and the quota is all given out.
import type { CallerWithKey } from '../relay/relay-world';
import { createCommitGate, type CommitGate } from './commit-gate';
import { createImoWorld, type Announcement, type ImoWorld } from './imo-world';
import { expectStatus, eventually, startWorkerProcess, type WorkerProcess } from './support';

jest.setTimeout(180_000);

const quota = 1_000;
/** Two a commit: four of them for a step. */
const subscribers = 7;

describe('a worker killed in the middle of an IMO', () => {
  let world: ImoWorld;
  let worker: WorkerProcess;
  let holders: CallerWithKey[];
  /** Stops the worker's commit where the test wants it. */
  let gate: CommitGate;

  const start = () => startWorkerProcess(world.config, 'test/workflows/imo-worker');

  beforeAll(async () => {
    world = await createImoWorld();
    gate = await createCommitGate(world.context.db, world.config.databaseUrl);
    holders = [];
    for (let i = 0; i < subscribers; i++) holders.push(await world.addHolder(10_000, 1_000));
    worker = await start();
  });
  afterAll(async () => {
    expect(await worker.end()).toBe(0);
    await gate.end();
    await world.close();
  });

  const db = () => world.context.db;

  /** Locks of different sizes, one after the other, in their order. */
  async function announce(over: Announcement = {}): Promise<string> {
    const id = await world.announce({ quota, closesInMs: 2_000, expiresInMs: 2_500, ...over });
    for (const [i, holder] of holders.entries()) await world.subscribe(id, holder, String(10 + i));
    return id;
  }

  async function restart(): Promise<void> {
    await worker.kill();
    worker = await start();
  }

  /** Everything happened, once. */
  async function endsOnce(id: string): Promise<void> {
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
  }

  type Status = 'weighing' | 'expired';
  /** The commit that gives it this status waits. */
  const stopAt = (id: string, status: Status) =>
    gate.close(
      'imos',
      `new.id = '${id}' and new.status = '${status}' and old.status <> '${status}'`,
    );
  const statusOf = async (id: string) =>
    (await db()('imos').first<{ status: string }>('status').where({ id })).status;

  type Column = 'closing_stake' | 'allocation' | 'returned_at';
  /** The one by which this happens to the third and the fourth subscriber waits. */
  const stopAtThird = (id: string, column: Column) =>
    gate.close(
      'imo_subscriptions',
      `new.id = '${id}/${holders[2]?.id}' and old.${column} is null and new.${column} is not null`,
    );
  const countDone = async (id: string, column: Column) =>
    (await db()('imo_subscriptions').whereNotNull(column).where('imo_id', id)).length;

  it('between the outbox and the start of the workflow', async () => {
    // Stopped, it hears of the announcement but cannot tell of it any more.
    worker.child.kill('SIGSTOP');
    const id = await announce();
    await restart();
    await endsOnce(id);
  });

  it('just before each of its commits, which a worker after it makes', async () => {
    const id = await announce();

    async function killBefore(status: Status): Promise<void> {
      await gate.reached();
      const before = await statusOf(id);
      await worker.kill();
      await gate.undo('imos');
      expect(before).not.toBe(status);
      expect(await statusOf(id)).toBe(before);
    }
    /** Between two of four. */
    async function killBeforeThird(column: Column): Promise<void> {
      await gate.reached();
      await worker.kill();
      await gate.undo('imo_subscriptions');
      expect(await countDone(id, column)).toBe(2);
    }

    await stopAt(id, 'weighing');
    await killBefore('weighing');
    await stopAtThird(id, 'closing_stake');
    worker = await start();
    await killBeforeThird('closing_stake');
    await stopAtThird(id, 'allocation');
    worker = await start();
    await killBeforeThird('allocation');
    await stopAt(id, 'expired');
    worker = await start();
    await killBefore('expired');
    await stopAtThird(id, 'returned_at');
    worker = await start();
    await killBeforeThird('returned_at');
    worker = await start();
    await endsOnce(id);
  });

  it('just after each of its commits, before it could say so', async () => {
    const id = await announce();

    async function killAfter(status: Status): Promise<void> {
      await gate.reached();
      await worker.kill();
      await gate.open('imos');
      await eventually(async () => (await statusOf(id)) === status);
    }
    async function killAfterThird(column: Column): Promise<void> {
      await gate.reached();
      expect(await countDone(id, column)).toBe(2);
      await worker.kill();
      await gate.open('imo_subscriptions');
      await eventually(async () => (await countDone(id, column)) === 4);
    }

    await stopAt(id, 'weighing');
    await killAfter('weighing');
    await stopAtThird(id, 'closing_stake');
    worker = await start();
    await killAfterThird('closing_stake');
    await stopAtThird(id, 'allocation');
    worker = await start();
    await killAfterThird('allocation');
    await stopAt(id, 'expired');
    worker = await start();
    await killAfter('expired');
    await stopAtThird(id, 'returned_at');
    worker = await start();
    await killAfterThird('returned_at');
    worker = await start();
    await endsOnce(id);
  });

  it('while holders call, whose quota is as it was', async () => {
    const id = await announce({ expiresInMs: 8_000 });
    await world.reaches(id, ({ status }) => status === 'active');
    const [ann] = holders;
    if (!ann) throw new Error('there are holders');
    await world.call(ann, 20);
    await worker.kill();
    expect(await world.call(ann, 20)).toMatchObject({ imo: { id, used: 28 } });
    worker = await start();
    await endsOnce(id);
    expect(await world.subscriptionOf(id, ann)).toMatchObject({ used: 56, held: 0 });
  });

  it('after an operator cancelled, while locks are returned', async () => {
    const id = await announce({ closesInMs: 60_000, expiresInMs: 90_000 });
    await stopAtThird(id, 'returned_at');
    const answer = world.cancel(id);
    await gate.reached();
    await worker.kill();
    await gate.open('imo_subscriptions');
    worker = await start();
    expectStatus(await answer, 200);
    await world.reaches(id, ({ settledAt }) => settledAt !== null);
    for (const holder of holders) {
      expect(await world.movesOf(id, holder)).toEqual(['imo_lock', 'imo_return']);
    }
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'cancelled' });
  });

  it('again and again', async () => {
    const id = await announce();
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      await restart();
    }
    await endsOnce(id);
  });
});
