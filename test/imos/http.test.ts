// IMOs as users and operators meet them (DESIGN 2.7 and 6): every route, what it refuses by name, and what it repeats.
import { newId } from '../../ledger/ids';
import type { Imo, Subscription } from '../../services/imos/imo-views';
import type { SignedUp } from '../api/harness';
import type { CallerWithKey } from '../relay/relay-world';
import { createImoWorld, scarceId, type ImoWorld } from '../workflows/imo-world';
import { newKey } from '../workflows/support';

let world: ImoWorld;
let ann: CallerWithKey;
let bob: CallerWithKey;

beforeAll(async () => {
  world = await createImoWorld();
  ann = await world.addHolder(10_000, 1_000);
  bob = await world.addHolder(50_000, 1_000);
});
afterAll(() => world.close());

const long = { closesInMs: 600_000, expiresInMs: 900_000 };
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const offer = (over: object = {}) => ({
  ...{ model: scarceId, quota: 1_000, opensAt: inMs(0), closesAt: inMs(600_000) },
  ...{ expiresAt: inMs(900_000), reason: 'A new model' },
  ...over,
});

async function read<T>(path: string, user?: SignedUp): Promise<T> {
  const answer = await world.api.send('GET', path, user ? { key: user.key } : {});
  expect(answer.status).toBe(200);
  return answer.as<T>();
}

/** The close, as its workflow would drive it at its time. */
async function closeNow(id: string): Promise<void> {
  const { imos } = world.context.services;
  await world.reaches(id, ({ status }) => status === 'closing');
  await imos.close(id);
  await imos.weigh(id);
  await imos.allocate(id);
}

