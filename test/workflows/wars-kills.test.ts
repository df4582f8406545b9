// kill -9 of the worker at every stage of a round of Compute Wars (DESIGN 2.9 and 8): it goes on, and closes, pays and
// ends the perk once.
import { Client as PgClient } from 'pg';
import {
  eventually,
  expectStatus,
  isWorkerBlocked,
  startWorkerProcess,
  type WorkerProcess,
} from './support';
import { createWarsWorld, type WarsWorld } from './wars-world';

jest.setTimeout(180_000);

describe('a worker killed in the middle of a round', () => {
  let world: WarsWorld;
  let worker: WorkerProcess;
  /** Holds locks that stop the worker's commit where the test wants it. */
  let blocker: PgClient;

  beforeAll(async () => {
    world = await createWarsWorld({
      warsRound: '6s',
      warsProvisional: '1s',
      warsPerkChoice: '2s',
      warsPerk: '1s',
    });
    await world.endow('free_calls', '0.01');
    blocker = new PgClient({ connectionString: world.config.databaseUrl });
    await blocker.connect();
    worker = await startWorkerProcess(world.config);
  });

  /** Every round has something to pay. */
  beforeEach(() => world.endow('prize_pool', '0.0002'));

  afterAll(async () => {
    expect(await worker.end()).toBe(0);
    await blocker.end();
    await world.close();
  });

  const db = () => world.context.db;

  const isBlocked = () => isWorkerBlocked(db());

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

  it('between the outbox and the start of the workflow', async () => {
    // Stopped, it hears of the round but cannot start it any more: a settlement opens it.
    await world.freshRound(1_000);
    worker.child.kill('SIGSTOP');
    const next = await world.freshRound(5_500);
    const id = await world.play(3_000);
    expect(id >= next).toBe(true);
    await world.reaches(id, ({ endsAt }) => Date.parse(endsAt) < Date.now());
    await restart();
    await endsOnce(id);
  });

  it('before the commit that closes it', async () => {
    const id = await world.play(2_500);
    await world.reaches(id, ({ endsAt }) => Date.parse(endsAt) - Date.now() < 300);
    await blocker.query('begin; select 1 from journal_head for update');
    await eventually(isBlocked);
    await worker.kill();
    await blocker.query('rollback');
    expect((await world.read(id)).round.status).toBe('live');
    worker = await startWorkerProcess(world.config);
    await endsOnce(id);
  });

  // The whole batch with its COMMIT is on the wire when it has to wait for the table; then the worker can hear no
  // more of what became of it.
  it.each([
    ['its close', 'live', 'war_state'],
    ['the final ranking', 'provisional', 'war_rounds'],
    ['its prizes', 'provisional', 'war_prizes'],
  ])('after the commit of %s, before it could say so', async (_, before, table) => {
    const id = await world.play(2_500);
    // Of the round before nothing is left to be done then.
    const isNear = before === 'live' ? 300 : Infinity;
    await world.reaches(
      id,
      ({ status, endsAt }) => status === before && Date.parse(endsAt) - Date.now() < isNear,
    );
    await blocker.query(`begin; lock table ${table} in share mode`);
    const { round } = await world.read(id);
    await eventually(isBlocked, 40_000);
    worker.child.kill('SIGSTOP');
    await blocker.query('rollback');
    await world.reaches(id, ({ status }) => status !== round.status);
    await restart();
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

  it('again and again', async () => {
    const id = await world.play(2_500);
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await restart();
    }
    await endsOnce(id);
  });
});
