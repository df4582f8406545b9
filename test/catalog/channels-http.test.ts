import { startApi, type SignedUp, type TestApi } from '../api/harness';

let api: TestApi;
let operator: SignedUp;
let counter = 0;

beforeAll(async () => {
  api = await startApi({ MASTER_KEY: 'a1'.repeat(32) });
  operator = await api.appoint();
});

afterAll(() => api.close());

interface Channel {
  id: string;
  name: string;
  models: { id: string; upstreamId: string; cost: unknown }[];
  enabled: boolean;
  [field: string]: unknown;
}

const reason = 'A test.';
const apiKey = 'sk-live-0123456789-wxyz';
const list = { input: '10', cachedInput: '5', output: '20' };
const cost = { input: '5', cachedInput: '2', output: '10' };
const dearCost = { ...cost, output: '14.00000001' };

async function addModel(): Promise<string> {
  const id = `model-${++counter}`;
  const limits = { maxInput: 1000, maxOutput: 1000, hidesOutput: false, access: 'open' };
  const body = { id, unit: 'tokens', list, cost, ...limits, reason };
  const answer = await api.send('POST', '/admin/models', { key: operator.key, body });
  expect(answer.status).toBe(201);
  return id;
}

function channelBody(over: Record<string, unknown> = {}) {
  return {
    name: `channel-${++counter}`,
    kind: 'openai',
    baseUrl: 'https://api.example.com/v1',
    apiKey,
    models: [],
    priority: 1,
    weight: 5,
    enabled: true,
    reason,
    ...over,
  };
}

function create(over: Record<string, unknown> = {}) {
  return api.send('POST', '/admin/channels', { key: operator.key, body: channelBody(over) });
}

async function created(over: Record<string, unknown> = {}): Promise<Channel> {
  const answer = await create(over);
  expect(answer.status).toBe(201);
  return answer.as<Channel>();
}

const change = (id: string, body: Record<string, unknown>) =>
  api.send('PATCH', `/admin/channels/${id}`, { key: operator.key, body: { reason, ...body } });
const read = (id: string) => api.send('GET', `/admin/channels/${id}`, { key: operator.key });
const remove = (id: string) =>
  api.send('DELETE', `/admin/channels/${id}`, { key: operator.key, body: { reason } });

async function auditOf(id: string) {
  const path = `/admin/audit-log?subjectId=${id}`;
  const answer = await api.send('GET', path, { key: operator.key });
  return answer.as<{ items: { action: string; details: Record<string, string> }[] }>().items;
}

