// Requests in odd spellings, times at the end of the calendar, and machines that are not who they seem (DESIGN 6).
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { startApi, type SignedUp, type TestApi } from '../api/harness';

let api: TestApi;
let operator: SignedUp;
let user: SignedUp;
beforeAll(async () => {
  api = await startApi();
  [operator, user] = await Promise.all([api.appoint(), api.signUp()]);
});
afterAll(() => api.close());

function act(path: string, body: unknown) {
  const headers = { 'idempotency-key': randomUUID() };
  return api.send('POST', path, { key: operator.key, headers, body });
}

function deposit(userId: string) {
  return act('/admin/deposits', { userId, amount: '5', externalRef: randomUUID(), reason: 'Wire' });
}

describe('an id in capital letters', () => {
  it('is the same id, in paths and in bodies', async () => {
    const paid = await deposit(user.id.toUpperCase());
    expect(paid.status).toBe(201);
    const { id } = paid.as<{ deposit: { id: string } }>().deposit;
    const reversed = await act(`/admin/deposits/${id.toUpperCase()}/reverse`, { reason: 'Wrong' });
    expect(reversed.status).toBe(200);
    const frozen = await act(`/admin/users/${user.id.toUpperCase()}/freeze`, { reason: 'Test' });
    expect(frozen.json).toMatchObject({ user: { id: user.id } });
    await act(`/admin/users/${user.id}/unfreeze`, { reason: 'Test' });
  });

  it('does not hide that a case is one of the operator themselves', async () => {
    const answer = await deposit(operator.id.toUpperCase());
    expect([answer.status, answer.problem.code]).toEqual([403, 'ACTION_BY_INTERESTED_OPERATOR']);
  });
});

describe('a time', () => {
  it.each([['9999-12-31T23:59:59-23:59'], ['0000-06-01T00:00:00Z'], ['0001-01-01T00:00:00+01:00']])(
    'that falls out of the calendar, as %s does, is malformed',
    async (at) => {
      const made = await api.send('POST', '/api-keys', {
        key: user.key,
        body: { name: 'late', scopes: ['read'], expiresAt: at },
      });
      expect([made.status, made.problem.errors[0]?.path]).toEqual([400, 'expiresAt']);
      const listed = await api.send('GET', `/usage?from=${encodeURIComponent(at)}`, user);
      expect([listed.status, listed.problem.errors[0]?.path]).toEqual([400, 'from']);
    },
  );
});

describe("an operator's reason", () => {
  it.each([['a\nb'], ['\u202Edezorf'], ['a\u0000b']])('cannot be %j', async (reason) => {
    for (const [verb, more] of [
      ['freeze', {}],
      ['unfreeze', {}],
      ['role', { role: 'operator' }],
    ] as const) {
      const answer = await act(`/admin/users/${user.id}/${verb}`, { ...more, reason });
      expect([answer.status, answer.problem.code]).toEqual([400, 'INVALID_REQUEST']);
    }
  });
});

describe('the metrics of this machine', () => {
  // fetch lets nobody choose the Host
  function statusFor(headers: Record<string, string>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const asked = request(`${api.url}/metrics`, { headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject).end();
    });
  }

  it.each([['localhost'], ['localhost:3000'], ['127.0.0.1'], ['[::1]:3000']])(
    'are told to who calls it %s',
    async (host) => expect(await statusFor({ host })).toBe(200),
  );

  it.each([['rebound.example'], ['localhost.rebound.example'], ['10.0.0.1:3000'], ['[::2]']])(
    'are not told to who calls it %s, as a page can by a name that leads here',
    async (host) => expect(await statusFor({ host })).toBe(401),
  );

  it.each([
    ['via', '1.1 proxy'],
    ['x-real-ip', '203.0.113.9'],
    ['x-forwarded-host', 'a.example'],
  ])('are not told through a proxy that nobody told us of, by its %s', async (name, value) =>
    expect(await statusFor({ host: 'localhost', [name]: value })).toBe(401),
  );
});

describe('readiness', () => {
  it('costs one commit for all who ask at once', async () => {
    const { committer, db } = api.context;
    const submit = jest.spyOn(committer, 'submit');
    const holder = await db.transaction();
    await holder.raw('select id from journal_head for update');
    const asked = Promise.all(Array.from({ length: 20 }, () => api.send('GET', '//readyz')));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await holder.rollback();
    const answers = await asked;
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(submit).toHaveBeenCalledTimes(1);
    submit.mockRestore();
  });
});
