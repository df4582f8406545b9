// What operators do to users, and the log of it (DESIGN 6).
import { cookieOf, startApi, type Answer, type SignedUp, type TestApi } from '../api/harness';

interface Items {
  items: { id: string }[];
  nextCursor: string | null;
}

const standingOf = (answer: Answer) =>
  answer.as<{ user: { role: string; frozenAt: string | null } }>().user;

let api: TestApi;
let operator: SignedUp;
beforeAll(async () => {
  api = await startApi();
  operator = await api.appoint();
});
afterAll(() => api.close());

const act = (user: { id: string }, what: string, body: object, by = operator, headers = {}) =>
  api.send('POST', `/admin/users/${user.id}/${what}`, { key: by.key, body, headers });

describe('the role of an operator', () => {
  it('is given and taken by another operator, and counts at use', async () => {
    const user = await api.signUp();
    const given = await act(user, 'role', { role: 'operator', reason: 'joined the desk' });
    expect([given.status, standingOf(given).role]).toEqual([200, 'operator']);

    const session = await api.send('POST', '/sessions', {
      body: { email: user.email, password: user.password },
    });
    const key = await api.send('POST', '/api-keys', {
      headers: { cookie: cookieOf(session) },
      body: { name: 'desk', scopes: ['admin'] },
    });
    const admin = { key: key.as<{ secret: string }>().secret };
    expect((await api.send('GET', '/admin/users', admin)).status).toBe(200);

    expect((await act(user, 'role', { role: 'user', reason: 'left' })).status).toBe(200);
    const after = await api.send('GET', '/admin/users', admin);
    expect([after.status, after.problem.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('is not had by a key without the scope, though its user has the role', async () => {
    const user = await api.signUp();
    await act(user, 'role', { role: 'operator', reason: 'joined the desk' });
    const answer = await api.send('GET', '/admin/users', { key: user.key });
    expect([answer.status, answer.problem.code]).toEqual([403, 'SCOPE_REQUIRED']);
  });

  it('is not given twice', async () => {
    const user = await api.signUp();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => act(user, 'role', { role: 'operator', reason: 'once' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
  });
});

describe('freezing', () => {
  it('is seen by the user, who can still read, and is undone', async () => {
    const user = await api.signUp();
    const frozen = await act(user, 'freeze', { reason: 'stolen card' });
    expect(standingOf(frozen)).toEqual({
      id: user.id,
      role: 'user',
      frozenAt: expect.any(String) as unknown,
      frozenReason: 'stolen card',
    });
    const me = await api.send('GET', '/me', { key: user.key });
    expect(standingOf(me)).toMatchObject(standingOf(frozen));
    expect((await act(user, 'freeze', { reason: 'again' })).problem.code).toBe('STATE_CONFLICT');

    const free = await act(user, 'unfreeze', { reason: 'card is back' });
    expect(standingOf(free).frozenAt).toBeNull();
    expect((await act(user, 'unfreeze', { reason: 'again' })).problem.code).toBe('STATE_CONFLICT');
  });

  it('takes the right to act from an operator', async () => {
    const other = await api.appoint();
    await act(other, 'freeze', { reason: 'laptop lost' });
    const answer = await api.send('GET', '/admin/users', { key: other.key });
    expect([answer.status, answer.problem.code]).toEqual([403, 'USER_FROZEN']);
  });
});

it.each([
  ['role', { role: 'user', reason: 'resting' }],
  ['freeze', { reason: 'holiday' }],
  ['unfreeze', { reason: 'back' }],
])('no operator acts in their own case: %s', async (what, body) => {
  const answer = await act(operator, what, body);
  expect([answer.status, answer.problem.code]).toEqual([403, 'ACTION_BY_INTERESTED_OPERATOR']);
});

it.each([
  ['role', { role: 'king', reason: 'why not' }, 'role'],
  ['role', { role: 'user' }, 'reason'],
  ['freeze', { reason: '   ' }, 'reason'],
])('%s with %j is malformed', async (what, body, path) => {
  const user = await api.signUp();
  const answer = await act(user, what, body);
  expect([answer.status, answer.problem.errors[0]?.path]).toEqual([400, path]);
});

it('does not know a user who is not there', async () => {
  const nobody = { id: '00000000-0000-4000-8000-000000000000' };
  const answer = await act(nobody, 'freeze', { reason: 'who?' });
  expect([answer.status, answer.problem.code]).toEqual([404, 'USER_NOT_FOUND']);
});

describe('an Idempotency-Key', () => {
  it('makes twenty requests at once one act, answered alike', async () => {
    const user = await api.signUp();
    const headers = { 'idempotency-key': 'freeze-once' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => act(user, 'freeze', { reason: 'once' }, operator, headers)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replayed).toHaveLength(19);
    const log = await api.send('GET', `/admin/audit-log?subjectId=${user.id}`, operator);
    expect(log.as<Items>().items).toHaveLength(1);
  });

  it('is bound to path and body, but not to how the body is written', async () => {
    const [one, two] = [await api.signUp(), await api.signUp()];
    const headers = { 'idempotency-key': 'role-once' };
    const send = (user: SignedUp, body: string) =>
      api.send('POST', `/admin/users/${user.id}/role`, { key: operator.key, body, headers });
    expect((await send(one, '{"role":"operator","reason":"r"}')).status).toBe(200);
    const rewritten = await send(one, '{ "reason": "r", "role": "operator" }');
    expect([rewritten.status, rewritten.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    const otherBody = await send(one, '{"role":"user","reason":"r"}');
    expect([otherBody.status, otherBody.problem.code]).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
    const otherPath = await send(two, '{"role":"operator","reason":"r"}');
    expect([otherPath.status, otherPath.problem.code]).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
  });

  it('is not consumed by a refusal', async () => {
    const user = await api.signUp();
    const headers = { 'idempotency-key': 'after-a-refusal' };
    expect((await act(user, 'unfreeze', { reason: 'x' }, operator, headers)).status).toBe(409);
    expect((await act(user, 'freeze', { reason: 'x' }, operator, headers)).status).toBe(200);
  });

  it.each(['', 'x'.repeat(256)])('must have 1 to 255 characters', async (key) => {
    const user = await api.signUp();
    const answer = await act(user, 'freeze', { reason: 'x' }, operator, { 'idempotency-key': key });
    expect([answer.status, answer.problem.code]).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
  });
});

describe('the audit log', () => {
  it('has every act with who, whom, why and the request', async () => {
    const user = await api.signUp();
    const act1 = await act(user, 'role', { role: 'operator', reason: 'joined' });
    const act2 = await act(user, 'freeze', { reason: 'lost a laptop' });
    const log = await api.send('GET', `/admin/audit-log?subjectId=${user.id}`, operator);
    const common = {
      id: expect.any(String) as unknown,
      at: expect.any(String) as unknown,
      operatorId: operator.id,
      subjectKind: 'user',
      subjectId: user.id,
    };
    expect(log.as<Items>().items).toEqual([
      {
        ...common,
        action: 'user.freeze',
        reason: 'lost a laptop',
        details: {},
        requestId: act2.headers.get('x-request-id'),
      },
      {
        ...common,
        action: 'user.role',
        reason: 'joined',
        details: { from: 'user', to: 'operator' },
        requestId: act1.headers.get('x-request-id'),
      },
    ]);
  });

  it('is append-only in the database itself', async () => {
    const { db } = api.context;
    await expect(db('audit_log').update({ reason: 'nothing to see' })).rejects.toThrow(
      'append-only',
    );
    await expect(db('audit_log').delete()).rejects.toThrow('append-only');
    await expect(db.raw('truncate audit_log')).rejects.toThrow('append-only');
  });
});

describe('the list of users', () => {
  it('is paged by a cursor, each user once, newest first', async () => {
    await Promise.all(Array.from({ length: 5 }, () => api.signUp()));
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `/admin/users?limit=3${cursor && `&cursor=${cursor}`}`;
      const page = await api.send('GET', path, operator);
      expect(page.status).toBe(200);
      seen.push(...page.as<Items>().items.map(({ id }) => id));
      cursor = page.as<Items>().nextCursor;
    }
    const all = await api.context
      .db('users')
      .pluck('id')
      .orderBy([
        { column: 'created_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ]);
    expect(seen).toEqual(all);
  });

  it('finds by a part of address or handle, taken as text, and by id', async () => {
    const user = await api.signUp({ handle: 'Percy_100' });
    const find = async (search: string) => {
      const page = await api.send(
        'GET',
        `/admin/users?search=${encodeURIComponent(search)}`,
        operator,
      );
      return page.as<Items>().items.map(({ id }) => id);
    };
    expect(await find('percy_1')).toEqual([user.id]);
    expect(await find(user.email.slice(2, -2).toUpperCase())).toEqual([user.id]);
    expect(await find(user.id)).toEqual([user.id]);
    expect(await find('percy%')).toEqual([]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=many', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['search=%00', 'search'],
    ['order=asc', 'order'],
  ])('refuses ?%s', async (query, path) => {
    const answer = await api.send('GET', `/admin/users?${query}`, operator);
    expect([answer.status, answer.problem.errors[0]?.path]).toEqual([400, path]);
  });

  it.each([
    'x',
    '!!!',
    Buffer.from('1 2').toString('base64url'),
    Buffer.from('99999999999999999999 abc').toString('base64url'),
    Buffer.from("1') or 1=1 -- x").toString('base64url'),
  ])('refuses the cursor %s', async (cursor) => {
    const answer = await api.send('GET', `/admin/users?cursor=${cursor}`, operator);
    expect([answer.status, answer.problem.code]).toEqual([400, 'INVALID_REQUEST']);
  });
});
