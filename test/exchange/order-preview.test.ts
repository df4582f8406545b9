// What a preview says is what the order then does, on books and with orders that come as they may.
import { randomUUID } from 'node:crypto';
import { startApi, type Answer, type SignedUp, type TestApi } from '../api/harness';
import { Random } from '../simulation/random';
import { createWorld, type Ask, type World } from './world';

const seed = Number(process.env['LX_PREVIEW_SEED'] ?? Date.now() % 1_000_000);
const ordersEach = 120;

let world: World;
let api: TestApi;
let traders: SignedUp[];

beforeAll(async () => {
  world = await createWorld();
  api = await startApi({}, {}, { reach: () => Promise.resolve(world.database.url) });
  traders = [await api.signUp(), await api.signUp(), await api.signUp()];
  for (const { id } of traders) {
    await world.deposit(id, '20');
    await world.mine(id, '10000');
  }
});
afterAll(async () => {
  await api.close();
  await world.close();
});

function ask(who: SignedUp, path: string, body: object): Promise<Answer> {
  return api.send('POST', `/exchange/orders${path}`, { key: who.key, body });
}
const preview = (who: SignedUp, body: object) => ask(who, '/preview', body);
const place = (who: SignedUp, body: object) =>
  ask(who, '', { clientOrderId: randomUUID(), ...body });

interface Previewed {
  readonly [field: string]: unknown;
  readonly isCovered: boolean;
  readonly needed: string;
  readonly available: string;
  readonly restingQuantity: string;
  readonly expiredQuantity: string | null;
  readonly expiredOrders: string[];
}

interface Placed {
  readonly order: {
    readonly [field: string]: unknown;
    readonly type: string;
    readonly status: string;
    readonly quantity: string | null;
    readonly filledQuantity: string;
  };
  readonly fills: readonly { readonly price: string }[];
}

/** Prices near 0.05, so that most orders meet others; now and then what is refused. */
function anyOrder(random: Random): Ask {
  const price = (0.045 + random.between(0, 100) / 10_000).toFixed(4);
  const quantity = String(random.between(1, 4_000) / 10);
  const side = random.pick(['buy', 'sell'] as const);
  const stp = random.pick(['expire_taker', 'expire_maker', 'expire_both'] as const);
  const limit = { side, stp, type: 'limit', price, quantity } as const;
  return random.weighted<Ask>([
    [10, limit],
    [2, { ...limit, timeInForce: 'IOC' }],
    [2, { ...limit, timeInForce: 'FOK' }],
    [2, { ...limit, postOnly: true }],
    [4, { side, stp, type: 'market', quantity }],
    [2, { side: 'buy', stp, type: 'market', quoteQuantity: String(random.between(1, 900) / 100) }],
    [1, { ...limit, type: 'stop_loss', triggerPrice: price }],
    [1, { ...limit, quantity: '900000' }],
  ]);
}

/** What both say of an order, or how both refuse it. */
function said({
  filledQuantity,
  filledNotional,
  averagePrice,
  fee,
  status,
  reason,
  held,
}: {
  readonly [field: string]: unknown;
}) {
  return { filledQuantity, filledNotional, averagePrice, fee, status, reason, held };
}

function requireAgreement(tried: Answer, placed: Answer): 'filled' | 'refused' | 'short' {
  if (tried.status !== 200) {
    // Of two reasons funds come first, which a preview only tells.
    if (placed.problem.code === 'INSUFFICIENT_FUNDS') return 'short';
    expect([placed.status, placed.problem.code]).toEqual([tried.status, tried.problem.code]);
    return 'refused';
  }
  const foretold = tried.as<Previewed>();
  if (!foretold.isCovered) {
    expect(placed.problem).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
    return 'short';
  }
  expect(placed.status).toBe(201);
  const { order, fills } = placed.as<Placed>();
  expect(said(foretold)).toEqual(said(order));
  expect(foretold['worstPrice']).toBe(fills.at(-1)?.price ?? null);
  const rest = Number(order.quantity) - Number(order.filledQuantity);
  const isWaiting = order.type === 'stop_loss';
  if (order.quantity !== null) {
    const resting = order.status === 'open' && !isWaiting ? rest : 0;
    expect(Number(foretold.restingQuantity)).toBeCloseTo(resting, 6);
    expect(Number(foretold.expiredQuantity)).toBeCloseTo(order.status === 'open' ? 0 : rest, 6);
  }
  return 'filled';
}

