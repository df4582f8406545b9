// Whole rounds of Compute Wars on a real Temporal server (DESIGN 2.9 and 5), with players on the relay.
import { formatAmount, parseAmount } from '../../domain/money';
import type { DisqualifyAct } from '../../workflows/compute-wars-round';
import { disqualifyUpdate, standingsQuery } from '../../workflows/compute-wars-round';
import { lxStatus, lxUser } from '../../workflows/search-attributes';
import type { RunningWorker } from '../../worker/start-worker';
import { eventually, expectStatus, newKey, startTestWorker } from './support';
import { chargeOfCall, createWarsWorld, type WarsWorld } from './wars-world';

let world: WarsWorld;
let worker: RunningWorker;

beforeAll(async () => {
  world = await createWarsWorld({
    warsRound: '5s',
    warsProvisional: '3s',
    warsPerkChoice: '4s',
    warsPerk: '4s',
  });
  await world.endow('prize_pool', '0.0015');
  await world.endow('free_calls', '0.01');
  worker = await startTestWorker(world.config);
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const entitlementsOf = async (key: string) =>
  (await world.api.send('GET', '/me', { key })).as<{ entitlements: Record<string, string>[] }>()
    .entitlements;

it('ranks, pays, and gives the champion free calls that end', async () => {
  const { player, rival } = world;
  const id = await world.play(3_500, 3);
  const live = await world.read('current', player.key);
  expect(live).toMatchObject({
    round: { id, status: 'live', champion: null },
    own: { rank: 2, score: '0.000352', gap: chargeOfCall },
  });
  expect(live.board.map(({ handle, rank }) => [handle, rank])).toEqual([
    [rival.handle, 1],
    [player.handle, 2],
  ]);
  expectStatus(await world.disqualify(id, rival.id), 409);
  expectStatus(await world.choose(id, 'free_calls'), 409);

  await world.reaches(id, ({ status }) => status === 'provisional');
  const key = newKey();
  const disqualified = expectStatus(await world.disqualify(id, rival.id, world.operator, key), 200);
  const again = expectStatus(await world.disqualify(id, rival.id, world.operator, key), 200);
  expect(again.text).toBe(disqualified.text);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expectStatus(await world.disqualify(id, rival.id), 409);
  expect((await world.read(id, rival.key)).own).toMatchObject({ rank: null, gap: null });

  const paid = await world.reaches(id, ({ status }) => status === 'paid');
  expect(paid).toMatchObject({ champion: player.handle, twap: '0.1' });
  // Of what the round before left; 20% of the score at 0.1 would be 0.000704.
  const pool = parseAmount(paid.prizePool ?? '');
  expect(pool).toBeGreaterThan(0n);
  const prize = formatAmount((pool * 30n) / 100n);
  expect(paid.paid).toBe(prize);
  expect((await world.read(id)).board).toMatchObject([{ handle: player.handle, prize }]);
  expect(await entitlementsOf(player.key)).toMatchObject([{ kind: 'perk_choice', roundId: id }]);
  expectStatus(await world.choose(id, 'free_calls', rival), 403);

  const before = await world.balanceOf(player);
  const chosen = expectStatus(await world.choose(id, 'free_calls'), 200);
  const { perk } = chosen.as<{ round: typeof paid }>().round;
  // a quarter of 0.000352
  expect(perk).toMatchObject({ choice: 'free_calls', byDefault: false, budget: '0.000088' });
  expect(await entitlementsOf(player.key)).toMatchObject([
    { kind: 'free_calls', left: '0.000088' },
  ]);
  const { response, data } = await world.call(player);
  // The cost of 20 tokens at 4 a million and of 8 at 1 is all that there is.
  expect(data.usage?.completion_tokens).toBe(20);
  expect(response.headers.get('x-lx-charge')).toBe('0');
  expect(response.headers.get('x-lx-mined')).toBe('0');
  expect(await world.balanceOf(player)).toBe(before);
  const receipt = await world.receiptOf(player, response.headers.get('x-request-id') ?? '');
  expect(receipt).toMatchObject({ charge: '0', freeCall: { roundId: id, taken: '0.000088' } });

  const ended = await world.reaches(id, (round) => typeof round.perk?.endedAt === 'string');
  expect(ended.perk).toMatchObject({ returned: '0' });
  expect(await entitlementsOf(player.key)).toEqual([]);
  const paidCall = (await world.call(player)).response.headers;
  expect(paidCall.get('x-lx-charge')).toBe(chargeOfCall);
  const paidReceipt = await world.receiptOf(player, paidCall.get('x-request-id') ?? '');
  expect(paidReceipt).toMatchObject({ charge: chargeOfCall, freeCall: null });
  await expect(world.handleOf(id).result()).resolves.toMatchObject({ id, status: 'paid' });
  expectStatus(await world.disqualify(id, player.id), 409);
});

it('gives a champion who does not choose unlimited concurrency, which ends', async () => {
  const { player } = world;
  const id = await world.play(3_500, 1);
  await world.reaches(id, ({ perk }) => perk?.choice === 'unlimited_concurrency');
  const { round } = await world.read(id);
  expect(round.perk).toMatchObject({ byDefault: true, budget: null });
  const calls = await Promise.all(Array.from({ length: 12 }, () => world.call(player)));
  expect(calls).toHaveLength(12);
  await world.reaches(id, ({ perk }) => typeof perk?.endedAt === 'string');
  await world.handleOf(id).result();
});

it('tells the Temporal UI its story, and refuses what no operator may do there', async () => {
  const id = await world.play(3_500, 1);
  await world.reaches(id, ({ status }) => status === 'provisional');
  const handle = world.handleOf(id);
  const standings = await eventually(async () => {
    const told = await handle.query(standingsQuery);
    return told?.round.status === 'provisional' && told;
  });
  expect(standings.top.map(({ handle: player }) => player)).toEqual([
    world.player.handle,
    world.rival.handle,
  ]);
  const { searchAttributes } = await handle.describe();
  expect(searchAttributes[lxStatus.name]).toEqual(['provisional']);
  const send = (act: Partial<DisqualifyAct>) =>
    handle.executeUpdate(disqualifyUpdate, { args: [act as DisqualifyAct] });
  const { id: userId } = world.rival;
  const { id: operatorId } = world.operator;
  for (const act of [
    { operatorId, userId },
    { userId, reason: 'no operator' },
    { operatorId, reason: 'nobody', userId: 'nobody' },
    { operatorId: world.player.id, reason: 'no operator', userId },
    { operatorId, reason: 'own case', userId: operatorId },
  ]) {
    await expect(send(act)).rejects.toThrow();
  }
  await expect(send({ operatorId, userId, reason: 'sent by hand' })).resolves.toMatchObject({
    status: 'provisional',
  });
  await world.reaches(id, ({ status }) => status === 'paid');
  await eventually(async () => {
    const described = await handle.describe();
    return described.searchAttributes[lxUser.name]?.[0] === world.player.id;
  });
});

it('answers by HTTP what may not be, by its name', async () => {
  const { player, rival, operator, api } = world;
  const id = await world.play(3_000, 1);
  const post = (path: string, key: string, body: unknown) =>
    api.send('POST', path, { key, body, headers: { 'idempotency-key': newKey() } });
  const disqualify = (body: unknown) => post(`/admin/wars/${id}/disqualify`, operator.key, body);
  for (const [body, field] of [
    [{ reason: 'no player' }, 'userId'],
    [{ userId: 'nobody', reason: 'no id' }, 'userId'],
    [{ userId: rival.id }, 'reason'],
    [{ userId: rival.id, reason: '' }, 'reason'],
    [{ userId: rival.id, reason: 'x'.repeat(10_000) }, 'reason'],
    [{ userId: rival.id, reason: 'more', undo: true }, 'undo'],
  ] as const) {
    const { problem, text } = await disqualify(body);
    expect(problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    expect([text, problem.errors.map(({ path }) => path)]).toEqual([text, [field]]);
  }
  for (const body of [{}, { choice: 'a car' }, { choice: null }]) {
    const { problem } = await post(`/wars/${id}/perk`, player.key, body);
    expect(problem).toMatchObject({ status: 400, errors: [{ path: 'choice' }] });
  }
  const unknown = await post(`/admin/wars/2020-W01/disqualify`, operator.key, {
    userId: rival.id,
    reason: 'no such round',
  });
  expect(unknown.problem).toMatchObject({ status: 404, code: 'WAR_ROUND_NOT_FOUND' });

  await world.reaches(id, ({ status }) => status === 'provisional');
  expect((await disqualify({ userId: operator.id, reason: 'own case' })).problem).toMatchObject({
    status: 403,
    code: 'ACTION_BY_INTERESTED_OPERATOR',
  });
  const stranger = await api.signUp();
  expect((await disqualify({ userId: stranger.id, reason: 'no score' })).problem).toMatchObject({
    status: 404,
    detail: 'This user has no score in the round.',
  });
  // At once, by two requests: one act.
  const twice = await Promise.all([0, 1].map(() => world.disqualify(id, rival.id)));
  expect(twice.map(({ status }) => status).sort()).toEqual([200, 409]);

  await world.reaches(id, ({ status }) => status === 'paid');
  expect((await world.disqualify(id, player.id)).problem).toMatchObject({
    status: 409,
    code: 'STATE_CONFLICT',
    detail: 'The round is paid; players are disqualified while it is provisional.',
  });
  const choices = await Promise.all([
    world.choose(id, 'unlimited_concurrency'),
    world.choose(id, 'unlimited_concurrency'),
    world.choose(id, 'free_calls', rival),
  ]);
  expect(choices.map(({ status }) => status).sort()).toEqual([200, 403, 409]);
});

it('opens by its schedule the round that is open already', async () => {
  const schedule = world.temporal.schedule.getHandle('open-round');
  await schedule.trigger();
  const action = await eventually(async () =>
    (await schedule.describe()).info.recentActions.at(-1),
  );
  const result = (await world.temporal.workflow
    .getHandle(action.action.workflow.workflowId)
    .result()) as string;
  await expect(world.read(result)).resolves.toMatchObject({ round: { id: result } });
});
