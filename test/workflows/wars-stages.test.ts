// One round of Compute Wars whose worker is killed (kill -9) in every stage of it (DESIGN 2.9 and 8), while players, an
// operator and the champion go on: nothing is lost, nothing happens twice.
import { createCommitGate, type CommitGate } from './commit-gate';
import { eventually, expectStatus, startWorkerProcess, type WorkerProcess } from './support';
import { chargeOfCall, createWarsWorld, type WarsWorld } from './wars-world';

let world: WarsWorld;
let worker: WorkerProcess;
/** Stops the worker's commit where the test wants it. */
let gate: CommitGate;

beforeAll(async () => {
  world = await createWarsWorld({
    warsRound: '14s',
    warsProvisional: '7s',
    warsPerkChoice: '20s',
    warsPerk: '15s',
  });
  await world.endow('free_calls', '0.01');
  gate = await createCommitGate(world.context.db, world.config.databaseUrl);
  worker = await startWorkerProcess(world.config);
});
afterAll(async () => {
  expect(await worker.end()).toBe(0);
  await gate.end();
  await world.close();
});

const isUnder = (id: string) =>
  eventually(async () => (await world.handleOf(id).describe()).status.name === 'RUNNING');

/** How often its workflow has been told whether the perk could be ended. */
async function countTries(id: string): Promise<number> {
  const { events } = await world.handleOf(id).fetchHistory();
  const asked = (events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: task }) => task?.activityType?.name === 'endWarPerk',
  );
  const tries = new Set(asked.map(({ eventId }) => String(eventId)));
  const told = (events ?? []).filter(({ activityTaskCompletedEventAttributes: task }) =>
    tries.has(String(task?.scheduledEventId)),
  );
  return told.length;
}

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
  await gate.close(
    'war_rounds',
    `new.id = '${id}' and new.status = 'provisional' and old.status = 'live'`,
  );
  await gate.reached();
  worker.child.kill('SIGSTOP');
  await gate.open('war_rounds');
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
  const triedBefore = await countTries(id);
  worker = await startWorkerProcess(world.config);
  await eventually(async () => (await countTries(id)) > triedBefore);
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
