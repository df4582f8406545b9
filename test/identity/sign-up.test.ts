// Sign-up, sign-in and passwords (DESIGN 6).
import { inspect } from 'node:util';
import { cookieOf, password, startApi, type TestApi } from '../api/harness';

interface IssuedKey {
  scopes: string[];
  secret: string;
  hint: string;
}

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ TRUST_PROXY: 'loopback' });
});
afterAll(() => api.close());

describe('sign-up', () => {
  it('answers the user and one key with all scopes of a user, its secret shown once', async () => {
    const answer = await api.send('POST', '/users', {
      body: { email: ' Ada@Example.COM ', password, handle: 'Ada_L', acceptsRisks: true },
    });
    expect(answer.status).toBe(201);
    const { user, apiKey } = answer.as<{ user: unknown; apiKey: IssuedKey }>();
    expect(user).toEqual({
      id: expect.any(String) as unknown,
      email: 'ada@example.com',
      handle: 'Ada_L',
    });
    expect(apiKey.scopes).toEqual(['relay', 'read', 'trade', 'account']);
    expect(apiKey.secret).toMatch(/^lx_[\w-]{43}$/);
    expect(apiKey.secret.startsWith(apiKey.hint)).toBe(true);

    const keys = await api.send('GET', '/api-keys', { key: apiKey.secret });
    expect(keys.as<{ items: unknown[] }>().items).toHaveLength(1);
    expect(keys.text).not.toContain(apiKey.secret);
  });

  it('stores neither the password nor the secret', async () => {
    const user = await api.signUp();
    const stored = await api.context
      .db('users')
      .first<{ hash: string }>({ hash: 'password_hash' })
      .where('id', user.id);
    const key: unknown = await api.context.db('api_keys').first('*').where('id', user.keyId);
    expect(stored.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(inspect(key)).not.toContain(user.key.slice(12));
  });

  it('lets one of ten sign-ups with the same address at once through', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        api.send('POST', '/users', {
          body: {
            email: i % 2 ? 'twin@example.com' : 'TWIN@example.com',
            password,
            handle: `twin${i}`,
          },
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array<number>(9).fill(409)]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.problem.code).toBe('EMAIL_TAKEN');
  });

  it.each([
    ['the same handle in other letters', 'SAMEhandle'],
    ["a name that would pass for the platform's own", 'Support'],
    ['the name of the demo account', 'demo'],
  ])('refuses %s', async (_, handle) => {
    if (handle === 'SAMEhandle') await api.signUp({ handle: 'samehandle' });
    const answer = await api.send('POST', '/users', {
      body: { email: `${handle}@example.org`, password, handle },
    });
    expect(answer.status).toBe(409);
    expect(answer.problem.code).toBe('HANDLE_TAKEN');
  });

  it.each([
    [{ email: 'not an address' }, 'email'],
    [{ password: 'short' }, 'password'],
    [{ handle: '_x' }, 'handle'],
    [{ handle: 'null\u0000byte' }, 'handle'],
    [{ password: 'half \ud800 a pair, long enough' }, 'password'],
    [{ acceptsRisks: 'yes' }, 'acceptsRisks'],
    [{ role: 'operator' }, 'role'],
  ])('refuses %j as malformed, naming the field', async (over, path) => {
    const body = { email: 'bad@example.com', password, handle: 'bad-one', ...over };
    const answer = await api.send('POST', '/users', { body });
    expect(answer.status).toBe(400);
    expect(answer.problem.code).toBe('INVALID_REQUEST');
    expect(answer.problem.errors.map(({ path }) => path)).toEqual([path]);
  });

  it.each([
    ['repeats too few characters', 'aaaaaaaaaaaa'],
    ['is the e-mail address', 'Weak-One@example.com'],
    ['is the handle', 'weak-one-handle'],
  ])('refuses a password that %s', async (_, weak) => {
    const answer = await api.send('POST', '/users', {
      body: { email: 'weak-one@example.com', password: weak, handle: 'weak-one-handle' },
    });
    expect(answer.status).toBe(422);
    expect(answer.problem.code).toBe('PASSWORD_TOO_WEAK');
  });
});

