// Whole IMOs on a real Temporal server (DESIGN 2.7 and 5), with holders on the relay through the official SDK.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAmount } from '../../domain/money';
import { restartWorkflows } from '../../launch/lifecycles';
import type { Imo } from '../../services/imos/imo-views';
import type { RunningWorker } from '../../worker/start-worker';
import { cancelImoUpdate, imoStatusQuery } from '../../workflows/imo-launch';
import { lxEntity, lxKind, lxStatus } from '../../workflows/search-attributes';
import type { CallerWithKey } from '../relay/relay-world';
import { createImoWorld, inputTokens, scarceId, type ImoWorld } from './imo-world';
import { eventually, expectStatus, newKey, startTestWorker } from './support';

let world: ImoWorld;
let worker: RunningWorker;
/** Lv3, Lv4, Lv3, and one without a stake. */
let ann: CallerWithKey;
let bob: CallerWithKey;
let eve: CallerWithKey;
let cid: CallerWithKey;

beforeAll(async () => {
  world = await createImoWorld();
  worker = await startTestWorker(world.config);
  ann = await world.addHolder(10_000, 1_000);
  bob = await world.addHolder(50_000, 1_000);
  eve = await world.addHolder(10_000, 1_000);
  cid = await world.addCaller('10');
});
afterAll(async () => {
  await worker.stop();
  await world.close();
});

const lockedBy = (user: CallerWithKey) => world.balanceOf(user, 'LCO', 'imo');
const entitlementsOf = async ({ key }: CallerWithKey) =>
  (await world.api.send('GET', '/me', { key })).as<{ entitlements: object[] }>().entitlements;
const isSettled = ({ settledAt }: Imo) => settledAt !== null;

async function expectRefused(...users: CallerWithKey[]): Promise<void> {
  for (const user of users) {
    for (const isStreamed of [false, true]) {
      expect(await world.refusalOf(user, 20, isStreamed)).toMatchObject({
        status: 403,
        code: 'imo_quota_required',
        type: 'permission_error',
        param: 'model',
      });
    }
  }
}

it('goes from its announcement through subscriptions, calls of its holders and their locks to its end', async () => {
  const id = await world.announce({ quota: 500, closesInMs: 2_500, expiresInMs: 9_000 });
  await expectRefused(ann);
  // 100 x 1, 100 x 3 and 100 x 1.
  expect(await world.subscribe(id, ann, '60')).toMatchObject({ tier: 'Lv3', weight: 1 });
  expect(await world.subscribe(id, ann, '40')).toMatchObject({ locked: '100' });
  expect(await world.subscribe(id, bob, '100')).toMatchObject({ tier: 'Lv4', weight: 3 });
  expect(await world.subscribe(id, eve, '100')).toMatchObject({ expectedAllocation: 100 });
  const poor = await world.post(`/imos/${id}/subscriptions`, cid.key, { amount: '1' });
  expect(poor.problem).toMatchObject({ status: 403, code: 'IMO_LEVEL_REQUIRED' });
  expect(await lockedBy(ann)).toBe('100');

  const active = await world.reaches(id, ({ status }) => status === 'active');
  expect(active).toMatchObject({ participants: 3, allocatedQuota: 500, openLocks: 3 });
  expect((await world.subscriptionOf(id, bob)).allocation).toBe(300);
  expect(await entitlementsOf(ann)).toEqual([
    expect.objectContaining({ kind: 'imo_quota', imoId: id, allocation: 100, left: 100 }),
  ]);
  await expectRefused(cid);

  const score = async () =>
    (await world.api.send('GET', '/wars/current', { key: ann.key })).as<{
      own: { score: string };
    }>().own.score;
  const before = parseAmount(await score());
  const plain = await world.call(ann, 20);
  // (8 x 10 + 20 x 20) / 10^6 at 85%
  expect(plain).toMatchObject({
    tier: 'Lv3',
    charge: '0.000408',
    mined: '0.00408',
    imo: { id, used: 28 },
  });
  expect(parseAmount(await score()) - before).toBe(parseAmount('0.000408'));
  expect(await world.stream(bob, 20)).toMatchObject({
    tier: 'Lv4',
    charge: '0.000336',
    imo: { id, used: 28 },
  });

  // The rest of it, to the unit.
  for (const tokens of [20, 20]) await world.stream(ann, tokens);
  const short = await world.refusalOf(ann, 16);
  expect(short).toMatchObject({ status: 403, code: 'imo_quota_required' });
  expect(await entitlementsOf(ann)).toMatchObject([{ left: 16 }]);
  expect(await lockedBy(ann)).toBe('100');
  expect(await world.call(ann, 16 - inputTokens)).toMatchObject({ imo: { used: 16 } });
  expect(await lockedBy(ann)).toBe('0');
  expect(await world.subscriptionOf(id, ann)).toMatchObject({ used: 100, returnReason: 'used_up' });
  expect(await entitlementsOf(ann)).toEqual([]);
  await expectRefused(ann);

  const key = newKey();
  const given = expectStatus(await world.post(`/imos/${id}/release`, bob.key, undefined, key), 200);
  const again = expectStatus(await world.post(`/imos/${id}/release`, bob.key, undefined, key), 200);
  expect(again.text).toBe(given.text);
  expect(await world.subscriptionOf(id, bob)).toMatchObject({ used: 28, returnReason: 'given_up' });
  expect(await lockedBy(bob)).toBe('0');
  await expectRefused(bob);

  expect(await world.call(eve, 20)).toMatchObject({ imo: { id, used: 28 } });
  expect(await lockedBy(eve)).toBe('100');
  const ended = await world.reaches(id, isSettled);
  expect(ended).toMatchObject({ status: 'expired', openLocks: 0 });
  expect(await lockedBy(eve)).toBe('0');
  expect(await world.subscriptionOf(id, eve)).toMatchObject({ used: 28, returnReason: 'expired' });
  await expectRefused(eve);
  await expect(world.handleOf(id).result()).resolves.toEqual(ended);
  for (const user of [bob, eve]) {
    expect(await world.movesOf(id, user)).toEqual(['imo_lock', 'imo_return']);
  }
  expect(await world.movesOf(id, ann)).toEqual(['imo_lock', 'imo_lock', 'imo_return']);
  expectStatus(await world.cancel(id), 409);

  await world.setAccess('open');
  expect(await world.call(cid, 20)).toMatchObject({ imo: null, tier: 'Lv1' });
  await world.setAccess('imo');
});

