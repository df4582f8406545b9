// Market data over HTTP: without a key, in the declared forms, and current as soon as an order was answered.
import { createStreamWorld, type StreamWorld } from './world';

let world: StreamWorld;
let seller: string;
let buyer: string;
beforeAll(async () => {
  world = await createStreamWorld();
  seller = await world.addTrader('10', '10000');
  buyer = await world.addTrader('100');
});
afterAll(() => world.close());

async function get(path: string): Promise<unknown> {
  const answer = await world.api.send('GET', `/exchange${path}`);
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  return answer.json;
}

it('is empty, not absent, before the first order', async () => {
  expect(await get('/book')).toMatchObject({ bids: [], asks: [] });
  expect(await get('/trades')).toEqual({ items: [], nextCursor: null });
  expect(await get('/klines?interval=1m')).toEqual({ items: [] });
  expect(await get('/ticker')).toMatchObject({
    last: null,
    open: null,
    volume: '0',
    trades: 0,
    priceChangePercent: null,
    bestBid: null,
  });
  expect(await get('/mark')).toMatchObject({ mark: null, at: null, isFresh: false });
});

it('tells the rules of the market', async () => {
  expect(await get('/info')).toMatchObject({
    symbol: 'LCO-CREDIT',
    tickSize: '0.000001',
    lotSize: '0.01',
    minNotional: '0.01',
    makerFeeBps: 0,
    takerFeeBps: 10,
    marketBandBps: 1_000,
    maxOpenOrders: 200,
    orderTypes: ['limit', 'market', 'stop_loss', 'take_profit'],
    status: 'warming_up',
  });
});

it('shows what was just placed and traded', async () => {
  for (const price of ['0.05', '0.051', '0.052']) {
    await world.place(seller, { side: 'sell', price, quantity: '10' });
  }
  await world.place(buyer, { side: 'buy', price: '0.049', quantity: '3' });
  await world.place(buyer, { side: 'buy', price: '0.051', quantity: '12' });
  expect(await get('/book?depth=1')).toMatchObject({
    bids: [['0.049', '3']],
    asks: [['0.051', '8']],
  });
  expect(await get('/ticker')).toMatchObject({
    last: '0.051',
    open: '0.05',
    high: '0.051',
    low: '0.05',
    volume: '12',
    quoteVolume: '0.602',
    trades: 2,
    priceChange: '0.001',
    priceChangePercent: '2',
    bestBid: '0.049',
    bestAsk: '0.051',
  });
  expect(await get('/trades')).toMatchObject({
    items: [
      { id: '2', price: '0.051', quantity: '2', notional: '0.102', side: 'buy', source: 'order' },
      { id: '1', price: '0.05', quantity: '10', notional: '0.5', side: 'buy', source: 'order' },
    ],
  });
  expect(await get('/klines?interval=1w&limit=1')).toMatchObject({
    items: [{ open: '0.05', close: '0.051', volume: '12', quoteVolume: '0.602', trades: 2 }],
  });
});

it('tells trades of one source', async () => {
  const all = (await get('/trades')) as { items: object[] };
  expect(await get('/trades?source=order')).toEqual(all);
  expect(await get('/trades?source=buyback')).toEqual({ items: [], nextCursor: null });
});

it('pages through trades by cursor and by id', async () => {
  const page = (await get('/trades?limit=1')) as { items: object[]; nextCursor: string };
  expect(page.items).toMatchObject([{ id: '2' }]);
  expect(await get(`/trades?limit=1&cursor=${page.nextCursor}`)).toMatchObject({
    items: [{ id: '1' }],
    nextCursor: null,
  });
  expect(await get('/trades?before=2')).toMatchObject({ items: [{ id: '1' }] });
  expect(await get('/trades?before=1')).toMatchObject({ items: [] });
});

it.each([
  ['/klines', 'interval'],
  ['/klines?interval=2m', 'interval'],
  ['/klines?interval=1m&limit=1001', 'limit'],
  ['/klines?interval=1m&startTime=yesterday', 'startTime'],
  ['/klines?interval=1m&endTime=1767225600000', 'endTime'],
  ['/book?depth=501', 'depth'],
  ['/book?depth=0', 'depth'],
  ['/book?deep=5', 'deep'],
  ['/trades?limit=0', 'limit'],
  ['/trades?before=last', 'before'],
  ['/trades?source=somebody', 'source'],
])('refuses %s, naming %s', async (path, field) => {
  const { status, problem } = await world.api.send('GET', `/exchange${path}`);
  expect([status, problem.code]).toEqual([400, 'INVALID_REQUEST']);
  expect(problem.errors.map((error) => error.path)).toEqual([field]);
});
