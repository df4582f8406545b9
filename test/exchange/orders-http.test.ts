// Orders over HTTP: forms, statuses, access, and what bad input is told.
import { randomUUID } from 'node:crypto';
import { startApi, type Answer, type SignedUp, type TestApi } from '../api/harness';
import { createWorld, type World } from './world';

let world: World;
let api: TestApi;
let seller: SignedUp;
let buyer: SignedUp;

beforeAll(async () => {
  world = await createWorld();
  api = await startApi({}, {}, { reach: () => Promise.resolve(world.database.url) });
  [seller, buyer] = [await api.signUp(), await api.signUp()];
  await world.mine(seller.id, '10000');
  await world.deposit(buyer.id, '1000');
});
afterAll(async () => {
  await api.close();
  await world.close();
});
afterEach(async () => {
  for (const { key } of [seller, buyer]) await api.send('DELETE', '/exchange/orders', { key });
});

function post(who: SignedUp, body: object): Promise<Answer> {
  return api.send('POST', '/exchange/orders', {
    key: who.key,
    body: { clientOrderId: randomUUID(), ...body },
  });
}

interface OrderBody {
  order: { id: string; status: string };
}

async function placed(who: SignedUp, body: object): Promise<string> {
  const answer = await post(who, body);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.as<OrderBody>().order.id;
}

const bid = { side: 'buy', type: 'limit', price: '0.05', quantity: '10' };

it('places, shows, amends and cancels', async () => {
  const id = await placed(buyer, bid);
  const shown = await api.send('GET', `/exchange/orders/${id}`, { key: buyer.key });
  expect(shown.json).toMatchObject({
    order: { id, status: 'open', price: '0.05', held: '0.5005' },
  });
  const amended = await api.send('PATCH', `/exchange/orders/${id}`, {
    key: buyer.key,
    body: { clientOrderId: randomUUID(), price: '0.051' },
  });
  expect(amended.json).toMatchObject({ order: { replaces: id, price: '0.051' }, fills: [] });
  const { order } = amended.as<OrderBody>();
  const cancelled = await api.send('DELETE', `/exchange/orders/${order.id}`, { key: buyer.key });
  expect(cancelled.json).toMatchObject({ order: { status: 'cancelled' } });
  const open = await api.send('GET', '/exchange/orders?status=open', { key: buyer.key });
  expect(open.json).toEqual({ items: [], nextCursor: null });
});

it('tells both sides of their fills, and pages through them', async () => {
  for (const price of ['0.05', '0.051', '0.052']) {
    await placed(seller, { side: 'sell', type: 'limit', price, quantity: '1' });
  }
  const id = await placed(buyer, { ...bid, price: '0.06', quantity: '3' });
  const first = await api.send('GET', `/exchange/fills?orderId=${id}&limit=2`, { key: buyer.key });
  const page = first.as<{ items: { price: string }[]; nextCursor: string }>();
  expect(page.items.map(({ price }) => price)).toEqual(['0.052', '0.051']);
  const rest = await api.send(
    'GET',
    `/exchange/fills?orderId=${id}&limit=2&cursor=${page.nextCursor}`,
    { key: buyer.key },
  );
  expect(rest.json).toMatchObject({ items: [{ price: '0.05', role: 'taker' }], nextCursor: null });
  const sold = await api.send('GET', '/exchange/fills?limit=1', { key: seller.key });
  expect(sold.json).toMatchObject({ items: [{ role: 'maker', side: 'sell', fee: '0' }] });
});

it('answers a repeat with the first order, and says so', async () => {
  const body = { ...bid, clientOrderId: 'mine-1' };
  const first = await post(buyer, body);
  const again = await post(buyer, body);
  expect(again.json).toEqual(first.json);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const other = await post(buyer, { ...body, price: '0.04' });
  expect([other.status, other.problem.code]).toEqual([409, 'CLIENT_ORDER_ID_REUSED']);
});