it('is cancelled by an operator, once, and every lock comes back', async () => {
  const id = await world.announce({ closesInMs: 60_000, expiresInMs: 90_000 });
  await world.subscribe(id, ann, '10');
  await world.subscribe(id, bob, '20');
  expectStatus(await world.cancel(id, ann), 403);
  const key = newKey();
  const cancelled = expectStatus(await world.cancel(id, world.operator, key), 200);
  expect(cancelled.as<{ imo: Imo }>().imo).toMatchObject({
    status: 'cancelled',
    cancelReason: 'The upstream withdrew it',
  });
  const again = expectStatus(await world.cancel(id, world.operator, key), 200);
  expect(again.text).toBe(cancelled.text);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expectStatus(await world.cancel(id), 409);
  await world.reaches(id, isSettled);
  expect([await lockedBy(ann), await lockedBy(bob)]).toEqual(['0', '0']);
  await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'cancelled' });
  expect(await world.actionsOn(id)).toMatchObject([
    { action: 'imo.cancel', reason: 'The upstream withdrew it' },
    { action: 'imo.announce' },
  ]);
  const late = await world.post(`/imos/${id}/subscriptions`, ann.key, { amount: '1' });
  expect(late.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
});

it('is cancelled while holders call, by an update from the Temporal UI as well; others are refused', async () => {
  const id = await world.announce({ quota: 100, closesInMs: 1_500, expiresInMs: 60_000 });
  await world.subscribe(id, ann, '10');
  await world.reaches(id, ({ status }) => status === 'active');
  await world.call(ann, 20);
  const handle = world.handleOf(id);
  const send = (act: unknown, updateId: string = newKey()) =>
    handle.executeUpdate(cancelImoUpdate, { args: [act as never], updateId });
  const operatorId = world.operator.id;
  for (const act of [
    undefined,
    { operatorId },
    { reason: 'by nobody' },
    { operatorId: 'me', reason: 'no id' },
    { operatorId, reason: ' ' },
    { operatorId, reason: 'of\ntwo lines' },
    { operatorId, reason: 'x'.repeat(501) },
    { operatorId, reason: 'fine', requestId: 'a\nb' },
  ]) {
    await expect(send(act)).rejects.toMatchObject({ cause: { type: 'INVALID_REQUEST' } });
  }
  const { events } = await handle.fetchHistory();
  expect(events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(false);
  await expect(send({ operatorId: cid.id, reason: 'no operator' })).rejects.toMatchObject({
    cause: { cause: { type: 'FORBIDDEN' } },
  });
  await expect(send({ operatorId, reason: 'by hand' }, 'ui-1')).resolves.toMatchObject({
    status: 'cancelled',
    cancelReason: 'by hand',
  });
  await expectRefused(ann);
  await world.reaches(id, isSettled);
  expect(await lockedBy(ann)).toBe('0');
  expect(await world.subscriptionOf(id, ann)).toMatchObject({
    used: 28,
    returnReason: 'cancelled',
  });
  expect(await world.actionsOn(id)).toMatchObject([
    { action: 'imo.cancel', requestId: 'update:ui-1' },
    { action: 'imo.announce' },
  ]);
  await handle.result();
});

it('cancels itself where a minimum was not met', async () => {
  const id = await world.announce({ closesInMs: 1_500, minParticipants: 2, minLocked: '5' });
  await world.subscribe(id, ann, '10');
  const ended = await world.reaches(id, isSettled);
  expect(ended).toMatchObject({
    status: 'cancelled',
    cancelReason: 'It needed 2 participants and 5 LCO; there were 1 with 10 LCO.',
  });
  expect(await lockedBy(ann)).toBe('0');
  await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'cancelled' });
});

