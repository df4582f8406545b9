// What operators do to users, and the log of it (DESIGN 6).
import { newId } from '../../ledger/ids';
import { cookieOf, startApi, type Answer, type SignedUp, type TestApi } from '../api/harness';

interface Items {
  items: { id: string }[];
  nextCursor: string | null;
}

const standingOf = (answer: Answer) =>
  answer.as<{ user: { role: string; frozenAt: string | null } }>().user;

let api: TestApi;
let operator: SignedUp;
let second: SignedUp;
beforeAll(async () => {
  api = await startApi();
  [operator, second] = [await api.appoint(), await api.appoint()];
});
afterAll(() => api.close());

const act = (user: { id: string }, what: string, body: object, by = operator, headers = {}) =>
  api.send('POST', `/admin/users/${user.id}/${what}`, { key: by.key, body, headers });

interface RoleAnswer {
  user: { role: string };
  status: string;
}
interface Listed {
  id: string;
  role: string;
  proposedRole: string | null;
  proposedBy: string | null;
}

const promote = (user: { id: string }, by: SignedUp) =>
  act(user, 'role', { role: 'operator', reason: 'joined the desk' }, by);
const demote = (user: { id: string }, by: SignedUp) =>
  act(user, 'role', { role: 'user', reason: 'left' }, by);
const outcome = (answer: Answer) => {
  const { user, status } = answer.as<RoleAnswer>();
  return [answer.status, user.role, status];
};

