// One round of Compute Wars whose worker is killed (kill -9) in every stage of it (DESIGN 2.9 and 8), while players, an
// operator and the champion go on: nothing is lost, nothing happens twice.
import { Client as PgClient } from 'pg';
import {
  eventually,
  expectStatus,
  isWorkerBlocked,
  startWorkerProcess,
  type WorkerProcess,
} from './support';
import { chargeOfCall, createWarsWorld, type WarsWorld } from './wars-world';

jest.setTimeout(120_000);

let world: WarsWorld;
let worker: WorkerProcess;
/** Holds a lock that stops the worker's commit where the test wants it. */
let blocker: PgClient;

beforeAll(async () => {
  world = await createWarsWorld({
    warsRound: '14s',
    warsProvisional: '7s',
    warsPerkChoice: '20s',
    warsPerk: '6s',
  });
  await world.endow('free_calls', '0.01');
  blocker = new PgClient({ connectionString: world.config.databaseUrl });
  await blocker.connect();
  worker = await startWorkerProcess(world.config);
});
afterAll(async () => {
  expect(await worker.end()).toBe(0);
  await blocker.end();
  await world.close();
});

const isUnder = (id: string) =>
  eventually(async () => (await world.handleOf(id).describe()).status.name === 'RUNNING');

it('lives through all of its stages without the worker that began them', async () => {
  const { player, rival, mock } = world;

  // Live: scores are written by the relay, whoever is away.
  const id = await world.play(12_000, 3);
  await isUnder(id);
  await worker.kill();
  await world.call(player);
  expect((await world.read(id, player.key)).own).toMatchObject({ rank: 1, score: '0.000528' });
  worker = await startWorkerProcess(world.config);

  // The pool is this round's: those before it are closed.
  await eventually(async () => {
    const { items } = await world.context.services.wars.list({ limit: 10 });
    return items.filter(({ status }) => status === 'live').length === 1;
  });
  await world.endow('prize_pool', '0.0002');

  // Provisional, by a commit of which the worker can hear no more: the next one learns of it by an operator's act.
  await world.reaches(id, ({ endsAt }) => Date.parse(endsAt) - Date.now() < 300);
  await blocker.query('begin; lock table war_state in share mode');
  await eventually(() => isWorkerBlocked(world.context.db));
  worker.child.kill('SIGSTOP');
  await blocker.query('rollback');
  await world.reaches(id, ({ status }) => status === 'provisional');
  const acting = world.disqualify(id, rival.id);
  await worker.kill();
  worker = await startWorkerProcess(world.config);
  expectStatus(await acting, 200);
  expect((await world.read(id, rival.key)).own).toMatchObject({ rank: null });

  // Final, paid, and the champion has not chosen: the choice is made while nobody could hear of it.
  const paid = await world.reaches(id, ({ status }) => status === 'paid');
  expect(paid).toMatchObject({ champion: player.handle, championScore: '0.000528' });
  await worker.kill();
  const chosen = expectStatus(await world.choose(id, 'free_calls'), 200);
  expect(chosen.as<{ round: typeof paid }>().round.perk).toMatchObject({ budget: '0.000132' });
  worker = await startWorkerProcess(world.config);

  // The perk runs: a free call is under way at its end, without and then with a worker.
  await eventually(async () => {
    const { searchAttributes } = await world.handleOf(id).describe();
    return searchAttributes.LxUser?.[0] === player.id;
  });
  mock.behave('*', { hold: true });
  const count = mock.requests.length;
  const free = world.call(player);
  await mock.waitForRequests(count + 1);
  await worker.kill();
  await world.reaches(id, ({ perk }) => Date.parse(perk?.endsAt ?? '') < Date.now());
  worker = await startWorkerProcess(world.config);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect((await world.read(id)).round.perk).toMatchObject({ choice: 'free_calls', endedAt: null });
  mock.release();
  expect((await free).response.headers.get('x-lx-charge')).toBe('0');
  mock.reset();

  const ended = await world.reaches(id, ({ perk }) => typeof perk?.endedAt === 'string');
  // 8 tokens at 1 Credit a million and 20 at 4 were taken.
  expect(ended.perk?.returned).toBe('0.000044');
  await expect(world.handleOf(id).result()).resolves.toMatchObject({ id, status: 'paid' });
  expect(ended).toMatchObject({ prizePool: '0.0002', paid: '0.00006' });
  expect((await world.read(id)).board).toMatchObject([{ handle: player.handle, prize: '0.00006' }]);
  const moved = await world.context
    .db('journal_transfers')
    .where('reference', id)
    .orWhereLike('reference', `${id}/%`)
    .orderBy(['sequence', 'transfer'])
    .pluck<string[]>('kind');
  expect(moved).toEqual(['war_prize', 'war_perk', 'war_perk_end']);
  expect((await world.call(player)).response.headers.get('x-lx-charge')).toBe(chargeOfCall);
});
