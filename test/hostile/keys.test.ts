// Attempts to spend more through keys than their caps, and to write what a screen would obey (DESIGN 6).
import { password, startApi, type SignedUp, type TestApi } from '../api/harness';

let api: TestApi;
let user: SignedUp;
beforeAll(async () => {
  api = await startApi();
  user = await api.signUp();
});
afterAll(() => api.close());

interface Key {
  id: string;
  secret: string;
  spendCap: string | null;
}

function ask(key: string, terms: Record<string, unknown>) {
  return api.send('POST', '/api-keys', {
    key,
    body: { name: 'a key', scopes: ['account', 'relay'], ...terms },
  });
}

async function capOf(id: string): Promise<string | null | undefined> {
  const { items } = (await api.send('GET', '/api-keys', user)).as<{ items: Key[] }>();
  return items.find((item) => item.id === id)?.spendCap;
}

describe('a key with a cap', () => {
  it('has no more of its cap what it gave to another, however many are asked for at once', async () => {
    const maker = (await ask(user.key, { spendCap: '10' })).as<Key>();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => ask(maker.secret, { spendCap: '4' })),
    );
    const made = answers.filter(({ status }) => status === 201);
    const codes = answers.filter(({ status }) => status !== 201).map((one) => one.problem.code);
    expect(made.length).toBe(2);
    expect(new Set(codes)).toEqual(new Set(['API_KEY_SCOPE_EXCEEDED']));
    expect(await capOf(maker.id)).toBe('2');
  });

  it('passes no more down three generations than it began with', async () => {
    const first = (await ask(user.key, { spendCap: '10' })).as<Key>();
    const second = (await ask(first.secret, { spendCap: '10' })).as<Key>();
    const third = (await ask(second.secret, { spendCap: '9.99999999' })).as<Key>();
    const caps = await Promise.all([first, second, third].map(({ id }) => capOf(id)));
    expect(caps).toEqual(['0', '0.00000001', '9.99999999']);
    expect((await ask(first.secret, { spendCap: '0.00000001' })).problem.code).toBe(
      'API_KEY_SCOPE_EXCEEDED',
    );
  });

  it('does not get back what it gave when the other is revoked', async () => {
    const maker = (await ask(user.key, { spendCap: '10' })).as<Key>();
    const made = (await ask(maker.secret, { spendCap: '10' })).as<Key>();
    await api.send('DELETE', `/api-keys/${made.id}`, user);
    expect((await ask(maker.secret, { spendCap: '1' })).status).toBe(403);
  });
});

describe('a key that leaked', () => {
  const revoke = (id: string, query = '') =>
    api.send('DELETE', `/api-keys/${id}${query}`, { key: owner.key });
  const works = async (secret: string) =>
    (await api.send('GET', '/api-keys', { key: secret })).status === 200;
  let owner: SignedUp;
  beforeEach(async () => {
    owner = await api.signUp();
  });

  it('takes with it what was made with it, down to the third generation, and nothing else', async () => {
    const leaked = (await ask(owner.key, {})).as<Key>();
    const child = (await ask(leaked.secret, {})).as<Key>();
    const grandchild = (await ask(child.secret, {})).as<Key>();
    const sister = (await ask(owner.key, {})).as<Key>();
    expect((await revoke(leaked.id)).json).toEqual({ revoked: 3 });
    for (const { secret } of [leaked, child, grandchild]) expect(await works(secret)).toBe(false);
    expect(await works(sister.secret)).toBe(true);
    expect((await revoke(leaked.id)).json).toEqual({ revoked: 0 });
  });

  it('can be replaced by one that it made, when it did not leak', async () => {
    const old = (await ask(owner.key, {})).as<Key>();
    const next = (await ask(old.secret, {})).as<Key>();
    expect((await revoke(old.id, '?only=true')).json).toEqual({ revoked: 1 });
    expect(await works(next.secret)).toBe(true);
  });

  it('makes none that outlives it, while it is being revoked', async () => {
    const leaked = (await ask(owner.key, {})).as<Key>();
    const [revoked, ...made] = await Promise.all([
      revoke(leaked.id),
      ...Array.from({ length: 20 }, () => ask(leaked.secret, {})),
    ]);
    expect(revoked.status).toBe(200);
    const outcomes = await Promise.all(
      made.filter(({ status }) => status === 201).map((answer) => works(answer.as<Key>().secret)),
    );
    expect(outcomes).not.toContain(true);
  });
});

it('a user has a hundred live keys and not one more, however many are asked for at once', async () => {
  const owner = await api.signUp();
  await api.context.db.raw(
    `insert into api_keys (id, user_id, name, secret_hash, hint, scopes)
     select gen_random_uuid(), ?, 'one of many', sha256(('many' || n)::bytea), 'lx_', '{read}'
     from generate_series(1, 96) n`,
    [owner.id],
  );
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask(owner.key, {})));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  const codes = answers.filter(({ status }) => status !== 201).map(({ problem }) => problem.code);
  expect(new Set(codes)).toEqual(new Set(['API_KEY_LIMIT_REACHED']));
});

describe('what a key is called', () => {
  it.each([['a\nb'], ['\u202Egpj.exe'], ['a\u0007b'], ['a\u2028b']])(
    'cannot be %j',
    async (name) => {
      const answer = await ask(user.key, { name });
      expect([answer.status, answer.problem.errors[0]?.path]).toEqual([400, 'name']);
    },
  );

  it.each([['<script>'], ['a b'], ['gpt\n4']])('its models cannot be called %j', async (model) => {
    const answer = await ask(user.key, { models: [model] });
    expect([answer.status, answer.problem.errors[0]?.path]).toEqual([400, 'models.0']);
  });
});

describe('a handle', () => {
  it.each([
    ['adm1n'],
    ['Ad-min'],
    ['adrnin'],
    ['supp0rt_'],
    ['L_Exchange'],
    ['1exchange'],
    ['trea5ury'],
  ])('that looks like the platform, as %s does, is taken', async (handle) => {
    const body = { email: `${handle}@example.com`, password, handle };
    expect((await api.send('POST', '/users', { body })).problem.code).toBe('HANDLE_TAKEN');
  });
});
