// Unstakes on a real Temporal server (DESIGN 2.10): the LCO wait and come back, whatever is killed meanwhile.
import { Client as PgClient } from 'pg';
import type { Unstake } from '../../services/staking/unstake-rows';
import { statusQuery } from '../../workflows/unstake';
import {
  eventually,
  isWorkerBlocked,
  startTestWorker,
  startWorkerProcess,
  type WorkerProcess,
} from './support';
import { createUnstakeWorld, startEarly, type UnstakeWorld } from './unstake-world';

describe('an unstake', () => {
  let world: UnstakeWorld;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    world = await createUnstakeWorld(1_500);
    const worker = await startTestWorker(world.config);
    stop = () => worker.stop();
  });
  afterAll(async () => {
    await stop();
    await world.close();
  });

  it('waits for its cooldown and returns the LCO', async () => {
    const ann = await world.addStaker('10000', '100');
    const { id, unlockAt } = await world.take(ann, '40');
    const handle = world.handleOf(id);
    await eventually(() => handle.describe());
    expect(await world.coinsOf(ann)).toEqual(['9900', '60', '40']);
    const ended = (await handle.result()) as Unstake;
    expect(ended).toMatchObject({ id, status: 'returned', amount: '40', unlockAt });
    expect(Date.parse(ended.returnedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(unlockAt));
    expect(await world.coinsOf(ann)).toEqual(['9940', '60', '0']);
    expect(await handle.query(statusQuery)).toEqual(ended);
  });

  it('is readable in the UI without opening a payload', async () => {
    const ann = await world.addStaker('10000', '100');
    const { id, unlockAt } = await world.take(ann, '7.5');
    const handle = world.handleOf(id);
    await world.resultOf(id);
    const { staticSummary, typedSearchAttributes } = await descriptionOf(handle);
    expect(staticSummary).toBe('Unstake of 7.5 LCO');
    expect(typedSearchAttributes).toMatchObject({
      LxKind: ['unstake'],
      LxEntity: [id],
      LxUser: [ann],
      LxStatus: ['returned'],
    });
    const { events } = await handle.fetchHistory();
    const summaries = (events ?? []).flatMap(({ userMetadata }) => {
      const data = userMetadata?.summary?.data;
      return data ? [JSON.parse(Buffer.from(data).toString()) as string] : [];
    });
    expect(summaries).toEqual([
      'Unstake of 7.5 LCO',
      `Cooldown until ${unlockAt}`,
      'Return 7.5 LCO',
    ]);
  });

  it('waits on when its clock is ahead of the journal', async () => {
    const ann = await world.addStaker('10000', '100');
    const unstake = await world.takeFor(ann, '100', 2_500);
    const ended = await (await startEarly(world, unstake)).result();
    expect(ended.status).toBe('returned');
    expect(Date.parse(ended.returnedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(unstake.unlockAt));
    expect(await world.resultOf(unstake.id)).toEqual(ended);
    expect(await world.coinsOf(ann)).toEqual(['10000', '0', '0']);
  });

  it('is not ended by a request to cancel it', async () => {
    const ann = await world.addStaker('10000', '100');
    const { id } = await world.take(ann, '100');
    const handle = world.handleOf(id);
    await eventually(() => handle.describe());
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ status: 'returned' });
  });
});

async function descriptionOf(handle: ReturnType<UnstakeWorld['handleOf']>) {
  const description = await handle.describe();
  return {
    staticSummary: await description.staticSummary(),
    typedSearchAttributes: description.searchAttributes,
  };
}

describe('a worker that is killed', () => {
  let world: UnstakeWorld;
  let worker: WorkerProcess;
  let blocker: PgClient;

  beforeAll(async () => {
    world = await createUnstakeWorld(1_000);
    blocker = new PgClient({ connectionString: world.database.url });
    await blocker.connect();
    worker = await startWorkerProcess(world.config);
  });
  afterAll(async () => {
    expect(await worker.end()).toBe(0);
    await blocker.end();
    await world.close();
  });

  const isBlocked = () => isWorkerBlocked(world.db);

  async function isReturnedOnce(userId: string, id: string): Promise<void> {
    expect(await world.resultOf(id)).toMatchObject({ status: 'returned' });
    expect(await world.coinsOf(userId)).toEqual(['10000', '0', '0']);
    const kinds = await world
      .db('journal_transfers')
      .where('reference', id)
      .orderBy('sequence')
      .pluck<string[]>('kind');
    expect(kinds).toEqual(['unstake', 'unstake_return']);
  }

  it('before the workflow has begun, loses nothing', async () => {
    const ann = await world.addStaker('10000', '100');
    await worker.kill();
    const { id } = await world.take(ann, '100');
    worker = await startWorkerProcess(world.config);
    await isReturnedOnce(ann, id);
  });

  it('during the cooldown, loses nothing', async () => {
    const ann = await world.addStaker('10000', '100');
    const { id } = await world.takeFor(ann, '100', 4_000);
    await eventually(() => world.handleOf(id).describe());
    await worker.kill();
    worker = await startWorkerProcess(world.config);
    await isReturnedOnce(ann, id);
  });

  it('while it returns the LCO, returns them once', async () => {
    const ann = await world.addStaker('10000', '100');
    const { id } = await world.takeFor(ann, '100', 2_000);
    await eventually(() => world.handleOf(id).describe());
    await blocker.query('begin; select 1 from journal_head for update');
    await eventually(isBlocked);
    await worker.kill();
    await blocker.query('rollback');
    worker = await startWorkerProcess(world.config);
    await isReturnedOnce(ann, id);
  });

  it('after the commit that returned the LCO, before it could say so, returns them once', async () => {
    const ann = await world.addStaker('10000', '100');
    const { id } = await world.takeFor(ann, '100', 2_000);
    await eventually(() => world.handleOf(id).describe());
    // The whole batch with its COMMIT is on the wire when it has to wait for the table.
    await blocker.query('begin; lock table unstakes in share mode');
    await eventually(isBlocked);
    worker.child.kill('SIGSTOP');
    await blocker.query('rollback');
    await eventually(async () => (await world.coinsOf(ann))[0] === '10000');
    expect((await world.handleOf(id).describe()).status.name).toBe('RUNNING');
    await worker.kill();
    worker = await startWorkerProcess(world.config);
    await isReturnedOnce(ann, id);
  });
});
