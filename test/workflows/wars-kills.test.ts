// kill -9 of the worker at every stage of a round of Compute Wars (DESIGN 2.9 and 8): it goes on, and closes, pays and
// ends the perk once.
import { createCommitGate, type CommitGate } from './commit-gate';
import { expectStatus, startWorkerProcess, type WorkerProcess } from './support';
import { createWarsWorld, type WarsWorld } from './wars-world';

jest.setTimeout(180_000);

describe('a worker killed in the middle of a round', () => {
  let world: WarsWorld;
  let worker: WorkerProcess;
  /** Stops the worker's commit where the test wants it. */
  let gate: CommitGate;

  beforeAll(async () => {
    world = await createWarsWorld({
      warsRound: '6s',
      warsProvisional: '1s',
      warsPerkChoice: '2s',
      warsPerk: '1s',
    });
    await world.endow('free_calls', '0.01');
    gate = await createCommitGate(world.context.db, world.config.databaseUrl);
    worker = await startWorkerProcess(world.config);
  });

  /** Every round has something to pay. */
  beforeEach(() => world.endow('prize_pool', '0.0002'));

  afterAll(async () => {
    expect(await worker.end()).toBe(0);
    await gate.end();
    await world.close();
  });

  const db = () => world.context.db;

  /** The commit that gives a round this status waits. */
  const stopAt = (id: string, status: string) =>
    gate.close(
      'war_rounds',
      `new.id = '${id}' and new.status = '${status}' and old.status <> '${status}'`,
    );
  const statusOf = async (id: string) => (await world.context.services.wars.get(id)).round.status;

  /** The players got their prizes once, and the champion's perk is over. */
  async function endsOnce(id: string): Promise<void> {
    const ended = await world.reaches(id, ({ perk }) => typeof perk?.endedAt === 'string', 60_000);
    expect(ended).toMatchObject({ status: 'paid', champion: world.player.handle });
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ id, status: 'paid' });
    // None where a round that was closed late as well had a claim to all of the pool.
    const due = (ended.prizes ?? []).filter(({ prize }) => prize !== '0');
    const prizes = due.reduce((sum, { players }) => sum + players, 0);
    const transfers = await db()('journal_transfers')
      .where('kind', 'war_prize')
      .whereLike('reference', `${id}/%`);
    expect(transfers).toHaveLength(prizes);
    expect(await db()('war_prizes').where('round_id', id)).toHaveLength(prizes);
  }

  async function restart(): Promise<void> {
    await worker.kill();
    worker = await startWorkerProcess(world.config);
  }

  it('between the outbox and the start of the workflow, and then again and again', async () => {
    // Stopped, it hears of the round but cannot start it any more: a settlement opens it.
    await world.freshRound(1_000);
    worker.child.kill('SIGSTOP');
    const next = await world.freshRound(5_500);
    const id = await world.play(3_000);
    expect(id >= next).toBe(true);
    await world.reaches(id, ({ endsAt }) => Date.parse(endsAt) < Date.now());
    await restart();
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await restart();
    }
    await endsOnce(id);
  });

  it('before the commits of its close, of the final ranking and of its prizes', async () => {
    const id = await world.play(2_500);
    for (const status of ['provisional', 'final', 'paid']) {
      await stopAt(id, status);
      if (status !== 'provisional') worker = await startWorkerProcess(world.config);
      await gate.reached();
      const before = await statusOf(id);
      await worker.kill();
      await gate.undo('war_rounds');
      expect(before).not.toBe(status);
      expect(await statusOf(id)).toBe(before);
    }
    worker = await startWorkerProcess(world.config);
    await endsOnce(id);
  });

  it('after the commits of its close, of the final ranking and of its prizes, before it could say so', async () => {
    const id = await world.play(2_500);
    for (const status of ['provisional', 'final', 'paid']) {
      await stopAt(id, status);
      if (status !== 'provisional') worker = await startWorkerProcess(world.config);
      await gate.reached();
      await worker.kill();
      await gate.open('war_rounds');
      await world.reaches(id, (round) => round.status === status);
    }
    worker = await startWorkerProcess(world.config);
    await endsOnce(id);
  });

  it('while the champion chooses, who then has free calls that end', async () => {
    const id = await world.play(2_500);
    await world.reaches(id, ({ status }) => status === 'paid');
    expectStatus(await world.choose(id, 'free_calls'), 200);
    await restart();
    await endsOnce(id);
    expect((await world.read(id)).round.perk).toMatchObject({
      choice: 'free_calls',
      budget: '0.000088',
      returned: '0.000088',
    });
  });
});
