// Models that are priced by image, second or character (DESIGN 2.2), as operators make them and anybody reads of them.
import { startApi, type SignedUp, type TestApi } from '../api/harness';

let api: TestApi;
let operator: SignedUp;

beforeAll(async () => {
  api = await startApi();
  operator = await api.appoint();
});

afterAll(() => api.close());

const variants = { '1024x1024': 2, 'hd/1024x1024': 4 };

function version(id: string, over: Record<string, unknown> = {}) {
  const prices = { list: { perUnit: '0.02' }, cost: { perUnit: '0.014' } };
  const limits = { maxInput: 4_000, maxOutput: 40, hidesOutput: false };
  return {
    id,
    unit: 'images',
    ...prices,
    variants,
    ...limits,
    access: 'open',
    reason: 'A test.',
    ...over,
  };
}

const publish = (body: unknown) => api.send('POST', '/admin/models', { key: operator.key, body });

const tokens = { input: '1', cachedInput: '1', output: '1' };

it('has its price a unit, and what can be asked for, in the price list', async () => {
  expect((await publish(version('painter-listed'))).status).toBe(201);
  const page = (await api.send('GET', '/models?limit=200')).as<{ items: { id: string }[] }>();
  expect(page.items.find(({ id }) => id === 'painter-listed')).toMatchObject({
    unit: 'images',
    list: { perUnit: '0.02' },
    cost: { perUnit: '0.014' },
    variants,
    maxInput: 4_000,
    maxOutput: 40,
  });
});

it('keeps the order of what can be asked for: the first is served without being asked', async () => {
  const ordered = { '512x512': 8, '256x256': 7, '1024x1024': 9 };
  const answer = await publish(version('painter-ordered', { variants: ordered }));
  expect(Object.keys(answer.as<{ variants: object }>().variants)).toEqual(Object.keys(ordered));
});

it.each([
  ['list', { list: tokens }],
  ['cost', { cost: tokens }],
  ['list', { unit: 'tokens', cost: tokens, variants: null }],
  ['list.perUnit', { list: { perUnit: '1', input: '1' } }],
  ['list.perUnit', { list: { perUnit: '1000.00000001' } }],
  ['list.perUnit', { list: { perUnit: '0.000000001' } }],
  ['variants', { unit: 'characters' }],
  ['variants.big', { variants: { big: 1 } }],
  ['variants.1x1', { variants: { '1x1': 0 } }],
  ['variants.1x1', { variants: { '1x1': 1.5 } }],
  ['unit', { unit: 'minutes' }],
])('names %s when it is malformed: %j', async (path, over) => {
  const answer = await publish(version('painter-malformed', over));
  expect(answer.status).toBe(400);
  expect(answer.problem.errors.map((error) => error.path)).toContain(path);
});

it('is never sold below its cost at the deepest discount', async () => {
  const answer = await publish(version('painter-cheap', { cost: { perUnit: '0.01400001' } }));
  expect(answer.status).toBe(422);
  expect(answer.problem).toMatchObject({
    code: 'PRICE_BELOW_COST',
    details: { kind: 'perUnit', list: '0.02', cost: '0.01400001' },
  });
});

it('is priced by the same unit for ever', async () => {
  await publish(version('painter-for-ever'));
  const other = {
    unit: 'tokens',
    list: tokens,
    cost: { ...tokens, input: '0.1', cachedInput: '0.1', output: '0.1' },
    variants: null,
  };
  const answer = await publish(version('painter-for-ever', other));
  expect(answer.status).toBe(400);
  expect(answer.problem).toMatchObject({
    code: 'INVALID_REQUEST',
    details: { param: 'unit' },
    detail: 'The model is priced by images for ever.',
  });
});

describe('a channel’s own cost of it', () => {
  const create = (name: string, cost: object, id = 'painter-offered') =>
    api.send('POST', '/admin/channels', {
      key: operator.key,
      body: {
        name,
        kind: 'openai',
        baseUrl: 'https://upstream.example/v1',
        models: [{ id, cost }],
        reason: 'A test.',
      },
    });

  beforeAll(async () => {
    await publish(version('painter-offered'));
  });

  it('is by the unit, too', async () => {
    const answer = await create('painters', { perUnit: '0.01' });
    expect(answer.status).toBe(201);
    const { models, id } = answer.as<{ id: string; models: object[] }>();
    expect(models).toMatchObject([{ id: 'painter-offered', cost: { perUnit: '0.01' } }]);
    const changed = await api.send('PATCH', `/admin/channels/${id}`, {
      key: operator.key,
      body: { priority: 5, reason: 'A test.' },
    });
    expect(changed.as<{ models: object[] }>().models).toEqual(models);
  });

  it('is refused by tokens, and above what the price covers', async () => {
    const byTokens = await create('by tokens', { ...tokens, output: '0.1' });
    expect(byTokens.status).toBe(400);
    expect(byTokens.problem.detail).toContain('is priced by images: its cost is perUnit');
    const dear = await create('dear', { perUnit: '0.0141' });
    expect(dear.problem).toMatchObject({ status: 422, code: 'PRICE_BELOW_COST' });
  });
});
