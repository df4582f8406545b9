// What reads of usage refuse, field by field, and how the documentation describes them.
import { startApi, type SignedUp, type TestApi } from '../api/harness';

let api: TestApi;
let ann: SignedUp;
beforeAll(async () => {
  api = await startApi();
  ann = await api.signUp();
});
afterAll(() => api.close());

describe('a request that is malformed', () => {
  const everywhere = ['/usage', '/usage.csv', '/usage/daily', '/usage/daily.csv'];
  const daily = ['/usage/daily', '/usage/daily.csv'];
  const lists = ['/usage', '/usage/daily'];

  it.each([
    ['model=', 'model', everywhere],
    [`model=${'m'.repeat(201)}`, 'model', everywhere],
    ['model=a&model=b', 'model', everywhere],
    ['keyId=mine', 'keyId', everywhere],
    ['endpoint=', 'endpoint', everywhere],
    [`endpoint=${'e'.repeat(101)}`, 'endpoint', everywhere],
    ['from=yesterday', 'from', everywhere],
    ['from=2026-11-01', 'from', everywhere],
    ['to=1764374400', 'to', everywhere],
    ['from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z', 'from', everywhere],
    ['from=2026-11-01T01:00:00%2B01:00&to=2026-11-01T00:00:00Z', 'from', everywhere],
    ['since=2026-11-01T00:00:00Z', 'since', everywhere],
    ['groupBy=model', 'groupBy', daily],
    ['groupBy=key,day', 'groupBy', daily],
    ['limit=0', 'limit', lists],
    ['limit=1001', 'limit', lists],
    ['limit=1', 'limit', ['/usage.csv', '/usage/daily.csv']],
    ['groupBy=day', 'groupBy', ['/usage', '/usage.csv']],
  ])('is told that it is so for %s', async (query, field, paths) => {
    for (const path of paths) {
      const answer = await api.send('GET', `${path}?${query}`, { key: ann.key });
      expect(answer.problem).toMatchObject({ status: 400, errors: [{ path: field }] });
      expect(answer.headers.get('content-disposition')).toBeNull();
    }
  });

  it.each(everywhere.map((path) => [path]))('is no way to read %s without a key', async (path) => {
    expect((await api.send('GET', path)).status).toBe(401);
  });
});

it('is described', async () => {
  const document = (await api.send('GET', '//openapi.json')).as<{
    paths: Record<string, { get: { parameters: { name: string }[]; responses: object } }>;
  }>();
  for (const path of ['/usage.csv', '/usage/daily.csv']) {
    expect(document.paths[`/api/v1${path}`]?.get.responses).toMatchObject({
      200: { content: { 'text/csv': { schema: { type: 'string' } } } },
    });
  }
  expect(document.paths['/api/v1/usage/daily']?.get.parameters.map(({ name }) => name)).toEqual([
    ...['model', 'keyId', 'endpoint', 'from', 'to', 'groupBy', 'cursor', 'limit'],
  ]);
});
