// Margin and lending behind an API, for tests of what it answers: three with Credits, an operator, and how they ask.
import { openStream } from '../../api/stream/stream';
import type { Position } from '../../services/margin/position-views';
import { startApi, type Answer, type SignedUp } from '../api/harness';
import { StreamClient } from '../market-data/stream-client';
import { createMarginWorld } from '../workflows/margin-world';
import { expectStatus, newKey } from '../workflows/support';

export type HttpWorld = Awaited<ReturnType<typeof createHttpWorld>>;

export interface Listed<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/** A position that may be opened. */
export const long = { side: 'long', collateral: '100', leverage: '5' };

export async function createHttpWorld() {
  const world = await createMarginWorld();
  const url = world.config.databaseUrl ?? '';
  const api = await startApi({}, {}, { reach: () => Promise.resolve(url) });
  const stream = openStream(api.context);
  api.server.on('upgrade', stream.handleUpgrade);

  async function signUp(credits: string): Promise<SignedUp> {
    const user = await api.signUp();
    await world.market.deposit(user.id, credits);
    return user;
  }

  const get = (path: string, by?: SignedUp) => api.send('GET', path, by ? { key: by.key } : {});
  const post = (path: string, by: SignedUp, body?: unknown, key = newKey()) =>
    api.send('POST', path, { key: by.key, body, headers: { 'idempotency-key': key } });
  const act = (
    verb: 'collateral' | 'close',
    id: string,
    by: SignedUp,
    body?: unknown,
    key?: string,
  ) => post(`/margin/positions/${id}/${verb}`, by, body, key);

  return {
    ...world,
    api,
    signUp,
    ann: await signUp('9000'),
    bob: await signUp('2000'),
    operator: await api.appoint(),
    get,
    post,
    act,
    readAs: async <T>(path: string, by?: SignedUp) =>
      expectStatus(await get(path, by), 200).as<T>(),
    put: (path: string, by: SignedUp, body: unknown) =>
      api.send('PUT', path, { key: by.key, body }),

    openOver: async (by: SignedUp, over: object = {}): Promise<Position> =>
      positionOf(expectStatus(await post('/margin/positions', by, { ...long, ...over }), 201)),
    closeAll: async (by: SignedUp, { id }: Position): Promise<Position> =>
      positionOf(expectStatus(await act('close', id, by), 200)),

    /** The same user, by a key with these scopes only. */
    async withScopes(user: SignedUp, ...scopes: string[]): Promise<SignedUp> {
      const body = { name: 'some', scopes };
      const made = expectStatus(await api.send('POST', '/api-keys', { key: user.key, body }), 201);
      return { ...user, key: made.as<{ secret: string }>().secret };
    },

    /** Listens to a user's own channel. */
    async follow(user: SignedUp): Promise<StreamClient> {
      const client = await StreamClient.open(api.url);
      await client.auth(user.key);
      await client.subscribe('user');
      await client.waitFor('user.snapshot');
      return client;
    },

    /** Proves the books, too. */
    async close(): Promise<void> {
      await stream.close();
      await api.close();
      await world.close();
    },
  };
}

export const positionOf = (answer: Answer) => answer.as<{ position: Position }>().position;

/** 400, and the field is named. */
export function expectNamed(answer: Answer, field: string): void {
  expect(answer.problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  const { errors, details } = answer.problem;
  expect([...errors.map(({ path }) => path.split('.')[0]), details?.param]).toContain(field);
}

export function expectRefused(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.problem.code]).toEqual([status, code]);
}

/** The first answer, the same again, and another request under the same key. */
export async function expectOncePerKey(
  send: (body: unknown, key: string) => Promise<Answer>,
  { status, body, other }: { readonly status: number; readonly body: unknown; other: unknown },
): Promise<Answer> {
  const key = newKey();
  const [first, atOnce] = await Promise.all([send(body, key), send(body, key)]);
  expectStatus(first, status);
  const again = await send(body, key);
  for (const repeat of [atOnce, again]) {
    expect([repeat.status, repeat.text]).toEqual([status, first.text]);
  }
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expectRefused(await send(other, key), 422, 'IDEMPOTENCY_MISMATCH');
  return first;
}

export const beyond = '9'.repeat(30);
export const badAmounts = [
  ...['0', 100, '1e3', '0x64', ' 100', '100,5', '1.000000001', 'NaN', beyond, '', null],
  ...[['100'], { toString: '100' }],
];
export const badCredits = ['-1', undefined, ...badAmounts];

/** A row for each bad value of a field. */
export function rowsOf(bad: Readonly<Record<string, readonly unknown[]>>) {
  return Object.entries(bad).flatMap(([field, values]) =>
    values.map((value): [string, object] => [field, { [field]: value }]),
  );
}