describe('a channel', () => {
  it('is made, read, changed and deleted', async () => {
    const [a, b] = [await addModel(), await addModel()];
    const channel = await created({
      models: [{ id: b }, { id: a, upstreamId: 'their-name', cost }],
      timeouts: { idleMs: 5_000 },
    });
    expect(channel).toEqual({
      id: expect.any(String) as string,
      name: expect.any(String) as string,
      kind: 'openai',
      baseUrl: 'https://api.example.com/v1',
      apiKeyFrom: 'operator',
      apiKeyHint: 'wxyz',
      models: [
        { id: a, upstreamId: 'their-name', cost: { ...cost, cacheWrite: null } },
        { id: b, upstreamId: b, cost: null },
      ],
      priority: 1,
      weight: 5,
      enabled: true,
      timeouts: { connectMs: 5_000, firstByteMs: 120_000, idleMs: 5_000, maxCallMs: 600_000 },
      createdAt: expect.any(String) as string,
    });
    // There is no relay in this process.
    expect((await read(channel.id)).json).toEqual({ ...channel, health: null });

    const changed = await change(channel.id, { weight: 9, timeouts: { connectMs: 100 } });
    expect(changed.json).toEqual({
      ...channel,
      weight: 9,
      timeouts: { ...(channel.timeouts as object), connectMs: 100 },
    });
    expect((await change(channel.id, { models: [{ id: b }] })).as<Channel>().models).toEqual([
      { id: b, upstreamId: b, cost: null },
    ]);
    expect((await read(channel.id)).as<Channel>().models).toHaveLength(1);
    // What was taken away may come back.
    await change(channel.id, { models: [{ id: a }] });
    expect((await read(channel.id)).as<Channel>().models).toEqual([
      { id: a, upstreamId: a, cost: null },
    ]);

    expect((await remove(channel.id)).status).toBe(204);
    expect((await read(channel.id)).status).toBe(404);
    expect((await remove(channel.id)).problem.code).toBe('CHANNEL_NOT_FOUND');
    expect((await change(channel.id, { weight: 1 })).problem.code).toBe('CHANNEL_NOT_FOUND');
    const listed = await api.send('GET', '/admin/channels?limit=200', { key: operator.key });
    const ids = listed.as<{ items: Channel[] }>().items.map(({ id }) => id);
    expect(ids).not.toContain(channel.id);
  });

  it('never tells its key, in no answer and in no row but the sealed one', async () => {
    const channel = await created();
    const replaced = await change(channel.id, { apiKey: 'sk-other-0123456789-wxyz' });
    const page = await api.send('GET', '/admin/channels', { key: operator.key });
    for (const { text } of [await read(channel.id), replaced, page]) {
      expect(text).not.toContain('0123456789');
      expect(text).toContain('wxyz');
    }
    for (const table of ['channels', 'audit_log', 'idempotency_keys', 'journal_batches']) {
      const rows = await api.context.db.raw<{ rows: unknown[] }>(
        `select t::text as row from ${table} t where t::text like '%0123456789%'`,
      );
      expect(rows.rows).toEqual([]);
    }
    const [latest] = await auditOf(channel.id);
    expect(latest?.details).toEqual({ apiKey: 'replaced' });
    expect((await change(channel.id, { apiKey: null })).json).toMatchObject({
      apiKeyFrom: null,
      apiKeyHint: null,
    });
  });

  it('shows no part of a short key', async () => {
    expect(await created({ apiKey: 'short-key' })).toMatchObject({ apiKeyHint: null });
  });

  it('does not send its key to another server than it was given for', async () => {
    const channel = await created();
    const stolen = await change(channel.id, { baseUrl: 'https://evil.example.org/v1' });
    expect(stolen.status).toBe(400);
    expect((await change(channel.id, { baseUrl: 'https://api.example.com/v2' })).status).toBe(200);
    const moved = await change(channel.id, { baseUrl: 'https://api.example.org/v1', apiKey });
    expect(moved.json).toMatchObject({ baseUrl: 'https://api.example.org/v1' });
  });

  it('is logged with what changed', async () => {
    const id = await addModel();
    const channel = await created();
    await change(channel.id, { enabled: false, models: [{ id, cost }], reason: 'Overloaded' });
    await remove(channel.id);
    const [deleted, changed, made] = await auditOf(channel.id);
    expect(made).toMatchObject({
      action: 'channel.create',
      operatorId: operator.id,
      details: { name: channel.name, enabled: 'true', apiKeyHint: 'wxyz' },
    });
    expect(changed).toMatchObject({ action: 'channel.change', reason: 'Overloaded' });
    expect(changed?.details).toEqual({
      enabled: 'true -> false',
      [`model ${id}`]: `none -> ${id}, cost 5 / 2 / - / 10`,
    });
    expect(deleted?.action).toBe('channel.delete');
  });

  it('has a name of its own, free again after it was renamed or deleted', async () => {
    const [a, b] = [await created(), await created()];
    expect((await create({ name: a.name })).problem).toMatchObject({
      status: 409,
      code: 'CHANNEL_NAME_TAKEN',
    });
    expect((await change(b.id, { name: a.name })).problem.code).toBe('CHANNEL_NAME_TAKEN');
    expect((await change(a.id, { name: a.name })).status).toBe(200);
    await change(a.id, { name: `${a.name}-renamed` });
    expect((await change(b.id, { name: a.name })).status).toBe(200);
    await remove(b.id);
    expect((await create({ name: a.name })).status).toBe(201);
  });

  it('serves only models that have a price', async () => {
    const answer = await create({ models: [{ id: 'no-such-model' }] });
    expect(answer.status).toBe(404);
    expect(answer.problem).toMatchObject({
      code: 'MODEL_NOT_FOUND',
      details: { model: 'no-such-model' },
    });
    const id = await addModel();
    expect((await create({ models: [{ id }, { id }] })).status).toBe(400);
  });

  it('may offer as many models as there are', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, () => addModel()));
    const channel = await created({ models: ids.map((id) => ({ id })) });
    expect(channel.models.map(({ id }) => id)).toEqual([...ids].sort());
    const changed = await change(channel.id, { models: [{ id: ids[0] }] });
    expect(changed.json).toMatchObject({ models: [{ id: ids[0] }] });
  });

  it('makes its models available while it is enabled', async () => {
    const id = await addModel();
    const isAvailable = async () => {
      const page = await api.send('GET', '/models?limit=200');
      return page
        .as<{ items: { id: string; available: boolean }[] }>()
        .items.find((model) => model.id === id)?.available;
    };
    const channel = await created({ models: [{ id }], enabled: false });
    expect(await isAvailable()).toBe(false);
    await change(channel.id, { enabled: true });
    expect(await isAvailable()).toBe(true);
    await remove(channel.id);
    expect(await isAvailable()).toBe(false);
  });
});

