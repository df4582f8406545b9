// From the fence on: an order a commit, down to the bankruptcy price, until the position is safe or nothing is left of it.
import type { Position } from '../../services/margin/position-views';
import { liquidatePosition } from '../../services/margin/liquidate';
import { placeOrder } from '../../services/exchange/orders/place-order';
import { termsOf } from '../exchange/world';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
});
afterEach(() => world.end());

/** A 5x long or short of 100 Credits, fenced at a mark, with as much quoted around it as said. */
async function fence(
  side: 'long' | 'short' = 'long',
  { quantity = '60000' }: { quantity?: string | null } = {},
) {
  await world.openMarket();
  const trader = await world.addTrader('1000');
  const opened = await world.open(trader, { side });
  await world.jump(side === 'long' ? 0.088 : 0.11, quantity ?? undefined);
  await world.tick();
  const fenced = await world.get(trader, opened.id);
  expect(fenced.status).toBe('liquidating');
  return { trader, id: opened.id, opened };
}

/** What an owner has lost, and who has it. */
async function accountOf(trader: string) {
  return {
    credits: await world.availableOf(trader, 'CREDIT'),
    lco: await world.availableOf(trader, 'LCO'),
    reserve: await world.platformOf('risk_reserve'),
    pools: [await world.platformOf('lending', 'CREDIT'), await world.platformOf('lending', 'LCO')],
  };
}

describe('a liquidation in a deep book', () => {
  it('closes a long at once: the penalty is the reserve’s, the remainder its owner’s', async () => {
    const { trader, id } = await fence();
    const before = await accountOf(trader);
    const { position, next } = await world.margin.liquidate(id);
    // 4990.01 at 0.087912 are 438.68175912, less a fee of 0.43868176, a penalty of 8.77363518, and a
    // debt of 399.99950101 with a second's interest at 3.5%: 0.00000044
    const debt = 399.99950145;
    expect(next).toEqual({ kind: 'nothing', waitMs: 0 });
    expect(position).toMatchObject({
      status: 'closed',
      closeReason: 'liquidated',
      penalties: '8.77363518',
      paidOut: '29.46994073',
      debt: '0',
    });
    expect(await accountOf(trader)).toEqual({
      credits: (Number(before.credits) + 29.46994073).toFixed(8),
      lco: '0',
      reserve: '8.77363518',
      pools: [(Number(before.pools[0]) + debt).toFixed(8), '40000'],
    });
    expect((await world.changesOf(trader, id)).map(({ kind }) => kind)).toEqual([
      'opened',
      'fenced',
      'liquidated',
    ]);
    const { items } = await world.margin.liquidations({ limit: 10 });
    expect(items).toMatchObject([
      { positionId: id, side: 'long', kind: 'liquidated', quantity: '4990.01', price: '0.087912' },
    ]);
    expect(JSON.stringify(items)).not.toContain(trader);
  });

  it('closes a short at once in the same way, and gives back the LCO beyond its debt', async () => {
    const { trader, id } = await fence('short');
    const { position } = await world.margin.liquidate(id);
    // 5000.01 at 0.11011: 550.5511011, fee 0.55055111, penalty 11.01102202 of 599.0005
    expect(position).toMatchObject({
      status: 'closed',
      closeReason: 'liquidated',
      penalties: '11.01102202',
      paidOut: '36.88782577',
      credits: '0',
    });
    const after = await accountOf(trader);
    expect(after.credits).toBe('936.88782577');
    expect(after.reserve).toBe('11.01102202');
    expect(Number(after.lco)).toBeGreaterThan(0.0099);
    expect(Number(after.lco)).toBeLessThan(0.01);
    expect(Number(after.pools[1]) + Number(after.lco)).toBeCloseTo(40_000.01, 7);
  });

  it('sells beyond the market’s band, down to the bankruptcy price and no tick lower', async () => {
    const { id, trader } = await fence('long', { quantity: null });
    const { bankruptcyPrice } = await world.get(trader, id);
    expect(bankruptcyPrice).toMatch(/^0\.08024/);
    await world.place(world.maker, { side: 'buy', price: '0.08024', quantity: '60000' });
    const refused = await world.margin.liquidate(id);
    expect(refused).toMatchObject({ next: { kind: 'liquidate', waitMs: 5_000 } });
    expect(refused.position).toMatchObject({ status: 'liquidating', quantity: '4990.01' });
    await world.place(world.maker, { side: 'buy', price: '0.080241', quantity: '60000' });
    await world.margin.liquidate(id);
    const [, , slice] = await world.changesOf(trader, id);
    expect(slice).toMatchObject({
      kind: 'liquidated',
      quantity: '499.01',
      notional: '40.04106141',
    });
    // hardly any equity is left there, and no more is the penalty
    expect(Number(slice?.penalty)).toBeLessThan(0.004);
    expect(await world.lossOf(id)).toBeUndefined();
  });

  it('asked for at another time, or twice at once, changes nothing', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    const idle = await world.margin.liquidate(id);
    expect(idle).toMatchObject({ revision: 1, next: { kind: 'watch', waitMs: 0 } });
    await world.jump(0.088, '60000');
    await world.tick();
    const answers = await Promise.all([
      world.margin.liquidate(id),
      world.margin.liquidate(id),
      world.margin.workOff(id),
    ]);
    expect(answers.map(({ position }) => position.status)).toContain('closed');
    expect((await world.changesOf(trader, id)).map(({ kind }) => kind)).toEqual([
      'opened',
      'fenced',
      'liquidated',
    ]);
    expect(await world.margin.liquidate(id)).toMatchObject({
      revision: 3,
      next: { kind: 'nothing' },
    });
  });

  it('happens to who is frozen', async () => {
    const { trader, id } = await fence();
    await world.freeze(trader);
    expect((await world.margin.liquidate(id)).position.status).toBe('closed');
  });
});

