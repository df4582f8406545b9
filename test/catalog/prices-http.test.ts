import { startApi, type SignedUp, type TestApi } from '../api/harness';

let api: TestApi;
let operator: SignedUp;

beforeAll(async () => {
  api = await startApi();
  operator = await api.appoint();
});

afterAll(() => api.close());

const list = { input: '10', cachedInput: '5', output: '20' };
const cost = { input: '5', cachedInput: '2', output: '10' };

function version(id: string, over: Record<string, unknown> = {}) {
  const limits = { maxInput: 128_000, maxOutput: 16_384, hidesOutput: false };
  const reason = 'A test.';
  return { id, unit: 'tokens', list, cost, ...limits, access: 'open', reason, ...over };
}

function publish(body: unknown, headers: Record<string, string> = {}) {
  return api.send('POST', '/admin/models', { key: operator.key, body, headers });
}

async function auditOf(subjectId: string) {
  const answer = await api.send('GET', `/admin/audit-log?subjectId=${subjectId}`, {
    key: operator.key,
  });
  return answer.as<{ items: Record<string, unknown>[] }>().items;
}

describe('POST /admin/models', () => {
  it('makes the model with its first price version, and then the next ones', async () => {
    const first = await publish(version('m-versions', { reason: 'New on the market' }));
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({
      id: 'm-versions',
      priceVersion: 'm-versions@1',
      access: 'open',
      unit: 'tokens',
      list: { ...list, cacheWrite: null },
      cost: { ...cost, cacheWrite: null },
      maxInput: 128_000,
      available: false,
      enabledChannels: 0,
      flaggedAt: null,
      pricedBy: operator.id,
      reason: 'New on the market',
    });
    const second = await publish(
      version('m-versions', { access: 'imo', list: { ...list, cacheWrite: '12.50000001' } }),
    );
    expect(second.json).toMatchObject({
      priceVersion: 'm-versions@2',
      access: 'imo',
      list: { cacheWrite: '12.50000001' },
    });
    const versions: unknown[] = await api.context
      .db('price_versions')
      .select('id', 'list_input', 'list_cache_write')
      .where('model_id', 'm-versions')
      .orderBy('version');
    expect(versions).toEqual([
      { id: 'm-versions@1', list_input: 10_00000000n, list_cache_write: null },
      { id: 'm-versions@2', list_input: 10_00000000n, list_cache_write: 12_50000001n },
    ]);
  });

  it('is in the audit log with what was decided and why', async () => {
    await publish(version('m-audited', { reason: 'Cheaper upstream' }));
    expect(await auditOf('m-audited')).toMatchObject([
      {
        operatorId: operator.id,
        action: 'model.price',
        subjectKind: 'model',
        reason: 'Cheaper upstream',
        details: {
          version: 'm-audited@1',
          access: 'open',
          list: 'input 10, cachedInput 5, cacheWrite as input, output 20',
        },
      },
    ]);
  });

  it.each([
    ['input', { input: '7.00000001', cachedInput: '2', output: '10' }],
    ['cachedInput', { input: '5', cachedInput: '3.50000001', output: '10' }],
    ['output', { input: '5', cachedInput: '2', output: '14.00000001' }],
    ['cacheWrite', { input: '5', cachedInput: '2', cacheWrite: '7.00000001', output: '10' }],
  ])('is refused when 70%% of the list price does not cover the cost of %s', async (kind, dear) => {
    const answer = await publish(version('m-dear', { cost: dear }));
    expect(answer.status).toBe(422);
    expect(answer.problem).toMatchObject({ code: 'PRICE_BELOW_COST', details: { kind } });
    expect(await auditOf('m-dear')).toEqual([]);
  });

  it('is accepted when 70% covers the cost exactly', async () => {
    const exact = { input: '7', cachedInput: '3.5', cacheWrite: '7', output: '14' };
    expect((await publish(version('m-exact', { cost: exact }))).status).toBe(201);
  });

  it('guesses the tokenizer by the name, and takes a factor where it is not known', async () => {
    const [known, unknown, told, none] = await Promise.all([
      publish(version('openai/gpt-4o-2024-11-20')),
      publish(version('claude-next')),
      publish(version('llama', { tokenizer: 'cl100k_base', tokenizerFactor: 1.25 })),
      publish(version('gpt-4o-like', { tokenizer: null })),
    ]);
    expect(known?.json).toMatchObject({ tokenizer: 'o200k_base', tokenizerFactor: 1 });
    expect(unknown?.json).toMatchObject({ tokenizer: null, tokenizerFactor: 1.5 });
    expect(told?.json).toMatchObject({ tokenizer: 'cl100k_base', tokenizerFactor: 1.25 });
    expect(none?.json).toMatchObject({ tokenizer: null, tokenizerFactor: 1.5 });
  });

  it.each([
    ['id', { id: 'a model' }],
    ['id', { id: 'a@1' }],
    ['id', { id: '' }],
    ['unit', { unit: 'second' }],
    ['list.input', { list: { ...list, input: '1.123456789' } }],
    ['list.input', { list: { ...list, input: '-1' } }],
    ['list.input', { list: { ...list, input: 10 } }],
    ['list.input', { list: { ...list, input: '100000.00000001' } }],
    ['list.image', { list: { ...list, image: '1' } }],
    ['list.output', { list: { input: '1', cachedInput: '1' } }],
    ['cost', { cost: null }],
    ['maxInput', { maxInput: 0 }],
    ['maxOutput', { maxOutput: 1.5 }],
    ['maxOutput', { maxOutput: 100_000_001 }],
    ['hidesOutput', { hidesOutput: 'yes' }],
    ['access', { access: 'closed' }],
    ['tokenizer', { tokenizer: 'mine' }],
    ['tokenizerFactor', { tokenizerFactor: 0.5 }],
    ['reason', { reason: '' }],
    ['reason', { reason: undefined }],
    ['maxPerImages', { maxPerImages: 5 }],
  ])('names %s when it is malformed: %j', async (path, over) => {
    const answer = await publish(version('m-malformed', over));
    expect(answer.status).toBe(400);
    expect(answer.problem.errors.map((error) => error.path)).toContain(path);
  });

  it('makes one version of one request, however often it is sent', async () => {
    const headers = { 'idempotency-key': 'price-once' };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => publish(version('m-once'), headers)),
    );
    for (const answer of answers) expect(answer.json).toEqual(answers[0]?.json);
    expect(answers.filter(({ headers: h }) => h.get('idempotent-replayed') === null)).toHaveLength(
      1,
    );
    expect((await publish(version('m-once', { maxInput: 5 }), headers)).status).toBe(422);
  });

  it('is for operators', async () => {
    const user = await api.signUp();
    const body = version('m-by-user');
    expect((await api.send('POST', '/admin/models', { body })).status).toBe(401);
    expect((await api.send('POST', '/admin/models', { key: user.key, body })).status).toBe(403);
    expect((await api.send('GET', '/admin/models', { key: user.key })).status).toBe(403);
  });

  it('clears the flag that an underestimated call left', async () => {
    await publish(version('m-flagged'));
    await api.context
      .db('models')
      .update({ flagged_at: new Date(), flagged_reason: 'call 1 used more than was reserved' })
      .where('id', 'm-flagged');
    const find = async () => {
      const page = await api.send('GET', '/admin/models?limit=200', { key: operator.key });
      return page
        .as<{ items: { id: string; flaggedAt: string | null }[] }>()
        .items.find(({ id }) => id === 'm-flagged');
    };
    expect((await find())?.flaggedAt).toEqual(expect.any(String));
    await publish(version('m-flagged', { tokenizerFactor: 2 }));
    expect((await find())?.flaggedAt).toBeNull();
  });
});

