// A buyback's steps (DESIGN 2.5): the split, the slices and the burn, each once, with their figures.
import { operatorCaller } from '../credits/world';
import { createWorld, type World } from './world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
/** Proves the books, too. */
afterEach(() => world.close());

describe('a run', () => {
  it('closes the books, splits the profit, buys in four slices for two funds and burns once', async () => {
    await world.sell('0.1');
    await world.mark('0.1');
    const { buyback } = await world.runExtra();

    expect(buyback.close).toMatchObject({
      shortfalls: '0',
      movedToCost: '0',
      profit: '500',
      tradingFees: '0',
      fundShare: '100',
      freeCalls: '10',
      prize: '20',
      treasuryShare: '400',
    });
    expect(buyback).toMatchObject({
      status: 'completed',
      kind: 'extra',
      reason: 'A test',
      mark: '0.1',
      averageMark: '0.1',
      priceCap: '0.105',
      burn: { carriedOver: '0', budget: '70' },
      prize: { carriedOver: '0', budget: '20' },
    });
    expect(buyback.slices.map((slice) => [slice.slice, slice.for])).toEqual(
      [1, 2, 3, 4].flatMap((slice) => [
        [slice, 'burn'],
        [slice, 'prize'],
      ]),
    );
    // 17,482 lots at 0.1 are 17.482 Credits; 10 bps of that, and the next lot would not fit.
    expect(buyback.slices[0]).toMatchObject({
      budget: '17.5',
      spent: '17.499482',
      fee: '0.017482',
      bought: '174.82',
      averagePrice: '0.1',
      reason: null,
    });

    expect(await world.balanceOf('revenue')).toBe('0');
    expect(await world.balanceOf('free_calls')).toBe('10');
    expect(await world.balanceOf('treasury')).toBe('400');
    expect(await world.balanceOf('black_hole', 'LCO')).toBe(buyback.burn.bought);
    expect(buyback.burned).toBe(buyback.burn.bought);
    expect(await world.balanceOf('prize_pool', 'LCO')).toBe(buyback.prize.bought);
    expect(await world.balanceOf('ecosystem_fund', 'LCO')).toBe('0');
    expect(await world.balanceOf('prize_fund', 'LCO')).toBe('0');
    // What buys no further lot is left for the next run.
    const spent = Number(buyback.burn.spent);
    expect(Number(await world.balanceOf('ecosystem_fund'))).toBeCloseTo(70 - spent, 8);
    expect(70 - spent).toBeLessThan(0.0011);
  });

  it('moves its orders through the market like anybody, marked as a buyback', async () => {
    await world.sell('0.1');
    await world.mark('0.1');
    const { buyback } = await world.runExtra();
    const trades = await world
      .db('trades')
      .select<{ source: string; owner: string; lots: number }[]>({
        source: 'source',
        owner: 'taker_owner_id',
        lots: 'lots',
      })
      .orderBy('id');
    expect(trades).toHaveLength(8);
    expect(new Set(trades.map(({ source }) => source))).toEqual(new Set(['buyback']));
    const bought = trades
      .filter(({ owner }) => owner === 'ecosystem_fund')
      .reduce((sum, { lots }) => sum + lots, 0);
    expect(bought / 100).toBe(Number(buyback.burn.bought));
    expect(await world.balanceOf('trading_fees')).not.toBe('0');
  });

  it('takes each step once, however often and at once it is asked', async () => {
    await world.sell('0.1');
    await world.mark('0.1');
    const { buyback } = await world.buybacks.openExtra(operatorCaller(world.operator), 'Twice');
    let progress = await world.buybacks.start(buyback.id);
    while (progress.next.kind !== 'nothing') {
      const now = progress;
      const answers = await Promise.all([1, 2, 3].map(() => world.step(buyback.id, now)));
      const revisions = answers.map(({ revision }) => revision);
      expect(Math.max(...revisions)).toBe(now.revision + 1);
      progress = await world.buybacks.start(buyback.id);
      expect(progress.revision).toBe(now.revision + 1);
    }
    const orders = await world.db('orders').where('source', 'buyback');
    expect(orders).toHaveLength(8);
    const kinds = await world
      .db('journal_transfers')
      .whereIn('kind', ['buyback_profit', 'buyback_split'])
      .pluck<string[]>('kind');
    expect(kinds.sort()).toEqual(['buyback_profit', 'buyback_split']);
    expect(await world.balanceOf('black_hole', 'LCO')).toBe(progress.buyback.burned);
  });

  it('never pays more than the cap, and leaves what it cannot spend to the next run', async () => {
    // The lower of mark and average is 0.08: at most 0.084.
    await world.sell('0.084', '100');
    await world.sell('0.085');
    await world.mark('0.1', { average: '0.08' });
    const first = await world.runExtra();
    expect(first.buyback).toMatchObject({
      status: 'completed',
      mark: '0.1',
      averageMark: '0.08',
      priceCap: '0.084',
      burn: { bought: '100', budget: '140' },
      prize: { bought: '0', spent: '0' },
    });
    expect(first.buyback.slices.map(({ reason }) => reason)).toEqual(Array(8).fill('price_cap'));
    const left = await world.balanceOf('ecosystem_fund');
    expect(Number(left)).toBeCloseTo(140 - 8.4084, 8);

    await world.mark('0.09');
    const second = await world.runExtra();
    expect(second.buyback.priceCap).toBe('0.0945');
    expect(second.buyback.burn.carriedOver).toBe(left);
    expect(Number(second.buyback.burn.bought)).toBeGreaterThan(1_500);
    expect(second.buyback.burnSeq).not.toBe(first.buyback.burnSeq);
  });

  it('goes on within a slice when an order has met as many makers as it may', async () => {
    // 1,200 crumbs of the least that may be offered, before what is really for sale.
    const crumbs = await Promise.all(
      Array.from({ length: 6 }, () => world.addTrader('0.01', '10000')),
    );
    const quotes = crumbs.flatMap((seller) =>
      Array.from({ length: 200 }, () =>
        world.place(seller, { side: 'sell', price: '0.1', quantity: '0.1' }),
      ),
    );
    await Promise.all(quotes);
    await world.sell('0.101');
    await world.mark('0.1');
    const { buyback } = await world.runExtra();
    const [burn, prize] = buyback.slices;
    // 500 + 500 + 200 crumbs of 0.01 Credit each, then the rest of the budget.
    expect(burn?.orderIds).toHaveLength(3);
    expect(prize?.orderIds).toHaveLength(1);
    expect(buyback.slices.map(({ reason }) => reason)).toEqual(Array(8).fill(null));
    expect(Number(burn?.spent)).toBeGreaterThan(Number(burn?.budget) - 0.002);
    const orders = await world.db('orders').where('source', 'buyback').orderBy('number');
    expect(orders).toHaveLength(10);
    expect(orders.slice(0, 2).map(({ reason }) => reason as string)).toEqual([
      'fill_limit',
      'fill_limit',
    ]);
  });

  it('buys and burns nothing in an empty book, without a burn record', async () => {
    await world.addTrader('1', '10000');
    await world.mark('0.1');
    const { buyback } = await world.runExtra();
    expect(buyback).toMatchObject({
      status: 'completed',
      burn: { spent: '0' },
      burned: '0',
      burnSeq: null,
    });
    expect(buyback.slices.map(({ reason }) => reason)).toEqual(Array(8).fill('no_liquidity'));
    expect(await world.balanceOf('ecosystem_fund')).toBe('70');
  });

  it('places no order for less than the market takes', async () => {
    await world.mark('0.1');
    const { buyback } = await world.runExtra();
    expect(buyback.close).toMatchObject({ profit: '0', fundShare: '0' });
    expect(buyback.slices).toHaveLength(8);
    expect(buyback.slices[0]).toMatchObject({ orderIds: [], reason: 'too_little_to_spend' });
    expect(await world.db('orders')).toHaveLength(0);
  });

  it('without a mark closes and splits, and the buying waits for the next run', async () => {
    await world.sell('0.1');
    const { buyback, next } = await world.runExtra();
    expect(next).toEqual({ kind: 'nothing' });
    expect(buyback).toMatchObject({
      status: 'no_mark',
      mark: null,
      priceCap: null,
      slices: [],
      close: { profit: '500' },
    });
    expect(await world.balanceOf('ecosystem_fund')).toBe('70');
    expect(await world.balanceOf('prize_fund')).toBe('20');

    await world.mark('0.1');
    const second = await world.runExtra();
    expect(second.buyback).toMatchObject({
      status: 'completed',
      close: { profit: '0' },
      burn: { carriedOver: '70', budget: '70' },
    });
    expect(Number(second.buyback.burned)).toBeGreaterThan(690);
  });

  it('waits a while for a mark whose ticks have stopped, and then does without', async () => {
    await world.sell('0.1');
    await world.mark('0.1', { ageMs: 10_001 });
    const patient = world.buybacksOf(1_200);
    const { buyback } = await patient.openExtra(operatorCaller(world.operator), 'A late mark');
    const late = await patient.start(buyback.id);
    expect(late.next).toMatchObject({ kind: 'start', why: 'mark' });
    expect(late.buyback).toMatchObject({ status: 'opened', close: null });
    const over = await world.run(buyback.id, patient);
    expect(over.buyback.status).toBe('no_mark');

    await world.mark('0.1', { ageMs: 10_001 });
    const again = await patient.openExtra(operatorCaller(world.operator), 'A late mark');
    await patient.start(again.buyback.id);
    await world.mark('0.1');
    expect((await patient.start(again.buyback.id)).buyback.status).toBe('buying');
    await world.run(again.buyback.id, patient);
  });
});