/** Steps until nothing is left to be liquidated; returns what each left. */
async function finish(id: string, before: () => Promise<void> = async () => undefined) {
  const steps: Position[] = [];
  for (let i = 0; i < 40; i++) {
    await before();
    const { position, next } = await world.margin.liquidate(id);
    steps.push(position);
    if (next.kind !== 'liquidate' || next.waitMs === 5_000) return steps;
  }
  throw new Error('it does not end');
}

describe('a liquidation in a thin book', () => {
  it('takes a fifth of what rests within 3% of the mark at a time, and stops when it is safe', async () => {
    // 5,000 LCO rest: 1,000 are a fifth
    const { trader, id } = await fence('long', { quantity: '5000' });
    const first = await world.margin.liquidate(id);
    expect(first.next).toEqual({ kind: 'liquidate', waitMs: 1_000 });
    const [, , slice] = await world.changesOf(trader, id);
    expect(Number(slice?.quantity)).toBeCloseTo(998, -1);
    expect(Number(slice?.penalty)).toBeCloseTo(Number(slice?.notional) * 0.02, 7);
    const steps = await finish(id, () => world.quoteAround(0.088, '5000'));
    const last = steps.at(-1);
    expect(last).toMatchObject({ status: 'open', paidOut: '0' });
    // above 12.5%, and below it before the last slice
    const ratios = (await world.changesOf(trader, id)).map(({ marginRatio }) =>
      Number(marginRatio),
    );
    expect(ratios.at(-1)).toBeGreaterThanOrEqual(0.125);
    expect(ratios.at(-2)).toBeLessThan(0.125);
    expect(Number(last?.quantity)).toBeGreaterThan(1_000);
    expect(last?.penalties).toBe(await world.platformOf('risk_reserve'));
    // its owner has it again
    await world.adjust(trader, id, '5');
    await world.jump(0.07, '60000');
    await world.tick();
    expect((await world.get(trader, id)).status).toBe('liquidating');
  });

  it('offers a tenth where next to nothing rests there', async () => {
    const { trader, id } = await fence('long', { quantity: null });
    await world.place(world.maker, { side: 'buy', price: '0.084', quantity: '60000' });
    await world.margin.liquidate(id);
    const [, , slice] = await world.changesOf(trader, id);
    // 0.084 is more than 3% away
    expect(slice).toMatchObject({ kind: 'liquidated', quantity: '499.01' });
  });

  it('buys a short back in slices as well', async () => {
    const { trader, id } = await fence('short', { quantity: '6000' });
    await world.margin.liquidate(id);
    const [, , slice] = await world.changesOf(trader, id);
    expect(slice).toMatchObject({ kind: 'liquidated', quantity: '1200', debt: '-1200' });
    const steps = await finish(id, () => world.quoteAround(0.11, '6000'));
    expect(steps.at(-1)?.status).toBe('open');
    const { marginRatio } = (await world.changesOf(trader, id)).at(-1) ?? {};
    expect(Number(marginRatio)).toBeGreaterThanOrEqual(0.125);
  });

  it('goes on below 12.5%, though above 10%, once it has begun', async () => {
    const { trader, id } = await fence('long', { quantity: '5000' });
    await world.margin.liquidate(id);
    await world.jump(0.0885, '2500');
    const { position } = await world.margin.liquidate(id);
    expect(position.status).toBe('liquidating');
    const ratios = (await world.changesOf(trader, id)).map(({ marginRatio }) =>
      Number(marginRatio),
    );
    expect(ratios.slice(-2)).toEqual([expect.closeTo(0.105, 2), expect.closeTo(0.1226, 3)]);
    // recovered by the mark alone
    await world.jump(0.1, '5000');
    const recovered = await world.margin.liquidate(id);
    expect(recovered.position.status).toBe('open');
    expect((await world.changesOf(trader, id)).at(-1)).toMatchObject({
      kind: 'recovered',
      quantity: '0',
      penalty: '0',
    });
  });

  it('is spared when the mark has recovered before the first order', async () => {
    const { trader, id } = await fence();
    await world.jump(0.0895, '60000');
    const { position, next } = await world.margin.liquidate(id);
    expect(next).toEqual({ kind: 'watch', waitMs: 0 });
    expect(position).toMatchObject({ status: 'open', quantity: '4990.01', penalties: '0' });
    expect((await world.changesOf(trader, id)).map(({ kind }) => kind)).toEqual([
      'opened',
      'fenced',
      'spared',
    ]);
    // and may be crossed again
    await world.jump(0.088, '60000');
    await world.tick();
    expect((await world.get(trader, id)).status).toBe('liquidating');
  });
});