describe('the role of an operator', () => {
  async function listed(user: { id: string }): Promise<Listed | undefined> {
    const page = await api.send('GET', `/admin/users?search=${user.id}`, operator);
    return page.as<{ items: Listed[] }>().items[0];
  }

  async function signInForAdminKey(user: SignedUp) {
    const session = await api.send('POST', '/sessions', {
      body: { email: user.email, password: user.password },
    });
    const key = await api.send('POST', '/api-keys', {
      headers: { cookie: cookieOf(session) },
      body: { name: 'desk', scopes: ['admin'] },
    });
    return { key: key.as<{ secret: string }>().secret };
  }

  it('is proposed by one operator, given by another, taken by one, and counts at use', async () => {
    const user = await api.signUp();
    expect(outcome(await promote(user, operator))).toEqual([200, 'user', 'awaiting_second']);
    expect(await listed(user)).toMatchObject({
      role: 'user',
      proposedRole: 'operator',
      proposedBy: operator.id,
    });
    expect(outcome(await promote(user, second))).toEqual([200, 'operator', 'done']);
    expect(await listed(user)).toMatchObject({
      role: 'operator',
      proposedRole: null,
      proposedBy: null,
    });

    const admin = await signInForAdminKey(user);
    expect((await api.send('GET', '/admin/users', admin)).status).toBe(200);

    expect(outcome(await demote(user, operator))).toEqual([200, 'user', 'done']);
    const after = await api.send('GET', '/admin/users', admin);
    expect([after.status, after.problem.code]).toEqual([403, 'FORBIDDEN']);
  });

  it('is not given by one operator alone, however often they ask', async () => {
    const user = await api.signUp();
    const answers = await Promise.all(Array.from({ length: 5 }, () => promote(user, operator)));
    for (const answer of answers) expect(outcome(answer)).toEqual([200, 'user', 'awaiting_second']);
    const log = await api.send('GET', `/admin/audit-log?subjectId=${user.id}`, operator);
    expect(log.as<Items>().items).toHaveLength(1);
    await demote(user, operator);
  });

  it('is confirmed by no account that was only proposed itself', async () => {
    const [puppet, another] = [await api.signUp(), await api.signUp()];
    await promote(puppet, operator);
    await promote(another, operator);
    const answer = await promote(another, puppet);
    expect([answer.status, answer.problem.code]).toEqual([403, 'SCOPE_REQUIRED']);
    await Promise.all([demote(puppet, operator), demote(another, operator)]);
  });

  it.each([
    ['its proposer', () => operator],
    ['another operator', () => second],
  ])('is not given once the proposal is withdrawn by %s', async (_who, by) => {
    const user = await api.signUp();
    await promote(user, operator);
    expect(outcome(await demote(user, by()))).toEqual([200, 'user', 'done']);
    expect(await listed(user)).toMatchObject({ proposedRole: null, proposedBy: null });
    expect(outcome(await promote(user, second))).toEqual([200, 'user', 'awaiting_second']);
    await demote(user, second);
    expect((await demote(user, second)).problem.code).toBe('STATE_CONFLICT');
  });

  it('is not given on the word of an operator who can no longer act', async () => {
    const [leaver, user] = [await api.appoint(), await api.signUp()];
    await promote(user, leaver);
    await act(leaver, 'freeze', { reason: 'laptop lost' });
    expect(await listed(user)).toMatchObject({ proposedRole: null, proposedBy: null });
    expect(outcome(await promote(user, operator))).toEqual([200, 'user', 'awaiting_second']);
    expect(await listed(user)).toMatchObject({ proposedBy: operator.id });
    await Promise.all([demote(user, operator), demote(leaver, operator)]);
  });

  it('is not had by a key without the scope, though its user has the role', async () => {
    const user = await api.signUp();
    await promote(user, operator);
    await promote(user, second);
    const answer = await api.send('GET', '/admin/users', { key: user.key });
    expect([answer.status, answer.problem.code]).toEqual([403, 'SCOPE_REQUIRED']);
    await demote(user, operator);
  });

  it('is not given twice', async () => {
    const user = await api.signUp();
    await promote(user, operator);
    const answers = await Promise.all(Array.from({ length: 5 }, () => promote(user, second)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    await demote(user, operator);
  });

  it('is left to two who can act, even when several are dismissed at once', async () => {
    const spare = await api.appoint();
    const answers = await Promise.all([
      demote(spare, operator),
      demote(second, operator),
      demote(operator, spare),
    ]);
    // After the first of them each other would leave one, or comes from one who lost the role.
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const operators = await api.context.db('users').where({ role: 'operator', frozen_at: null });
    expect(operators).toHaveLength(2);
    for (const { id } of [operator, second]) {
      await api.context.db('users').where({ id }).update({ role: 'operator' });
    }
    await demote(spare, operator);
  });

  it('is taken from a frozen operator when only two others remain', async () => {
    const spare = await api.appoint();
    await act(spare, 'freeze', { reason: 'laptop lost' });
    expect((await demote(second, operator)).problem.code).toBe('STATE_CONFLICT');
    expect(outcome(await demote(spare, operator))).toEqual([200, 'user', 'done']);
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
    const act0 = await act(user, 'role', { role: 'operator', reason: 'works well' });
    const act1 = await act(user, 'role', { role: 'operator', reason: 'joined' }, second);
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
        operatorId: second.id,
        action: 'user.role',
        reason: 'joined',
        details: { from: 'user', to: 'operator', proposedBy: operator.id },
        requestId: act1.headers.get('x-request-id'),
      },
      {
        ...common,
        action: 'user.role_propose',
        reason: 'works well',
        details: { to: 'operator' },
        requestId: act0.headers.get('x-request-id'),
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

  it('finds by a whole address or handle alone, in any case', async () => {
    const user = await api.signUp({ handle: 'Quincy' });
    await api.signUp({ handle: 'Quincy_2' });
    for (const name of ['qUINCY', user.email.toUpperCase(), 'Quinc']) {
      const page = await api.send('GET', `/admin/users?name=${encodeURIComponent(name)}`, operator);
      const ids = page.as<Items>().items.map(({ id }) => id);
      expect(ids).toEqual(name === 'Quinc' ? [] : [user.id]);
    }
  });

  it('gives those that are named by their ids', async () => {
    const [one, other] = [await api.signUp(), await api.signUp()];
    const find = async (query: string) => {
      const page = await api.send('GET', `/admin/users?${query}`, operator);
      return page.as<Items>().items.map(({ id }) => id);
    };
    expect(await find(`ids=${one.id},${newId()},${other.id}`)).toEqual([other.id, one.id]);
    expect(await find(`ids=${one.id},${other.id}&search=${one.handle}`)).toEqual([one.id]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=0x10', 'limit'],
    ['limit=%2010', 'limit'],
    ['limit=', 'limit'],
    ['limit=many', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['search=%00', 'search'],
    ['ids=', 'ids.0'],
    [`ids=${newId()},me`, 'ids.1'],
    [`ids=${Array.from({ length: 201 }, newId).join(',')}`, 'ids'],
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