describe('announcing', () => {
  it('answers the IMO, to a repeat the same, and to another body under its key a refusal', async () => {
    const key = newKey();
    const body = offer({ quota: 5, capPerUser: 3, minParticipants: 2, minLocked: '7.5' });
    const { key: operator } = world.operator;
    const answer = await world.post('/admin/imos', operator, body, key);
    expect(answer.status).toBe(201);
    const { imo } = answer.as<{ imo: Imo }>();
    expect(imo).toMatchObject({
      ...{ model: scarceId, unit: 'tokens', quota: 5, status: 'open', subscriptions: 0 },
      ...{ capPerUser: 3, minParticipants: 2, minLocked: '7.5', locked: '0', participants: null },
      ...{ weights: { Lv3: 1, Lv4: 3, Whale: 3 }, closesAt: body.closesAt, settledAt: null },
    });
    const again = await world.post('/admin/imos', operator, body, key);
    expect(again.text).toBe(answer.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = await world.post('/admin/imos', operator, { ...body, quota: 6 }, key);
    expect(other.problem).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
    expect(await read(`/imos/${imo.id}`)).toEqual({ imo });
  });

  it.each([
    ['quota', { quota: 0 }],
    ['quota', { quota: 1.5 }],
    ['quota', { quota: -1 }],
    ['quota', { quota: '10' }],
    ['quota', { quota: 9_000_000_000_000_001 }],
    ['quota', { quota: undefined }],
    ['capPerUser', { capPerUser: 0 }],
    ['capPerUser', { capPerUser: 2.5 }],
    ['minLocked', { minLocked: '0' }],
    ['minLocked', { minLocked: 5 }],
    ['minLocked', { minLocked: '1.000000001' }],
    ['minParticipants', { minParticipants: 0 }],
    ['minParticipants', { minParticipants: 1.5 }],
    ['closesAt', { closesAt: inMs(-1_000) }],
    ['closesAt', { opensAt: inMs(700_000) }],
    ['closesAt', { closesAt: 'tomorrow' }],
    ['opensAt', { opensAt: undefined }],
    ['expiresAt', { expiresAt: inMs(500_000) }],
    ['expiresAt', { expiresAt: inMs(3 * 366 * 24 * 3_600_000) }],
    ['model', { model: 'a b' }],
    ['reason', { reason: '' }],
    ['reason', { reason: 'two\nlines' }],
  ])('is refused with a bad %s: %j', async (field, over) => {
    const answer = await world.post('/admin/imos', world.operator.key, offer(over));
    expect(answer.problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    const { errors, details } = answer.problem;
    expect([...errors.map(({ path }) => path), details?.param]).toContain(field);
  });

  it('is refused for a model that is unknown or open, without a key, and to who is no operator', async () => {
    const { key } = world.operator;
    const unknown = await world.post('/admin/imos', key, offer({ model: 'nothing' }));
    expect(unknown.problem).toMatchObject({ status: 404, code: 'MODEL_NOT_FOUND' });
    const open = await world.post('/admin/imos', key, offer({ model: 'chat' }));
    expect(open.problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
    const keyless = await world.api.send('POST', '/admin/imos', { key, body: offer() });
    expect(keyless.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
    expect((await world.post('/admin/imos', ann.key, offer())).status).toBe(403);
    const headers = { 'idempotency-key': newKey() };
    const nobody = await world.api.send('POST', '/admin/imos', { body: offer(), headers });
    expect(nobody.status).toBe(401);
  });
});

describe('subscribing', () => {
  const subscribe = (id: string, user: SignedUp, body: object, key = newKey()) =>
    world.post(`/imos/${id}/subscriptions`, user.key, body, key);

  it('locks once under its key, and answers what its owner then reads', async () => {
    const id = await world.announce(long);
    const key = newKey();
    const answer = await subscribe(id, ann, { amount: '2.5' }, key);
    expect(answer.status).toBe(201);
    const { subscription } = answer.as<{ subscription: Subscription }>();
    expect(subscription).toMatchObject({
      ...{ imoId: id, locked: '2.5', tier: 'Lv3', weight: 1, expectedAllocation: 1_000 },
      ...{ allocation: null, used: 0, held: 0, left: 0, returnedAt: null, returnReason: null },
    });
    const again = await subscribe(id, ann, { amount: '2.5' }, key);
    expect(again.text).toBe(answer.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = await subscribe(id, ann, { amount: '3' }, key);
    expect(other.problem).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
    expect(await world.subscriptionOf(id, ann)).toEqual(subscription);
    expect(await world.balanceOf(ann, 'LCO', 'imo')).toBe('2.5');
    expect((await read<{ imo: Imo }>(`/imos/${id}`)).imo).toMatchObject({
      ...{ subscriptions: 1, locked: '2.5', weightedLocked: '2.5', openLocks: 1 },
    });
  });

  it.each([
    ['nothing', {}],
    ['zero', { amount: '0' }],
    ['less than nothing', { amount: '-1' }],
    ['a number', { amount: 10 }],
    ['scientific notation', { amount: '1e3' }],
    ['nine decimals', { amount: '1.000000001' }],
  ])('%s is refused by name', async (_, body) => {
    const id = await world.announce(long);
    const answer = await subscribe(id, ann, body);
    expect(answer.problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    expect(answer.problem.errors).toMatchObject([{ path: 'amount' }]);
  });

  it('is refused without a key or a right, too little, too much, too early, and to what is not there', async () => {
    const id = await world.announce(long);
    const body = { amount: '1' };
    const keyless = await world.api.send('POST', `/imos/${id}/subscriptions`, {
      key: ann.key,
      body,
    });
    expect(keyless.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
    const reader = await world.addKey(ann, { scopes: ['read'] });
    const asReader = await world.post(`/imos/${id}/subscriptions`, reader.secret, body);
    expect(asReader.problem).toMatchObject({ status: 403, code: 'SCOPE_REQUIRED' });
    const release = await world.post(`/imos/${id}/release`, reader.secret);
    expect(release.problem).toMatchObject({ status: 403, code: 'SCOPE_REQUIRED' });
    expect((await subscribe(id, ann, { amount: '0.5' })).problem).toMatchObject({
      code: 'AMOUNT_OUT_OF_RANGE',
    });
    expect((await subscribe(id, ann, { amount: '5000' })).problem).toMatchObject({
      ...{ status: 422, code: 'INSUFFICIENT_FUNDS' },
    });
    const early = await world.announce({ ...long, opensInMs: 300_000 });
    expect((await subscribe(early, ann, body)).problem).toMatchObject({
      ...{ status: 409, code: 'STATE_CONFLICT' },
    });
    for (const [path, status] of [
      [newId(), 404],
      ['nothing', 400],
    ] as const) {
      expect((await subscribe(path, ann, body)).status).toBe(status);
    }
  });
});

describe('what is somebody’s own', () => {
  it('is told to its owner only; nobody else has one', async () => {
    const id = await world.announce(long);
    await world.subscribe(id, ann, '1');
    const of = (key: string, path = id) =>
      world.api.send('GET', `/imos/${path}/allocation`, { key });
    expect((await of(bob.key)).problem).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await of(ann.key, newId())).problem).toMatchObject({ code: 'IMO_NOT_FOUND' });
    expect((await world.api.send('GET', `/imos/${id}/allocation`)).status).toBe(401);
    const reader = await world.addKey(ann, { scopes: ['read'] });
    expect((await of(reader.secret)).status).toBe(200);
  });

  it('is given up once, while it is there', async () => {
    const id = await world.announce({ quota: 100, closesInMs: 1_500, expiresInMs: 600_000 });
    await world.subscribe(id, ann, '1');
    const release = (user: SignedUp, key = newKey(), path = id) =>
      world.post(`/imos/${path}/release`, user.key, undefined, key);
    expect((await release(ann)).problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
    await closeNow(id);
    expect((await release(bob)).problem).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await release(ann, newKey(), newId())).problem).toMatchObject({
      code: 'IMO_NOT_FOUND',
    });
    const other = await world.post(`/imos/${id}/release`, ann.key, { userId: bob.id });
    expect(other.problem).toMatchObject({ status: 400, errors: [{ path: 'userId' }] });
    const keyless = await world.api.send('POST', `/imos/${id}/release`, { key: ann.key });
    expect(keyless.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
    expect(await world.subscriptionOf(id, ann)).toMatchObject({ allocation: 100, left: 100 });
    const key = newKey();
    const given = await release(ann, key);
    expect(given.status).toBe(200);
    expect(given.as<{ subscription: Subscription }>().subscription).toMatchObject({
      ...{ left: 0, returnReason: 'given_up' },
    });
    const again = await release(ann, key);
    expect([again.text, again.headers.get('idempotent-replayed')]).toEqual([given.text, 'true']);
    expect((await release(ann)).problem).toMatchObject({ status: 409, code: 'STATE_CONFLICT' });
  });
});

describe('cancelling', () => {
  it('takes a reason, a key and an operator, and an IMO that there is', async () => {
    const id = await world.announce(long);
    const { key } = world.operator;
    const cancel = (path: string, by: string, body: object) =>
      world.post(`/admin/imos/${path}/cancel`, by, body);
    const unexplained = await cancel(id, key, {});
    expect(unexplained.problem).toMatchObject({ status: 400, errors: [{ path: 'reason' }] });
    const because = { reason: 'because' };
    expect((await cancel(newId(), key, because)).problem).toMatchObject({
      ...{ status: 404, code: 'IMO_NOT_FOUND' },
    });
    expect((await cancel(id, ann.key, because)).status).toBe(403);
    const keyless = await world.api.send('POST', `/admin/imos/${id}/cancel`, {
      ...{ key, body: because },
    });
    expect(keyless.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
  });
});

describe('lists', () => {
  it('go page by page from the newest, of one model if asked, without a key', async () => {
    await world.setPrice({ modelId: 'rarer', access: 'imo' });
    const key = world.operator.key;
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const answer = await world.post('/admin/imos', key, offer({ model: 'rarer' }));
      ids.unshift(answer.as<{ imo: Imo }>().imo.id);
      await world.announce(long);
    }
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await read<{ items: Imo[]; nextCursor: string | null }>(
        `/imos?model=rarer&limit=2${cursor}`,
      );
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(ids);
    const all = await read<{ items: Imo[] }>('/imos?limit=200');
    expect(all.items.length).toBeGreaterThan(6);
    expect(all.items.map(({ announcedAt }) => announcedAt)).toEqual(
      all.items
        .map(({ announcedAt }) => announcedAt)
        .sort()
        .reverse(),
    );
    expect(await read('/imos?model=nothing')).toEqual({ items: [], nextCursor: null });
  });

  it.each([
    ['a limit of nothing', '/imos?limit=0'],
    ['a cursor of nothing', '/imos?cursor=x'],
    ['a model without an end', `/imos?model=${'x'.repeat(201)}`],
    ['an id that is none', '/imos/nothing'],
  ])('%s is malformed', async (_, path) => {
    expect((await world.api.send('GET', path)).status).toBe(400);
  });

  it('and an unknown IMO are refused by name', async () => {
    const answer = await world.api.send('GET', `/imos/${newId()}`);
    expect(answer.problem).toMatchObject({ status: 404, code: 'IMO_NOT_FOUND' });
  });
});

it('is described', async () => {
  const { paths, components } = (await world.api.send('GET', '//openapi.json')).as<{
    paths: Record<string, object>;
    components: { schemas: object };
  }>();
  const described = Object.entries(paths)
    .filter(([path]) => path.includes('/imos'))
    .map(([path, methods]) => [path, ...Object.keys(methods)]);
  expect(described.sort()).toEqual([
    ['/api/v1/admin/imos', 'post'],
    ['/api/v1/admin/imos/{id}/cancel', 'post'],
    ['/api/v1/imos', 'get'],
    ['/api/v1/imos/{id}', 'get'],
    ['/api/v1/imos/{id}/allocation', 'get'],
    ['/api/v1/imos/{id}/release', 'post'],
    ['/api/v1/imos/{id}/subscriptions', 'post'],
  ]);
  expect(Object.keys(components.schemas)).toEqual(
    expect.arrayContaining(['Imo', 'ImoSubscription']),
  );
});
