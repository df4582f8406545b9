import { randomUUID } from 'node:crypto';
import { parseAmount } from '../../domain/money';
import { callerOf } from '../credits/world';
import { termsOf } from '../exchange/world';
import { refusal } from '../support/refusals';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
});
afterEach(() => world.end());

/** What must be as it was when nothing was done. */
async function picture(userId: string) {
  return {
    funds: await world.fundsOf(userId),
    positions: (await world.margin.list(userId, undefined, { limit: 10 })).items.length,
    fees: await world.platformOf('trading_fees'),
    credits: await world.platformOf('lending', 'CREDIT'),
    lco: await world.platformOf('lending', 'LCO'),
  };
}

describe('a long', () => {
  it('spends five times its collateral, fee included, and owes the rest', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const position = await world.open(trader);
    // 499001 lots at 0.1001 are 499.500001, 10 bps of them rounded up 0.49950001: 0.00049899 of 500 repay at once
    expect(position).toMatchObject({
      side: 'long',
      status: 'open',
      leverage: '5',
      quantity: '4990.01',
      credits: '0',
      debtAsset: 'CREDIT',
      debt: '399.99950101',
      entryPrice: '0.1001',
      mark: '0.1',
      // 4990.01 x 0.1 x 0.999 - 399.99950101 = 98.50249799, of 499.001
      equity: '98.50249799',
      marginRatio: '0.197399399981',
      // 399.99950101 / (4990.01 x 0.899)
      liquidationPrice: '0.089165806454',
      bankruptcyPrice: '0.080240300302',
      paidIn: '100',
      paidOut: '0',
    });
    expect(await world.fundsOf(trader)).toEqual({ credits: ['900', '0'], lco: ['0', '0'] });
    expect(await world.platformOf('lending', 'CREDIT')).toBe('3600.00049899');
    expect(await world.platformOf('trading_fees')).toBe('0.49960001'); // 0.0001 of them of the trade before
    expect(await world.changesOf(trader, position.id)).toMatchObject([
      { number: 1, kind: 'opened', quantity: '4990.01', debt: '399.99950101', paidIn: '100' },
    ]);
  });

  it('with hardly any leverage owes nothing, is never crossed, and gives back what bought no lot', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    // 10.1 Credits at 0.1001 and 10 bps buy 10079 lots for 10.089079 and 0.01008908
    const position = await world.open(trader, { collateral: '10', leverage: 101 });
    expect(position).toMatchObject({ quantity: '100.79', debt: '0.09916808', paidOut: '0' });
    await world.adjust(trader, position.id, position.debt);
    const free = await world.get(trader, position.id);
    expect(free).toMatchObject({ debt: '0', liquidationPrice: null, bankruptcyPrice: null });
    await world.jump(0.001);
    await world.tick();
    expect(await world.get(trader, position.id)).toMatchObject({ status: 'open' });
  });
});

describe('a short', () => {
  it('sells whole lots worth five times its collateral at the mark, and holds all of the proceeds', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const position = await world.open(trader, { side: 'short' });
    // 5000 LCO at 0.0999 are 499.5, less 0.4995
    expect(position).toMatchObject({
      side: 'short',
      status: 'open',
      quantity: '5000',
      credits: '599.0005',
      debtAsset: 'LCO',
      debt: '5000',
      entryPrice: '0.0999',
      equity: '98.5005',
      marginRatio: '0.197001',
      // 599.0005 / (5000 x 1.101)
      liquidationPrice: '0.108810263397',
      bankruptcyPrice: '0.11968041958',
    });
    expect(await world.fundsOf(trader)).toEqual({ credits: ['900', '0'], lco: ['0', '0'] });
    expect(await world.platformOf('lending', 'LCO')).toBe('35000');
  });

  it('sells no more than that where the mark lies between lots', async () => {
    await world.openMarket({ price: 0.07 });
    const trader = await world.addTrader('1000');
    // 35 / 0.07 = 500; 33.3 / 0.07 = 475.714…
    const position = await world.open(trader, { side: 'short', collateral: '11.1', leverage: 300 });
    expect(position.debt).toBe('475.71');
  });
});

