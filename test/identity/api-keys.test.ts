// Keys: recognised, limited, revoked, and never more than what makes them (DESIGN 6).
import { cookieOf, password, startApi, type SignedUp, type TestApi } from '../api/harness';

let api: TestApi;
let user: SignedUp;
beforeAll(async () => {
  api = await startApi({ TRUST_PROXY: 'loopback' });
  user = await api.signUp();
});
afterAll(() => api.close());

async function makeKey(terms: Record<string, unknown>, key = user.key) {
  const answer = await api.send('POST', '/api-keys', { key, body: { name: 'a key', ...terms } });
  expect(answer.status).toBe(201);
  return answer.as<{ id: string; secret: string }>();
}

describe('a request without a good key', () => {
  it.each([
    ['nothing', {}],
    ['a key that was never given out', { authorization: `Bearer lx_${'x'.repeat(43)}` }],
    ['something that is no key', { authorization: 'Bearer sk-123' }],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a session that was never given out', { cookie: `lx_session=${'x'.repeat(43)}` }],
  ])('with %s is answered 401', async (_, headers) => {
    const answer = await api.send('GET', '/me', { headers: headers });
    expect([answer.status, answer.problem.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('with an expired key is answered 401', async () => {
    const { id, secret } = await makeKey({
      scopes: ['read'],
      expiresAt: new Date(Date.now() + 60_000).toISOString(),
    });
    expect((await api.send('GET', '/me', { key: secret })).status).toBe(200);
    await api.context.db('api_keys').where({ id }).update({ expires_at: new Date() });
    const answer = await api.send('GET', '/me', { key: secret });
    expect([answer.status, answer.problem.code]).toEqual([401, 'API_KEY_EXPIRED']);
  });

  it('with a revoked key is answered 401, from the next request on', async () => {
    const { id, secret } = await makeKey({ scopes: ['read'] });
    expect((await api.send('GET', '/me', { key: secret })).status).toBe(200);
    for (const revoked of [1, 0]) {
      const answer = await api.send('DELETE', `/api-keys/${id}`, { key: user.key });
      expect([answer.status, answer.json]).toEqual([200, { revoked }]);
    }
    const answer = await api.send('GET', '/me', { key: secret });
    expect([answer.status, answer.problem.code]).toEqual([401, 'API_KEY_REVOKED']);
  });

  it.each([
    ['GET', '/me', 'relay', 'read'],
    ['GET', '/api-keys', 'read', 'account'],
    ['GET', '/admin/users', 'account', 'admin'],
  ])('%s %s with a key for %s only is answered 403', async (method, path, has, needs) => {
    const { secret } = await makeKey({ scopes: [has] });
    const answer = await api.send(method, path, { key: secret });
    expect([answer.status, answer.problem.code]).toEqual([403, 'SCOPE_REQUIRED']);
    expect(answer.problem.details).toEqual({ scope: needs });
  });
});

describe("a key's allow-list of addresses", () => {
  it.each([
    [['203.0.113.7'], '203.0.113.7', 200],
    [['203.0.113.7'], '203.0.113.8', 403],
    [['10.0.0.0/8', '2001:db8::/32'], '10.200.3.4', 200],
    [['10.0.0.0/8', '2001:db8::/32'], '2001:db8:5::1', 200],
    [['10.0.0.0/8'], '2001:db8:5::1', 403],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', 200],
  ])('%j and the address %s: %i', async (ipAllowList, address, status) => {
    const { secret } = await makeKey({ scopes: ['read'], ipAllowList });
    const answer = await api.send('GET', '/me', {
      key: secret,
      headers: { 'x-forwarded-for': address },
    });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.problem.code).toBe('ADDRESS_NOT_ALLOWED');
  });

  it.each(['300.0.0.1', '10.0.0.0/33', 'example.com', '1'])('takes no %s', async (block) => {
    const body = { name: 'a key', scopes: ['read'], ipAllowList: [block] };
    const answer = await api.send('POST', '/api-keys', { key: user.key, body });
    expect([answer.status, answer.problem.errors[0]?.path]).toEqual([400, 'ipAllowList.0']);
  });
});

describe('a key that makes a key', () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const later = new Date(Date.now() + 7_200_000).toISOString();

  it.each([
    ['a scope', { scopes: ['account'] }, { scopes: ['account', 'relay'] }],
    ['the scope of operators', { scopes: ['account'] }, { scopes: ['account', 'admin'] }],
    ['a longer life', { expiresAt: soon }, { expiresAt: later }],
    ['a life without end', { expiresAt: soon }, {}],
    ['a larger cap', { spendCap: '10' }, { spendCap: '10.00000001' }],
    ['no cap', { spendCap: '10' }, { spendCap: null }],
    ['another model', { models: ['a'] }, { models: ['a', 'b'] }],
    ['all models', { models: ['a'] }, {}],
    ['a wider network', { ipAllowList: ['127.0.0.0/8'] }, { ipAllowList: ['127.0.0.0/7'] }],
    ['any address', { ipAllowList: ['127.0.0.0/8'] }, {}],
  ])('cannot give %s that it has not', async (_, own, asked) => {
    const { secret } = await makeKey({ scopes: ['account'], ...own });
    const answer = await api.send('POST', '/api-keys', {
      key: secret,
      body: { name: 'more', scopes: ['account'], ...asked },
    });
    expect([answer.status, answer.problem.code]).toEqual([403, 'API_KEY_SCOPE_EXCEEDED']);
  });

  it('cannot give what it has spent already', async () => {
    const { id, secret } = await makeKey({ scopes: ['account'], spendCap: '10' });
    await api.context.db('api_keys').where({ id }).update({ spent: 3_00000000n, reserved: 1n });
    const ask = (spendCap: string) =>
      api.send('POST', '/api-keys', {
        key: secret,
        body: { name: 'rest', scopes: ['account'], spendCap },
      });
    expect((await ask('7')).status).toBe(403);
    expect((await ask('6.99999999')).status).toBe(201);
  });

  it('gives as much as it has', async () => {
    const terms = {
      scopes: ['account', 'read'],
      expiresAt: soon,
      spendCap: '10',
      models: ['a', 'b'],
      ipAllowList: ['127.0.0.0/8'],
    };
    const { secret } = await makeKey(terms);
    const made = await api.send('POST', '/api-keys', {
      key: secret,
      body: { ...terms, name: 'same', ipAllowList: ['127.0.0.1'], models: ['b'] },
    });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ expiresAt: soon, spendCap: '10', spent: '0', models: ['b'] });
  });
});