describe('a session', () => {
  it('begins with the password, is kept in a guarded cookie, and ends', async () => {
    const user = await api.signUp();
    const session = await api.send('POST', '/sessions', {
      body: { email: user.email.toUpperCase(), password },
    });
    expect(session.status).toBe(201);
    expect(session.headers.get('set-cookie')).toMatch(
      /^lx_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const headers = { cookie: cookieOf(session) };
    expect((await api.send('GET', '/me', { headers })).as<{ user: { id: string } }>().user.id).toBe(
      user.id,
    );

    expect((await api.send('DELETE', '/sessions', { headers })).status).toBe(204);
    const after = await api.send('GET', '/me', { headers });
    expect([after.status, after.problem.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect((await api.send('DELETE', '/sessions', { headers })).status).toBe(204);
  });

  it('does not outlive its time', async () => {
    const user = await api.signUp();
    const session = await api.send('POST', '/sessions', { body: { email: user.email, password } });
    await api.context
      .db('sessions')
      .where('user_id', user.id)
      .update({ expires_at: new Date(0) });
    const answer = await api.send('GET', '/me', { headers: { cookie: cookieOf(session) } });
    expect(answer.status).toBe(401);
  });

  it('is refused to a wrong password and to an unknown address in the same words', async () => {
    const user = await api.signUp();
    const wrong = await api.send('POST', '/sessions', {
      body: { email: user.email, password: 'wrong password' },
    });
    const unknown = await api.send('POST', '/sessions', {
      body: { email: 'nobody@example.com', password: 'wrong password' },
    });
    expect([wrong.status, wrong.problem.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    expect({ ...wrong.problem, requestId: '' }).toEqual({ ...unknown.problem, requestId: '' });
  });

  it('brakes guessing: after ten failures even the right password waits, but not at another address', async () => {
    const user = await api.signUp();
    const guess = (text: string, address = '203.0.113.7') =>
      api.send('POST', '/sessions', {
        body: { email: user.email, password: text },
        headers: { 'x-forwarded-for': address },
      });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => guess(`guess no. ${i}`)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    const right = await guess(password);
    expect([right.status, right.problem.code]).toEqual([429, 'RATE_LIMITED']);
    expect(right.headers.get('retry-after')).toBe('30');
    expect((await guess(password, '203.0.113.8')).status).toBe(201);
  });

  it('is not given to visitors where there is no demo', async () => {
    const answer = await api.send('POST', '/sessions/demo');
    expect([answer.status, answer.problem.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('is given to visitors of a demo instance', async () => {
    const demo = await startApi({ DEMO: '1' });
    try {
      const { user } = await demo.context.services.users.signUp(
        { email: 'demo@example.com', password, handle: 'demo', acceptsRisks: true },
        { isPlatform: true },
      );
      const session = await demo.send('POST', '/sessions/demo');
      expect([session.status, session.as<{ userId: string }>().userId]).toEqual([201, user.id]);
    } finally {
      await demo.close();
    }
  });
});

describe('the password', () => {
  it('is changed with the current one, which ends all other sessions', async () => {
    const user = await api.signUp();
    const signIn = (text: string) =>
      api.send('POST', '/sessions', { body: { email: user.email, password: text } });
    const mine = { cookie: cookieOf(await signIn(password)) };
    const other = { cookie: cookieOf(await signIn(password)) };

    const next = 'another long secret';
    const refused = await api.send('POST', '/me/password', {
      headers: mine,
      body: { current: 'not the current', new: next },
    });
    expect([refused.status, refused.problem.code]).toEqual([401, 'INVALID_CREDENTIALS']);

    const changed = await api.send('POST', '/me/password', {
      headers: mine,
      body: { current: password, new: next },
    });
    expect(changed.status).toBe(204);
    expect((await api.send('GET', '/me', { headers: mine })).status).toBe(200);
    expect((await api.send('GET', '/me', { headers: other })).status).toBe(401);
    expect((await signIn(password)).status).toBe(401);
    expect((await signIn(next)).status).toBe(201);
  });
});

describe('GET /me', () => {
  it('tells who I am and my tier', async () => {
    const user = await api.signUp();
    const me = await api.send('GET', '/me', { key: user.key });
    expect(me.json).toEqual({
      user: {
        id: user.id,
        email: user.email,
        handle: user.handle,
        role: 'user',
        frozenAt: null,
        frozenReason: null,
        acceptsRisksAt: null,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      },
      tier: { level: 'Lv1', multiplier: '1', concurrency: 5, staked: '0' },
      entitlements: [],
    });
  });
});