describe('GET /models', () => {
  it('tells anybody the prices and what each level pays of them', async () => {
    await publish(version('m-public'));
    const answer = await api.send('GET', '/models?limit=200');
    const page = answer.as<{ items: { id: string }[]; tiers: unknown[] }>();
    const model = page.items.find(({ id }) => id === 'm-public');
    expect(model).toEqual({
      id: 'm-public',
      access: 'open',
      protocols: [],
      unit: 'tokens',
      priceVersion: 'm-public@1',
      list: { ...list, cacheWrite: null },
      cost: { ...cost, cacheWrite: null },
      variants: null,
      maxInput: 128_000,
      maxOutput: 16_384,
      hidesOutput: false,
      available: false,
    });
    expect(page.tiers).toEqual([
      { level: 'Lv1', multiplier: '1' },
      { level: 'Lv2', multiplier: '0.95' },
      { level: 'Lv3', multiplier: '0.85' },
      { level: 'Lv4', multiplier: '0.7' },
      { level: 'Whale', multiplier: null },
    ]);
  });

  it('goes through all models page by page, by id', async () => {
    for (const name of ['m-page-c', 'm-page-a', 'm-page-b']) await publish(version(name));
    const seen: string[] = [];
    let cursor = '';
    do {
      const answer = await api.send('GET', `/models?limit=2${cursor && `&cursor=${cursor}`}`);
      const page = answer.as<{ items: { id: string }[]; nextCursor: string | null }>();
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? '';
    } while (cursor);
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen).toEqual(expect.arrayContaining(['m-page-a', 'm-page-b', 'm-page-c']));
    const wrong = await api.send(
      'GET',
      `/models?cursor=${Buffer.from("'; --").toString('base64url')}`,
    );
    expect(wrong.status).toBe(400);
  });
});

describe('GET /governance/parameters', () => {
  it('lists the registry to anybody, bounds and all', async () => {
    const answer = await api.send('GET', '/governance/parameters');
    const { items } = answer.as<{ items: { name: string }[] }>();
    expect(items.find(({ name }) => name === 'buyback.profitShareBps')).toEqual({
      name: 'buyback.profitShareBps',
      type: 'bps',
      unit: 'basis points',
      description: "The ecosystem fund's share of the net relay profit.",
      value: 2_000,
      default: 2_000,
      minimum: 1_000,
      maximum: 5_000,
      twoThirds: true,
      pinnedBy: 'buyback',
      version: 1,
      changedAt: null,
    });
    expect(items.find(({ name }) => name === 'margin.treasuryBackstop')).toMatchObject({
      type: 'amount',
      value: '10000',
      maximum: '1000000',
    });
  });

  it('has a history for each, and 404 for what is no parameter', async () => {
    const history = await api.send('GET', '/governance/parameters/buyback.slices/history');
    expect(history.json).toEqual({ items: [], nextCursor: null });
    const unknown = await api.send('GET', '/governance/parameters/constructor/history');
    expect(unknown.status).toBe(404);
    expect(unknown.problem.code).toBe('PARAMETER_NOT_FOUND');
  });
});