it.each([
  ['before there is a mark', null],
  ['with a mark', '0.05'],
])(`a preview is what the order then does, %s (seed ${seed})`, async (_, mark) => {
  if (mark !== null) await world.setMark(mark);
  const random = new Random(seed + (mark === null ? 0 : 1));
  const seen = { filled: 0, refused: 0, short: 0 };
  for (let i = 0; i < ordersEach; i++) {
    const who = random.pick(traders);
    const order = anyOrder(random);
    const tried = await preview(who, order);
    const before = tried.status === 200 ? tried.as<Previewed>().expiredOrders : [];
    const placed = await place(who, order);
    seen[requireAgreement(tried, placed)]++;
    for (const id of placed.status === 201 ? before : []) {
      const ended = await api.send('GET', `/exchange/orders/${id}`, { key: who.key });
      expect(ended.json).toMatchObject({ order: { reason: 'self_trade_prevention' } });
    }
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
});

it('weighs an order against the best price and the mark, and keeps nothing of it', async () => {
  for (const who of traders) await api.send('DELETE', '/exchange/orders', { key: who.key });
  const [maker, taker] = traders as [SignedUp, SignedUp];
  await world.setMark('0.05');
  await place(maker, { side: 'sell', type: 'limit', price: '0.05', quantity: '10' });
  await place(maker, { side: 'sell', type: 'limit', price: '0.054', quantity: '10' });
  const head = () => world.db('journal_head').first<{ sequence: bigint }>('sequence');
  const before = await head();
  const body = { side: 'buy', type: 'limit', price: '0.054', quantity: '30' };
  expect((await preview(taker, body)).json).toMatchObject({
    status: 'open',
    filledQuantity: '20',
    filledNotional: '1.04',
    averagePrice: '0.052',
    worstPrice: '0.054',
    fee: '0.00104',
    restingQuantity: '10',
    restingFee: '0',
    held: '0.54054',
    asset: 'CREDIT',
    needed: '1.62162',
    isCovered: true,
    bestPrice: '0.05',
    mark: '0.05',
    slippage: '0.04',
    slippageToMark: '0.04',
    triggersOn: null,
  });
  expect(await head()).toEqual(before);
});

it('says which way the mark must go to set off a stop, and what a buy by amount leaves', async () => {
  const [, taker] = traders as [SignedUp, SignedUp];
  const stop = { side: 'sell', type: 'stop_loss', quantity: '10', triggerPrice: '0.04' };
  expect((await preview(taker, stop)).json).toMatchObject({
    status: 'open',
    triggersOn: 'fall',
    restingQuantity: '0',
    expiredQuantity: '0',
    held: '10',
  });
  const spend = { side: 'buy', type: 'market', quoteQuantity: '2' };
  // The asks of the test before: 20 LCO for 1.04 Credits and their fee.
  expect((await preview(taker, spend)).json).toMatchObject({
    status: 'expired',
    reason: 'no_liquidity',
    unspent: '0.95896',
    expiredQuantity: null,
  });
});

it.each([
  [{ side: 'buy', type: 'limit', quantity: '1' }, 400, 'price'],
  [{ side: 'buy', type: 'market', quantity: '1', price: '1' }, 400, 'price'],
  [{ side: 'sell', type: 'limit', price: '0.0000001', quantity: '1' }, 400, 'price'],
])('refuses %j as an order is, naming the field', async (body, status, field) => {
  const [who] = traders as [SignedUp];
  const answer = await preview(who, body);
  expect([answer.status, answer.problem.errors.map(({ path }) => path)]).toEqual([status, [field]]);
});

it('asks for a key', async () => {
  const body = { side: 'buy', type: 'limit', price: '0.05', quantity: '1' };
  expect((await api.send('POST', '/exchange/orders/preview', { body })).status).toBe(401);
});
