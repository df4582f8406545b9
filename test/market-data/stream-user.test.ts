// A user's own channel: what it tells, to whom, and for how long.
import { cookieOf } from '../api/harness';
import type { SignedUp } from '../api/harness';
import { eventually, refusedUpgrade, type StreamClient } from './stream-client';
import { createStreamWorld, type StreamWorld } from './world';
import { paced } from '../support/pace';

let world: StreamWorld;
let seller: SignedUp;
let buyer: SignedUp;
const clients: StreamClient[] = [];
beforeAll(async () => {
  world = await createStreamWorld();
  seller = await world.signUpTrader('100', '10000');
  buyer = await world.signUpTrader('1000');
});
afterAll(() => world.close());
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await world.cancelAll(seller.id);
  await world.cancelAll(buyer.id);
});

async function connect(headers?: Record<string, string>): Promise<StreamClient> {
  const client = await world.connect(headers);
  clients.push(client);
  return client;
}

async function follow(user: SignedUp): Promise<StreamClient> {
  const client = await connect();
  expect(await client.auth(user.key)).toMatchObject({ type: 'authenticated', userId: user.id });
  await client.subscribe('user');
  await client.waitFor('user.snapshot');
  return client;
}

interface Balance {
  asset: string;
  available: string;
  orders: string;
}

async function creditsTold(client: StreamClient, from: number): Promise<Balance | undefined> {
  const { balances } = await client.waitFor('user.balances', undefined, from);
  return (balances as Balance[]).find(({ asset }) => asset === 'CREDIT');
}

it('begins with open orders and balances, and tells orders, fills and balances', async () => {
  const ask = { side: 'sell', price: '0.05', quantity: '10' } as const;
  const { order } = await world.place(seller.id, ask);
  const selling = await follow(seller);
  const [snapshot] = selling.ofType('user.snapshot');
  expect(snapshot).toMatchObject({ orders: [{ id: order.id, status: 'open' }] });
  expect(snapshot?.balances).toEqual(await world.balances.of(seller.id));

  const buying = await follow(buyer);
  const bought = await world.place(buyer.id, { side: 'buy', price: '0.05', quantity: '4' });
  const own = await buying.waitFor('user.fill');
  expect(own.fill).toEqual(bought.fills[0]);
  expect((await buying.waitFor('user.order')).order).toEqual(bought.order);
  expect(await selling.waitFor('user.fill')).toMatchObject({
    sequence: own.sequence,
    fill: { orderId: order.id, role: 'maker', quantity: '4', fee: '0' },
  });
  expect(await selling.waitFor('user.order')).toMatchObject({
    order: { id: order.id, status: 'open', filledQuantity: '4' },
  });
  await eventually(async () => {
    const told = buying.ofType('user.balances').at(-1)?.balances;
    const rows = await world.balances.of(buyer.id);
    return JSON.stringify(told) === JSON.stringify(rows) || undefined;
  });
});

it('tells nobody of anybody else', async () => {
  const other = await world.signUpTrader('10');
  const watching = await follow(other);
  await world.place(seller.id, { side: 'sell', price: '0.06', quantity: '10' });
  await world.place(buyer.id, { side: 'buy', price: '0.06', quantity: '10' });
  await world.place(other.id, { side: 'buy', price: '0.01', quantity: '10' });
  await watching.waitFor('user.order');
  expect(watching.ofType('user.fill')).toEqual([]);
  expect(watching.ofType('user.order')).toHaveLength(1);
  const said = JSON.stringify(watching.messages);
  expect([seller.id, buyer.id].filter((id) => said.includes(id))).toEqual([]);
});

it('sees within two seconds what else moves a balance', async () => {
  const client = await follow(buyer);
  const before = (await world.balances.of(buyer.id))[0]?.available ?? '';
  const from = client.messages.length;
  const beganAt = performance.now();
  await world.deposit(buyer.id, '7');
  expect(Number((await creditsTold(client, from))?.available)).toBeCloseTo(Number(before) + 7, 8);
  expect(performance.now() - beganAt).toBeLessThan(paced(2_500));
});

it('is told to all connections of a user, and no more to who unsubscribed', async () => {
  const [first, second] = [await follow(buyer), await follow(buyer)];
  first.say({ op: 'unsubscribe', channels: ['user'], id: 7 });
  expect(await first.waitFor('unsubscribed')).toMatchObject({ channels: [], id: 7 });
  await world.place(buyer.id, { side: 'buy', price: '0.02', quantity: '1' });
  await second.waitFor('user.order');
  expect(first.ofType('user.order')).toEqual([]);
});