describe('a liquidation and others', () => {
  it('is not stopped by a bid of its owner on top of the book, which it ends', async () => {
    const { trader, id } = await fence();
    const { order } = await world.place(trader, { side: 'buy', price: '0.08795', quantity: '1' });
    expect(order.status).toBe('open');
    expect((await world.margin.liquidate(id)).position.status).toBe('closed');
    expect(await world.orders.get(trader, order.id)).toMatchObject({
      status: 'expired',
      reason: 'self_trade_prevention',
      filledQuantity: '0',
    });
  });

  it('leaves a bid of its owner where it is, if nobody else is there', async () => {
    const { trader, id } = await fence('long', { quantity: null });
    const { order } = await world.place(trader, { side: 'buy', price: '0.088', quantity: '5000' });
    expect((await world.margin.liquidate(id)).position.status).toBe('liquidating');
    expect((await world.orders.get(trader, order.id)).status).toBe('open');
  });

  it('stands before all that users have queued', async () => {
    const { trader, id } = await fence();
    const seller = await world.addTrader('1', '10000');
    const committer = world.openCommitter();
    const answered: string[] = [];
    const terms = termsOf({ side: 'sell', price: '0.08', quantity: '1' });
    const sell = (i: number) =>
      committer
        .submit(
          placeOrder,
          { userId: seller, clientOrderId: `queued-${i}`, terms },
          { actor: seller },
        )
        .then(() => answered.push('user'));
    const queued = Array.from({ length: 200 }, (_, i) => sell(i));
    const input = { positionId: id, userId: trader, side: 'long', isMonitor: true } as const;
    const liquidation = committer
      .submit(liquidatePosition, input, { actor: 'margin-monitor' })
      .then(() => answered.push('liquidation'));
    await Promise.all([...queued, liquidation]);
    expect(answered[0]).toBe('liquidation');
    // all in one batch: the first trade is the liquidation's
    const trades = await world
      .db('trades')
      .select<{ source: string; at: number }[]>('source', 'at')
      .orderBy('id', 'desc')
      .limit(201);
    expect(trades.map(({ source }) => source)).toEqual([
      ...Array.from({ length: 200 }, () => 'order'),
      'liquidation',
    ]);
    expect(new Set(trades.map(({ at }) => at)).size).toBe(1);
  });
});