describe('POST /api-keys', () => {
  it.each([
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['read', 'read'] }, 'scopes'],
    [{ scopes: ['root'] }, 'scopes.0'],
    [{ spendCap: '-1' }, 'spendCap'],
    [{ spendCap: '1e3' }, 'spendCap'],
    [{ spendCap: 5 }, 'spendCap'],
    [{ spendCap: '0.000000001' }, 'spendCap'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ name: '  ' }, 'name'],
    [{ models: [] }, 'models'],
    [{ surprise: true }, 'surprise'],
  ])('refuses %j as malformed, naming the field', async (over, path) => {
    const body = { name: 'a key', scopes: ['read'], ...over };
    const answer = await api.send('POST', '/api-keys', { key: user.key, body });
    expect([answer.status, answer.problem.errors[0]?.path]).toEqual([400, path]);
  });

  it('refuses a life that is over', async () => {
    const body = { name: 'late', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' };
    const answer = await api.send('POST', '/api-keys', { key: user.key, body });
    expect([answer.status, answer.problem.code]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('stops at a hundred live keys', async () => {
    const many = await api.signUp();
    const make = () =>
      api.send('POST', '/api-keys', { key: many.key, body: { name: 'n', scopes: ['read'] } });
    for (let made = 1; made < 100; made += 11) await Promise.all(Array.from({ length: 11 }, make));
    const answer = await make();
    expect([answer.status, answer.problem.code]).toEqual([422, 'API_KEY_LIMIT_REACHED']);
  });
});

describe('DELETE /api-keys/:id', () => {
  it("does not know somebody else's key", async () => {
    const other = await api.signUp();
    const answer = await api.send('DELETE', `/api-keys/${other.keyId}`, { key: user.key });
    expect([answer.status, answer.problem.code]).toEqual([404, 'API_KEY_NOT_FOUND']);
    expect((await api.send('GET', '/me', { key: other.key })).status).toBe(200);
  });

  it('refuses what is no id', async () => {
    const answer = await api.send('DELETE', '/api-keys/7', { key: user.key });
    expect([answer.status, answer.problem.errors[0]?.path]).toEqual([400, 'id']);
  });
});

describe('the session cookie', () => {
  let cookie: string;
  beforeAll(async () => {
    cookie = cookieOf(
      await api.send('POST', '/sessions', { body: { email: user.email, password } }),
    );
  });
  const body = { name: 'by session', scopes: ['read'] };
  const make = (headers: Record<string, string>) =>
    api.send('POST', '/api-keys', { headers: { cookie, ...headers }, body });

  it('is good for a change that comes from our own pages', async () => {
    expect((await make({ origin: api.url })).status).toBe(201);
    expect((await make({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
  });

  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'http://127.0.0.1:1' }],
    [{ 'sec-fetch-site': 'cross-site' }],
  ])('is refused with %j', async (headers) => {
    const answer = await make(headers);
    expect([answer.status, answer.problem.code]).toEqual([403, 'ORIGIN_REFUSED']);
  });

  it('signs nobody in or out from another site', async () => {
    const headers = { cookie, origin: 'https://evil.example' };
    const signIn = await api.send('POST', '/sessions', {
      headers,
      body: { email: user.email, password },
    });
    expect(signIn.problem.code).toBe('ORIGIN_REFUSED');
    expect((await api.send('DELETE', '/sessions', { headers })).problem.code).toBe(
      'ORIGIN_REFUSED',
    );
    expect((await api.send('GET', '/me', { headers })).status).toBe(200);
  });

  it('is guarded by Secure where the proxy that we trust speaks https', async () => {
    const answer = await api.send('POST', '/sessions', {
      headers: { 'x-forwarded-proto': 'https' },
      body: { email: user.email, password },
    });
    expect(answer.headers.get('set-cookie')).toContain('; Secure');
  });
});

describe('the authenticator', () => {
  const browser = () => ({ isUnsafe: true, self: 'http://localhost' });

  it("takes a key in Anthropic's header too, for the relay", async () => {
    const { authenticator } = api.context.services;
    const principal = await authenticator.authenticate({
      xApiKey: user.key,
      address: '127.0.0.1',
      browser,
    });
    expect(principal).toEqual({
      userId: user.id,
      role: 'user',
      isFrozen: false,
      scopes: ['relay', 'read', 'trade', 'account'],
      keyId: user.keyId,
      models: null,
      sessionHash: null,
    });
  });

  it('prefers a key to a cookie, and does not fall back to the cookie', async () => {
    const session = await api.send('POST', '/sessions', { body: { email: user.email, password } });
    const answer = await api.send('GET', '/me', {
      headers: { cookie: cookieOf(session), authorization: 'Bearer lx_unknown' },
    });
    expect(answer.status).toBe(401);
  });
});