describe('an opening', () => {
  it('asked for twice under one key is one position', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const [first, second] = await Promise.all([
      world.open(trader, { key: 'once' }),
      world.open(trader, { key: 'once' }),
    ]);
    expect(second).toEqual(first);
    expect(await world.open(trader, { key: 'once' })).toEqual(first);
    expect(await world.availableOf(trader, 'CREDIT')).toBe('900');
    expect((await world.margin.list(trader, true, { limit: 10 })).items).toHaveLength(1);
    await expect(
      world.margin.open(callerOf(trader, 'user', 'once', 'another body'), {
        side: 'short',
        collateral: parseAmount('100'),
        leverage: 500,
        maxSlippageBps: 100,
      }),
    ).rejects.toEqual(refusal('IDEMPOTENCY_MISMATCH'));
  });

  it('asked for twice at once under two keys is two, as long as there are Credits for both', async () => {
    await world.openMarket();
    const rich = await world.addTrader('200');
    const two = await Promise.all([world.open(rich), world.open(rich)]);
    expect(new Set(two.map(({ id }) => id)).size).toBe(2);
    const poor = await world.addTrader('150');
    const settled = await Promise.allSettled([world.open(poor), world.open(poor)]);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const refused = settled.find(({ status }) => status === 'rejected');
    expect(refused).toMatchObject({ reason: refusal('INSUFFICIENT_FUNDS') });
    expect(await world.availableOf(poor, 'CREDIT')).toBe('50');
  });

  it('is nobody else’s to see or to act on', async () => {
    await world.openMarket();
    const [trader, other] = [await world.addTrader('1000'), await world.addTrader('1000')];
    const { id } = await world.open(trader);
    const notFound = refusal('POSITION_NOT_FOUND');
    for (const attempt of [
      () => world.get(other, id),
      () => world.close(other, id),
      () => world.adjust(other, id, '1'),
      () => world.setTriggers(other, id, { stopLoss: '0.09' }),
      () => world.margin.history(other, id, { limit: 10 }),
    ]) {
      await expect(attempt()).rejects.toEqual(notFound);
    }
    expect((await world.margin.list(other, undefined, { limit: 10 })).items).toEqual([]);
    expect((await world.get(trader, id)).status).toBe('open');
  });

  it('is refused to who is frozen, has too little, or puts in less than 10', async () => {
    await world.openMarket();
    const trader = await world.addTrader('99.99');
    await expect(world.open(trader)).rejects.toEqual(refusal('INSUFFICIENT_FUNDS'));
    await expect(world.open(trader, { collateral: '9.99999999' })).rejects.toEqual(
      refusal('AMOUNT_OUT_OF_RANGE', { minimum: '10' }),
    );
    await world.freeze(trader);
    await expect(world.open(trader, { collateral: '10' })).rejects.toEqual(refusal('USER_FROZEN'));
    await world.unfreeze(trader);
    expect((await world.open(trader, { collateral: '10' })).status).toBe('open');
  });

  it('needs a mark', async () => {
    const trader = await world.addTrader('1000');
    await expect(world.open(trader)).rejects.toEqual(refusal('MARK_UNAVAILABLE'));
    await world.tick();
    await expect(world.open(trader)).rejects.toEqual(refusal('MARK_UNAVAILABLE'));
  });

  it('goes by a mark of ten seconds at most, as does taking collateral out', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader, { collateral: '50', leverage: 200 });
    // what is committed ahead takes journal time along, for everybody
    const passed = async (ms: number) => {
      world.pass(ms);
      await world.ordersOn(world.ahead).place(callerOf(trader), randomUUID(), quiet);
    };
    const quiet = termsOf({ side: 'buy', price: '0.05', quantity: '1' });
    await world.adjust(trader, id, '5');
    await world.tick();
    await passed(9_000);
    await world.open(trader, { collateral: '10' });
    await world.adjust(trader, id, '-1');
    await passed(1_001);
    const stale = refusal('MARK_UNAVAILABLE');
    await expect(world.open(trader, { collateral: '10' })).rejects.toEqual(stale);
    await expect(world.adjust(trader, id, '-1')).rejects.toEqual(stale);
    // closing and adding go on
    await world.adjust(trader, id, '1');
    await world.close(trader, id);
  });

  it('needs a book that is deep on both sides, at the tick before and now', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    await world.quote({ bid: '0.0999', ask: '0.1001', quantity: '1000' });
    await expect(world.open(trader, { collateral: '10' })).rejects.toEqual(
      refusal('MARKET_NOT_TWO_SIDED'),
    );
    await world.tick();
    await world.quoteAround(0.1);
    await expect(world.open(trader, { collateral: '10' })).rejects.toEqual(
      refusal('MARKET_NOT_TWO_SIDED'),
    );
    await world.tick();
    expect((await world.open(trader, { collateral: '10' })).status).toBe('open');
  });

  it('with an own order in the way is refused as a whole, and the order stays', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000', '10000');
    const { order } = await world.place(trader, { side: 'sell', price: '0.1', quantity: '1000' });
    const before = await picture(trader);
    await expect(world.open(trader)).rejects.toEqual(
      refusal('POSITION_NOT_FILLED', { reason: 'self_trade_prevention' }),
    );
    expect(await picture(trader)).toEqual(before);
    expect((await world.orders.get(trader, order.id)).status).toBe('open');
  });

  it('beyond its slippage is refused as a whole', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const before = await picture(trader);
    // the ask is 10 bps from the mark
    await expect(world.open(trader, { maxSlippageBps: 9 })).rejects.toEqual(
      refusal('POSITION_NOT_FILLED', { reason: 'slippage' }),
    );
    await expect(world.open(trader, { side: 'short', maxSlippageBps: 9 })).rejects.toEqual(
      refusal('POSITION_NOT_FILLED', { reason: 'slippage' }),
    );
    expect(await picture(trader)).toEqual(before);
    expect((await world.open(trader, { maxSlippageBps: 10 })).status).toBe('open');
    expect((await world.open(trader, { side: 'short', maxSlippageBps: 10 })).status).toBe('open');
  });

  it('takes no more than rests there, and nothing of it when that is too little', async () => {
    await world.openMarket({ quantity: '6000' });
    const trader = await world.addTrader('1000', '10000');
    // 200 x 5 are 10,000 LCO: 6,000 rest
    const before = await picture(trader);
    await expect(world.open(trader, { collateral: '200' })).rejects.toEqual(
      refusal('POSITION_NOT_FILLED', { reason: 'no_liquidity' }),
    );
    expect(await picture(trader)).toEqual(before);
  });

  it('at a price far from the day’s average is refused: its ratio is taken at the worse of the two', async () => {
    await world.openMarket();
    await world.tickFor(60);
    const trader = await world.addTrader('1000');
    // a long at 0.112 would have a ratio of 20% there, and below 12.5% at the average of 0.1
    await world.jump(0.112, '60000');
    await world.tick();
    await expect(world.open(trader)).rejects.toMatchObject({
      code: 'MARGIN_RATIO_TOO_LOW',
      details: { least: '0.125' },
    });
    expect((await world.open(trader, { leverage: 300 })).status).toBe('open');
    // of a short the average is the better one
    expect((await world.open(trader, { side: 'short' })).status).toBe('open');
  });

  it('of one user stays below a quarter of the depth, of all below the depth', async () => {
    // 12,000 LCO at 0.0999 within 4% of the mark: 1198.8 Credits of bids, a quarter of it is 299.7
    await world.openMarket({ quantity: '12000' });
    const traders = await Promise.all(Array.from({ length: 5 }, () => world.addTrader('1000')));
    const [first = '', second = '', third = '', fourth = '', last = ''] = traders;
    await expect(world.open(first, { collateral: '75' })).rejects.toMatchObject({
      code: 'DEBT_LIMIT',
      details: { asset: 'CREDIT', depth: '1198.8' },
    });
    for (const trader of [first, second, third, fourth]) {
      await world.open(trader, { collateral: '74' });
      await world.quoteAround(0.1, '12000');
    }
    // of one: 296 and 40; of all: 1184 and 40
    for (const trader of [first, last]) {
      await expect(world.open(trader, { collateral: '10' })).rejects.toMatchObject({
        code: 'DEBT_LIMIT',
      });
    }
    // the other side has room of its own: 12,000 LCO of asks, a quarter of it is 3000
    await expect(world.open(last, { side: 'short', collateral: '60' })).rejects.toMatchObject({
      code: 'DEBT_LIMIT',
      details: { asset: 'LCO', depth: '12000', ownDebt: '3000' },
    });
    await world.open(last, { side: 'short', collateral: '59' });
  });

  it('borrows no more than 85% of a pool', async () => {
    await world.openMarket({ credits: '470', lco: '5880' });
    const trader = await world.addTrader('1000');
    // 400 of 470 are 85.1%; 5000 of 5880 are 85.03%
    const before = await picture(trader);
    await expect(world.open(trader)).rejects.toMatchObject({
      code: 'POOL_UTILISATION_LIMIT',
      details: { asset: 'CREDIT', asked: '400', lent: '0', cash: '470' },
    });
    await expect(world.open(trader, { side: 'short' })).rejects.toMatchObject({
      code: 'POOL_UTILISATION_LIMIT',
      details: { asset: 'LCO', asked: '5000' },
    });
    expect(await picture(trader)).toEqual(before);
    await world.open(trader, { collateral: '99.875' });
    await world.open(trader, { side: 'short', collateral: '99.96' });
  });

  it('is one of a hundred at most', async () => {
    await world.openMarket();
    const trader = await world.addTrader('2000');
    const small = { collateral: '10', leverage: 110 };
    const sides = Array.from({ length: 50 }, () => ['long', 'short'] as const).flat();
    await Promise.all(sides.map((side) => world.open(trader, { ...small, side })));
    await expect(world.open(trader, small)).rejects.toEqual(
      refusal('POSITION_LIMIT', { open: 100 }),
    );
    const [last] = (await world.margin.list(trader, true, { limit: 1 })).items;
    await world.close(trader, last?.id ?? '');
    expect((await world.open(trader, small)).status).toBe('open');
  });
});
