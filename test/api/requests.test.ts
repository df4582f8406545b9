// The form of requests and answers: bodies, problems, ids, headers, limits (DESIGN 6).
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createRateLimits, requestsPerMinute } from '../../api/rate-limits';
import { startApi, type SignedUp, type TestApi } from './harness';

let api: TestApi;
let user: SignedUp;
beforeAll(async () => {
  api = await startApi();
  user = await api.signUp();
});
afterAll(() => api.close());

const post = (body: string, headers: Record<string, string> = {}) =>
  api.send('POST', '/api-keys', { key: user.key, body, headers });

describe('a body', () => {
  it.each([
    ['that is cut short', '{"name":"x"'],
    ['that is text', 'hello'],
    ['that is a number', '7'],
    ['that is null', 'null'],
  ])('%s is answered 400', async (_, body) => {
    const answer = await post(body);
    expect([answer.status, answer.problem.code]).toEqual([400, 'INVALID_REQUEST']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'that is not JSON is answered 400, even when it is called %s',
    async (type) => {
      const answer = await post('name=x', { 'content-type': type });
      expect([answer.status, answer.problem.code]).toEqual([400, 'INVALID_REQUEST']);
    },
  );

  it('that is a list is answered 400', async () => {
    expect((await post('[]')).status).toBe(400);
  });

  it('that is absent is answered 400, naming what is missing', async () => {
    const answer = await api.send('POST', '/api-keys', { key: user.key });
    const paths = answer.problem.errors.map(({ path }) => path);
    expect([answer.status, paths]).toEqual([400, ['name', 'scopes']]);
  });

  it('over the limit is answered 413, compressed or not', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(70_000), scopes: ['read'] });
    const plain = await post(body);
    expect([plain.status, plain.problem.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const response = await fetch(`${api.url}/api/v1/api-keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.key}`, 'content-encoding': 'gzip' },
      body: gzipSync(body),
    });
    expect(response.status).toBe(413);
  });

  it('in an encoding that we do not read is answered 415', async () => {
    const answer = await post('{}', { 'content-encoding': 'zstd-of-tomorrow' });
    expect([answer.status, answer.problem.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it.each([
    ['lists', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['objects', '{"a":'.repeat(8_000) + '1' + '}'.repeat(8_000)],
  ])('of deeply nested %s is answered 400', async (_, nested) => {
    const answer = await post(`{"name":"x","scopes":["read"],"models":${nested}}`);
    expect([answer.status, answer.problem.code]).toEqual([400, 'INVALID_REQUEST']);
    expect(answer.problem.errors[0]?.path).toMatch(/^models/);
  });

  it.each(['1e400', '-1e400'])(
    'with the number %s, which is read as infinite, is answered 400, naming it',
    async (number) => {
      const answer = await api.send('POST', '/redemptions', {
        key: user.key,
        headers: { 'idempotency-key': randomUUID() },
        body: `{"amount":${number},"destination":"x"}`,
      });
      expect([answer.status, answer.problem.code]).toEqual([400, 'INVALID_REQUEST']);
      expect(answer.problem.errors[0]?.path).toBe('amount');
    },
  );

  it('cannot reach prototypes', async () => {
    const answer = await post('{"name":"x","scopes":["read"],"__proto__":{"spendCap":"1"}}');
    expect(answer.status).toBe(400);
    expect(({} as Record<string, unknown>).spendCap).toBeUndefined();
  });
});

describe('a problem', () => {
  it('has the form of RFC 9457 with code, request id and fields', async () => {
    const answer = await post('{"name":"","scopes":["read"]}');
    expect(answer.json).toEqual({
      type: 'urn:l-exchange:problem:invalid-request',
      title: 'Invalid request',
      status: 400,
      detail: 'The request is malformed.',
      code: 'INVALID_REQUEST',
      requestId: answer.headers.get('x-request-id'),
      errors: [{ path: 'name', message: expect.any(String) as unknown }],
    });
  });

  it.each([
    ['GET', '/nothing'],
    ['PUT', '/me'],
    ['GET', '//nothing'],
    ['POST', '//'],
  ])('answers %s %s, which is not there, with 404', async (method, path) => {
    const answer = await api.send(method, path, { key: user.key });
    expect([answer.status, answer.problem.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('answers a path that cannot be decoded with 400', async () => {
    const answer = await api.send('DELETE', '/api-keys/%ZZ', { key: user.key });
    expect([answer.status, answer.problem.code]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('says nothing of our insides when a fault is ours', async () => {
    await api.context.db.schema.renameTable('api_keys', 'hidden');
    const answer = await api.send('GET', '/me', { key: user.key });
    await api.context.db.schema.renameTable('hidden', 'api_keys');
    expect([answer.status, answer.problem.code]).toEqual([500, 'INTERNAL_ERROR']);
    expect(answer.text).not.toMatch(/api_keys|select|relation|at /);
  });
});

describe('every answer', () => {
  it('has a request id of ours, whatever the client sends', async () => {
    const headers = { 'x-request-id': 'mine' };
    const answers = await Promise.all([
      api.send('GET', '/me', { key: user.key, headers }),
      api.send('GET', '/me', { headers }),
      api.send('GET', '//nothing', { headers }),
      api.send('GET', '//healthz', { headers }),
      api.send('GET', '//docs/', { headers }),
    ]);
    const ids = answers.map((answer) => answer.headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(5);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it('of the platform is stored nowhere and tells no versions', async () => {
    const { headers } = await api.send('GET', '/me', { key: user.key });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  });

  it('tells where the caller stands with the rate limit', async () => {
    const [one, two] = [
      await api.send('GET', '/me', { key: user.key }),
      await api.send('GET', '/me', { key: user.key }),
    ];
    expect(one.headers.get('x-ratelimit-limit')).toBe(String(requestsPerMinute.key));
    expect(Number(one.headers.get('x-ratelimit-remaining'))).toBe(
      Number(two.headers.get('x-ratelimit-remaining')) + 1,
    );
    expect(Number(one.headers.get('x-ratelimit-reset'))).toBeGreaterThan(0);
  });
});

describe('rate limits', () => {
  let strict: TestApi;
  beforeAll(async () => {
    strict = await startApi(
      { TRUST_PROXY: 'loopback' },
      {
        rateLimits: createRateLimits({
          public: 100,
          download: 100,
          key: 3,
          signUp: 2,
          signIn: 100,
          badCredentials: 3,
        }),
      },
    );
  });
  afterAll(() => strict.close());
  const from = (address: string) => ({ 'x-forwarded-for': address });

  it('are of each key by itself', async () => {
    const [one, two] = [await strict.signUp(), await strict.signUp()];
    const ask = (key: string) => strict.send('GET', '/me', { key });
    const answers = [
      await ask(one.key),
      await ask(one.key),
      await ask(one.key),
      await ask(one.key),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    const refused = answers[3]!;
    expect(refused.problem.code).toBe('RATE_LIMITED');
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(30);
    expect((await ask(two.key)).status).toBe(200);
  });

  it('are of each address for sign-up', async () => {
    const signUp = (name: string, address: string) =>
      strict.send('POST', '/users', {
        headers: from(address),
        body: { email: `${name}@example.com`, password: 'long enough to do', handle: name },
      });
    expect((await signUp('first', '198.51.100.1')).status).toBe(201);
    expect((await signUp('second', '198.51.100.1')).status).toBe(201);
    expect((await signUp('third', '198.51.100.1')).status).toBe(429);
    expect((await signUp('third', '198.51.100.2')).status).toBe(201);
  });

  it('take the network of an IPv6 client for one address', async () => {
    const signUp = (name: string, address: string) =>
      strict.send('POST', '/users', {
        headers: from(address),
        body: { email: `${name}@example.com`, password: 'long enough to do', handle: name },
      });
    expect((await signUp('six1', '2001:db8:1:2::1')).status).toBe(201);
    expect((await signUp('six2', '2001:db8:1:2::2')).status).toBe(201);
    expect((await signUp('six3', '2001:db8:1:2:ffff::3')).status).toBe(429);
    expect((await signUp('six3', '2001:db8:1:3::1')).status).toBe(201);
  });

  it('stop whoever tries keys out', async () => {
    const guess = (i: number) =>
      strict.send('GET', '/me', { key: `lx_guess${i}`, headers: from('198.51.100.9') });
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await guess(i)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });
});