it('is readable in the Temporal UI without opening a payload', async () => {
  const id = await world.announce({
    ...{ quota: 100, opensInMs: 1_500, closesInMs: 3_000, expiresInMs: 5_500 },
    ...{ capPerUser: 90, minLocked: '3' },
  });
  const handle = world.handleOf(id);
  const details = async () =>
    (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
  const attributes = async () => (await handle.describe()).searchAttributes;
  const announced = await eventually(async () => (await handle.query(imoStatusQuery)) ?? undefined);
  expect(announced).toMatchObject({ id, status: 'announced', quota: 100 });
  const told = await details();
  for (const part of [
    '**100 tokens** of the model `scarce`',
    'To cancel it send the update `cancel`',
    'Lv3 x1, Lv4 x3, Whale x3',
    'At most 90 tokens for one.',
    'At least 3 LCO.',
  ]) {
    expect(told).toContain(part);
  }
  expect(await attributes()).toMatchObject({
    [lxKind.name]: ['imo'],
    [lxEntity.name]: [id],
    [lxStatus.name]: ['announced'],
  });
  expect(await (await handle.describe()).staticSummary()).toBe(`IMO of ${scarceId}`);

  await world.reaches(id, ({ status }) => status === 'open');
  await eventually(async () => (await attributes())[lxStatus.name]?.[0] === 'open');
  await world.subscribe(id, ann, '10');
  await world.reaches(id, ({ status }) => status === 'active');
  await eventually(async () => (await attributes())[lxStatus.name]?.[0] === 'active');
  expect(await handle.query(imoStatusQuery)).toMatchObject({ allocatedQuota: 90 });
  expect(await details()).toContain('**Active**');
  await handle.result();
  expect((await attributes())[lxStatus.name]).toEqual(['expired']);
  const { events } = await handle.fetchHistory();
  const summaries = (events ?? []).flatMap(({ userMetadata }) => {
    const data = userMetadata?.summary?.data;
    return data ? [JSON.parse(Buffer.from(data).toString()) as string] : [];
  });
  expect(summaries).toEqual([
    `IMO of ${scarceId}`,
    'Read where the IMO stands',
    'Until subscriptions open',
    'Subscriptions are open: read the IMO',
    'Until subscriptions close',
    'Close the window',
    'Weigh the locks by the levels at the close',
    'Give the quota out',
    'Holders may call until it expires',
    'Expire',
    'Return the locked LCO',
  ]);
});

it('is not ended by a request to cancel its workflow', async () => {
  const id = await world.announce({ quota: 100, closesInMs: 1_500, expiresInMs: 4_000 });
  await world.subscribe(id, ann, '10');
  await eventually(() => world.handleOf(id).describe());
  await world.handleOf(id).cancel();
  await world.reaches(id, ({ status }) => status === 'active');
  expect(await world.call(ann, 20)).toMatchObject({ imo: { id, used: 28 } });
  await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'expired' });
  expect(await lockedBy(ann)).toBe('0');
});

it('goes on where it stood when its workflow was ended from outside and is told of again', async () => {
  const id = await world.announce({ quota: 100, closesInMs: 1_500, expiresInMs: 90_000 });
  await world.subscribe(id, ann, '10');
  await world.reaches(id, ({ status }) => status === 'active');
  await world.handleOf(id).terminate();
  const { db, config } = world.context;
  // A younger one may be on its way from the outbox.
  const shift = (by: string) =>
    db('imos')
      .where({ id })
      .update({ announced_at: db.raw(`announced_at ${by} interval '1 minute'`) });
  await shift('-');
  const engines = { databaseUrl: world.api.databaseUrl, temporal: config.temporal };
  expect(await restartWorkflows(engines)).toEqual([`imo/${id}`]);
  await shift('+');
  await eventually(async () => (await world.cancel(id)).status === 200);
  await world.reaches(id, isSettled);
  expect(await world.movesOf(id, ann)).toEqual(['imo_lock', 'imo_return']);
});

it('counts what was so in time though no worker ran then', async () => {
  await worker.stop();
  const id = await world.announce({ quota: 101, closesInMs: 2_000, expiresInMs: 6_000 });
  await world.subscribe(id, ann, '10');
  await world.subscribe(id, eve, '10');
  const { closesAt } = await world.reaches(id, ({ status }) => status === 'closing');
  expect(closesAt <= new Date().toISOString()).toBe(true);
  const late = await world.post(`/imos/${id}/subscriptions`, bob.key, { amount: '10' });
  expect(late.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  // Too late to count.
  const back = await world.post('/staking/unstakes', eve.key, { amount: '1' });
  expectStatus(back, 201);
  await sleep(200);
  worker = await startTestWorker(world.config);
  await world.reaches(id, ({ activatedAt }) => activatedAt !== null);
  expect(await world.subscriptionOf(id, ann)).toMatchObject({ allocation: 51, tier: 'Lv3' });
  expect(await world.subscriptionOf(id, eve)).toMatchObject({ allocation: 50, tier: 'Lv3' });
  await world.reaches(id, isSettled);
  await world.handleOf(id).result();
  expect([await lockedBy(ann), await lockedBy(eve)]).toEqual(['0', '0']);
});