describe('the price of a model and the cost of its channels', () => {
  const pricedAt = (id: string, output: string) =>
    api.send('POST', '/admin/models', {
      key: operator.key,
      body: {
        id,
        unit: 'tokens',
        list: { ...list, output },
        cost: { ...cost, output: '1' },
        maxInput: 1000,
        maxOutput: 1000,
        hidesOutput: false,
        access: 'open',
        reason,
      },
    });

  it('refuse a channel that is dearer than 70% of the list price covers', async () => {
    const id = await addModel();
    const answer = await create({ name: 'too dear', models: [{ id, cost: dearCost }] });
    expect(answer.status).toBe(422);
    expect(answer.problem).toMatchObject({
      code: 'PRICE_BELOW_COST',
      details: { model: id, channel: 'too dear', kind: 'output', cost: '14.00000001' },
    });
  });

  it('let a dear channel wait disabled, and refuse to enable it', async () => {
    const id = await addModel();
    const channel = await created({ models: [{ id, cost: dearCost }], enabled: false });
    const refused = await change(channel.id, { enabled: true });
    expect(refused.problem.code).toBe('PRICE_BELOW_COST');
    expect((await read(channel.id)).as<Channel>().enabled).toBe(false);
    expect((await pricedAt(id, '30')).status).toBe(201);
    expect((await change(channel.id, { enabled: true })).status).toBe(200);
  });

  it('refuse a rise of the cost of an enabled channel', async () => {
    const id = await addModel();
    const channel = await created({ models: [{ id, cost }] });
    const refused = await change(channel.id, { models: [{ id, cost: dearCost }] });
    expect(refused.problem.code).toBe('PRICE_BELOW_COST');
  });

  it('refuse a lower list price than the dearest enabled channel needs', async () => {
    const id = await addModel();
    const [dearer] = [
      await created({ models: [{ id, cost }] }),
      await created({ models: [{ id, cost: { ...cost, output: '1' } }] }),
      await created({ models: [{ id, cost: dearCost }], enabled: false }),
    ];
    expect((await pricedAt(id, '14')).problem).toMatchObject({
      code: 'PRICE_BELOW_COST',
      details: { channel: dearer.name, cost: '10' },
    });
    expect((await pricedAt(id, '15')).status).toBe(201);
    await change(dearer.id, { enabled: false });
    expect((await pricedAt(id, '10')).status).toBe(201);
    expect((await change(dearer.id, { enabled: true })).problem.code).toBe('PRICE_BELOW_COST');
  });
});