it.each([
  ['off tick', { price: '0.0500001' }, 'price'],
  ['off lot', { quantity: '1.001' }, 'quantity'],
  ['zero', { quantity: '0' }, 'quantity'],
  ['negative', { price: '-1' }, 'price'],
  ['10^30', { quantity: `1${'0'.repeat(30)}` }, 'quantity'],
  ['more than there ever is', { quantity: '10000000.01' }, 'quantity'],
  ['scientific notation', { price: '5e-2' }, 'price'],
  ['a number', { price: 0.05 }, 'price'],
  ['a market order with a price', { type: 'market' }, 'price'],
  ['a limit order without a quantity', { quantity: undefined }, 'quantity'],
  ['an unknown side', { side: 'short' }, 'side'],
  ['GTC at market', { type: 'market', price: undefined, timeInForce: 'GTC' }, 'timeInForce'],
  ['post-only IOC', { postOnly: true, timeInForce: 'IOC' }, 'postOnly'],
  ['a misspelt member', { qty: '1' }, 'qty'],
  ['no clientOrderId', { clientOrderId: undefined }, 'clientOrderId'],
  ['a clientOrderId with a blank', { clientOrderId: 'a b' }, 'clientOrderId'],
])('%s is refused, naming the field', async (_, over, field) => {
  const answer = await post(buyer, { ...bid, ...over });
  expect(answer.status).toBe(400);
  expect(answer.problem.errors.map(({ path }) => path)).toContain(field);
});

it.each([
  ['below the least notional', { quantity: '0.19' }, 422, 'ORDER_BELOW_MINIMUM'],
  ['more than there is', { quantity: '1000000' }, 422, 'INSUFFICIENT_FUNDS'],
])('%s is refused by a rule', async (_, over, status, code) => {
  const answer = await post(buyer, { ...bid, ...over });
  expect([answer.status, answer.problem.code]).toEqual([status, code]);
});

it("keeps another user's order out of sight and out of reach", async () => {
  const id = await placed(buyer, bid);
  const path = `/exchange/orders/${id}`;
  const body = { clientOrderId: randomUUID(), price: '0.04' };
  for (const answer of [
    await api.send('GET', path, { key: seller.key }),
    await api.send('DELETE', path, { key: seller.key }),
    await api.send('PATCH', path, { key: seller.key, body }),
    await api.send('GET', `/exchange/fills?orderId=${id}`, { key: seller.key }),
  ]) {
    expect([answer.status, answer.problem.code]).toEqual([404, 'ORDER_NOT_FOUND']);
  }
});

it('asks for a key with the scope to trade', async () => {
  const key = await api.send('POST', '/api-keys', {
    key: buyer.key,
    body: { name: 'reader', scopes: ['read'] },
  });
  const { secret } = key.as<{ secret: string }>();
  const refused = await api.send('POST', '/exchange/orders', {
    key: secret,
    body: { ...bid, clientOrderId: 'x' },
  });
  expect([refused.status, refused.problem.code]).toEqual([403, 'SCOPE_REQUIRED']);
  const anonymous = await api.send('DELETE', '/exchange/orders');
  expect(anonymous.status).toBe(401);
});

it('ends an order that met five hundred others, however small they are', async () => {
  const makers = await Promise.all(
    [1, 2, 3].map(async () => {
      const userId = await world.addTrader('0.01', '10000');
      const ask = { side: 'sell', price: '0.05', quantity: '0.2' } as const;
      await Promise.all(Array.from({ length: 200 }, () => world.place(userId, ask)));
      return userId;
    }),
  );
  const answer = await post(buyer, { ...bid, quantity: '120' });
  expect(answer.json).toMatchObject({
    order: { status: 'expired', reason: 'fill_limit', filledQuantity: '100' },
  });
  expect(answer.as<{ fills: unknown[] }>().fills).toHaveLength(500);
  for (const maker of makers) await world.cancelAll(maker);
});