it.each([
  ['an unknown key', () => 'lx_unknown', 'UNAUTHENTICATED'],
  ['no key at all', () => 'password', 'UNAUTHENTICATED'],
  [
    'a key without the scope',
    (): Promise<string> => keyWith({ scopes: ['relay'] }),
    'SCOPE_REQUIRED',
  ],
  [
    'a key of another address',
    (): Promise<string> => keyWith({ ipAllowList: ['10.1.2.3'] }),
    'ADDRESS_NOT_ALLOWED',
  ],
] satisfies [string, () => string | Promise<string>, string][])(
  'refuses %s',
  async (_, makeKey, code) => {
    const client = await connect();
    expect(await client.auth(String(await makeKey()))).toMatchObject({ type: 'error', code });
    client.say({ op: 'subscribe', channels: ['trades', 'user'], id: 'both' });
    expect(await client.waitFor('error', ({ id }) => id === 'both')).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    client.say({ op: 'subscribe', channels: ['ticker'] });
    expect(await client.waitFor('subscribed')).toMatchObject({ channels: ['ticker'] });
  },
);

interface Issued {
  id: string;
  secret: string;
}

async function issue(over: object): Promise<Issued> {
  const answer = await world.api.send('POST', '/api-keys', {
    key: buyer.key,
    body: { name: 'stream', scopes: ['read'], ...over },
  });
  return answer.as<Issued>();
}

async function keyWith(over: object): Promise<string> {
  return (await issue(over)).secret;
}

it('ends within two seconds after its key was revoked, and goes on with another', async () => {
  const { id, secret } = await issue({});
  const client = await connect();
  await client.auth(secret);
  await client.subscribe('user', 'trades');
  const beganAt = performance.now();
  await world.api.send('DELETE', `/api-keys/${id}`, { key: buyer.key });
  await client.waitFor('error', ({ code }) => code === 'UNAUTHENTICATED');
  expect(performance.now() - beganAt).toBeLessThan(paced(2_000));
  await world.place(buyer.id, { side: 'buy', price: '0.02', quantity: '1' });
  await world.place(seller.id, { side: 'sell', price: '0.02', quantity: '1' });
  await client.waitFor('trade');
  expect([...client.ofType('user.order'), ...client.ofType('user.fill')]).toEqual([]);
  expect(await client.auth(secret)).toMatchObject({ type: 'error', code: 'API_KEY_REVOKED' });
  expect(await client.auth(buyer.key)).toMatchObject({ type: 'authenticated' });
});

it('still tells a user who is frozen', async () => {
  await world.freeze(buyer.id);
  const client = await follow(buyer);
  expect(client.ofType('user.snapshot')).toHaveLength(1);
  await world.unfreeze(buyer.id);
});

describe('a session', () => {
  let cookie: string;
  beforeAll(async () => {
    const { email, password } = buyer;
    cookie = cookieOf(await world.api.send('POST', '/sessions', { body: { email, password } }));
  });

  it('is enough on our own page', async () => {
    const client = await connect({ cookie, origin: world.api.url });
    await client.subscribe('user');
    await client.waitFor('user.snapshot');
  });

  it.each([
    ['of another site', { origin: 'https://evil.example' }],
    ['that hides where it comes from', { origin: 'null' }],
    ['of another site without an Origin', { 'sec-fetch-site': 'cross-site' }],
  ])('is refused to a page %s', async (_, headers) => {
    const url = `${world.api.url}/api/v1/stream`;
    expect(await refusedUpgrade(url, { cookie, ...headers })).toEqual([403, 'ORIGIN_REFUSED']);
  });

  it('that has ended is nobody, and ends the channel when it ends', async () => {
    const client = await connect({ cookie, origin: world.api.url });
    await client.subscribe('user');
    const headers = { cookie, origin: world.api.url };
    await world.api.send('DELETE', '/sessions', { headers });
    await client.waitFor('error', ({ code }) => code === 'UNAUTHENTICATED');
    const again = await connect(headers);
    again.say({ op: 'subscribe', channels: ['user'] });
    expect(await again.waitFor('error')).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

it('lets a page of another site read what is public', async () => {
  const client = await connect({ origin: 'https://charts.example' });
  expect(await client.subscribe('ticker')).toMatchObject({ channels: ['ticker'] });
});

it('takes a key in the header, and none in the address', async () => {
  const client = await connect({ authorization: `Bearer ${buyer.key}` });
  await client.subscribe('user');
  await client.waitFor('user.snapshot');
  const url = `${world.api.url}/api/v1/stream`;
  expect(await refusedUpgrade(`${url}?key=${buyer.key}`)).toEqual([400, 'INVALID_REQUEST']);
  expect(await refusedUpgrade(url, { authorization: 'Bearer lx_no' })).toEqual([
    401,
    'UNAUTHENTICATED',
  ]);
  expect(await refusedUpgrade(`${world.api.url}/api/v1/streams`)).toEqual([404, 'NOT_FOUND']);
});