describe('a request for a channel', () => {
  it.each([
    ['https://127.0.0.1/v1', 422, 'UPSTREAM_NOT_ALLOWED'],
    ['https://169.254.169.254/latest', 422, 'UPSTREAM_NOT_ALLOWED'],
    ['http://api.example.com/v1', 422, 'UPSTREAM_NOT_ALLOWED'],
    ['https://user:pass@api.example.com', 400, 'INVALID_REQUEST'],
    ['not a url', 400, 'INVALID_REQUEST'],
  ])('may not point to %s', async (baseUrl, status, code) => {
    const made = await create({ baseUrl });
    expect(made.problem).toMatchObject({ status, code });
    const channel = await created({ apiKey: null });
    expect((await change(channel.id, { baseUrl })).problem).toMatchObject({ status, code });
  });

  it.each([
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(101) }],
    ['kind', { kind: 'azure' }],
    ['apiKey', { apiKey: 'with blank' }],
    ['apiKey', { apiKey: 'line\nbreak-0123456789' }],
    ['models.0.id', { models: [{ id: 'a b' }] }],
    ['models.0.cost.output', { models: [{ id: 'a', cost: { input: '1', cachedInput: '1' } }] }],
    ['models.0.price', { models: [{ id: 'a', price: '1' }] }],
    ['priority', { priority: 0.5 }],
    ['weight', { weight: 0 }],
    ['enabled', { enabled: 'true' }],
    ['timeouts.idleMs', { timeouts: { idleMs: 0 } }],
    ['timeouts.idle', { timeouts: { idle: 5 } }],
    ['keyEnv', { keyEnv: 'MASTER_KEY' }],
  ])('names %s when it is malformed: %j', async (path, over) => {
    const made = await create(over);
    expect(made.status).toBe(400);
    expect(made.problem.errors.map((error) => error.path)).toContain(path);
    const channel = await created();
    const changed = await change(channel.id, over);
    expect(changed.status).toBe(400);
  });

  it('needs little: a name, a kind and a URL', async () => {
    const body = {
      name: 'minimal',
      kind: 'anthropic',
      baseUrl: 'https://a.example.com',
      models: [],
      reason,
    };
    const answer = await api.send('POST', '/admin/channels', { key: operator.key, body });
    expect(answer.json).toMatchObject({ apiKeyFrom: null, priority: 0, weight: 1, enabled: true });
  });

  it('makes one channel, however often it is sent with the same key', async () => {
    const body = channelBody();
    const headers = { 'idempotency-key': 'channel-once' };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        api.send('POST', '/admin/channels', { key: operator.key, body, headers }),
      ),
    );
    for (const answer of answers) expect(answer.json).toEqual(answers[0]?.json);
  });

  it('is changed for a reason only, which the log keeps', async () => {
    const { id } = await created();
    for (const answer of [
      await create({ reason: undefined }),
      await change(id, { weight: 1, reason: undefined }),
      await api.send('DELETE', `/admin/channels/${id}`, { key: operator.key }),
    ]) {
      expect([answer.status, answer.problem.errors[0]?.path]).toEqual([400, 'reason']);
    }
    expect((await remove(id)).status).toBe(204);
    expect((await auditOf(id))[0]).toMatchObject({ action: 'channel.delete', reason });
  });

  it('takes no key where there is none to seal it with, and says so', async () => {
    const keyless = await startApi();
    try {
      const { key } = await keyless.appoint();
      const send = (body: object) => keyless.send('POST', '/admin/channels', { key, body });
      const refused = await send(channelBody());
      expect(refused.problem).toMatchObject({ status: 503, code: 'ENGINE_UNAVAILABLE' });
      expect(refused.problem.detail).toContain('MASTER_KEY');
      expect((await send(channelBody({ apiKey: null }))).status).toBe(201);
    } finally {
      await keyless.close();
    }
  });

  it('is for operators, at every method', async () => {
    const user = await api.signUp();
    const { id } = await created();
    for (const [method, path] of [
      ['GET', '/admin/channels'],
      ['GET', `/admin/channels/${id}`],
      ['PATCH', `/admin/channels/${id}`],
      ['DELETE', `/admin/channels/${id}`],
    ] as const) {
      const body = method === 'PATCH' ? { body: { weight: 1 } } : {};
      expect((await api.send(method, path, body)).status).toBe(401);
      expect((await api.send(method, path, { key: user.key, ...body })).status).toBe(403);
    }
    expect((await read('01a20555-0000-7000-8000-000000000000')).status).toBe(404);
    expect((await read('no-uuid')).status).toBe(400);
  });
});
