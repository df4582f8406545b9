import { refusal } from '../support/refusals';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
});
afterEach(() => world.end());

describe('closing in full', () => {
  it('sells a long, repays its debt and pays out the rest', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.quoteAround(0.101);
    const { position, closedQuantity } = await world.close(trader, id);
    // 4990.01 at 0.100899 are 503.48701899, less 0.50348702 and the debt of 399.99950101
    expect(closedQuantity).toBe('4990.01');
    expect(position).toMatchObject({
      status: 'closed',
      closeReason: 'closed_by_owner',
      quantity: '0',
      debt: '0',
      paidIn: '100',
      paidOut: '102.98403096',
      profit: '2.98403096',
      equity: null,
    });
    expect(await world.availableOf(trader, 'CREDIT')).toBe('1002.98403096');
    expect(await world.platformOf('lending', 'CREDIT')).toBe('4000');
    expect((await world.changesOf(trader, id)).at(-1)).toMatchObject({
      kind: 'closed',
      quantity: '4990.01',
      debt: '-399.99950101',
      paidOut: '102.98403096',
    });
  });

  it('buys what a short owes, rounded up to a lot, and the surplus is the owner’s', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader, { side: 'short' });
    // a second of interest is less than a lot
    await world.tick();
    const owed = (await world.get(trader, id)).debt;
    expect(owed).toBe('5000');
    const { position, closedQuantity } = await world.close(trader, id);
    expect(closedQuantity).toBe('5000.01');
    const [credits, surplus] = [
      await world.availableOf(trader, 'CREDIT'),
      Number(await world.availableOf(trader, 'LCO')),
    ];
    // 5000.01 at 0.1001 are 500.501001, less 0.50050101 more, of 599.0005
    expect(position).toMatchObject({ status: 'closed', paidOut: '97.99899799', credits: '0' });
    expect(credits).toBe('997.99899799');
    expect(surplus).toBeGreaterThan(0);
    expect(surplus).toBeLessThan(0.01);
    expect(Number(await world.platformOf('lending', 'LCO')) + surplus).toBeCloseTo(40_000.01, 7);
  });

  it('twice at once is done once', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    const settled = await Promise.allSettled([world.close(trader, id), world.close(trader, id)]);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(settled.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: refusal('STATE_CONFLICT', { status: 'closed' }),
    });
    const again = await world.addTrader('1000');
    const second = await world.open(again);
    const same = await Promise.all([
      world.close(again, second.id, 10_000, 'once'),
      world.close(again, second.id, 10_000, 'once'),
    ]);
    expect(same[0]).toEqual(same[1]);
    expect((await world.changesOf(again, second.id)).map(({ kind }) => kind)).toEqual([
      'opened',
      'closed',
    ]);
  });

  it('is open to who is frozen', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.freeze(trader);
    expect((await world.close(trader, id)).position.status).toBe('closed');
  });

  it('ends own orders that are in the way', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    const { order } = await world.place(trader, { side: 'buy', price: '0.1', quantity: '10' });
    expect((await world.close(trader, id)).closedQuantity).toBe('4990.01');
    expect(await world.orders.get(trader, order.id)).toMatchObject({
      status: 'expired',
      reason: 'self_trade_prevention',
      filledQuantity: '0',
    });
  });
});

describe('closing in part', () => {
  it('of a long sells the fraction in whole lots, repays as much of its debt, and pays out the rest', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const opened = await world.open(trader);
    const { position, closedQuantity } = await world.close(trader, opened.id, 2_500);
    // a quarter of 499001 lots is 124750.25; its debt is 399.99950101 x 124750 / 499001, rounded up
    expect(closedQuantity).toBe('1247.5');
    expect(position).toMatchObject({
      status: 'open',
      quantity: '3742.51',
      debt: '299.99982615',
      // 1247.5 at 0.0999 are 124.62525, less 0.12462525 and 99.99967486
      paidOut: '24.50094989',
    });
    expect(Number(position.marginRatio)).toBeGreaterThanOrEqual(Number(opened.marginRatio));
    expect((await world.changesOf(trader, opened.id)).at(-1)?.kind).toBe('closed_in_part');
  });

  it('of a short buys the fraction rounded up to a lot, out of as much of its Credits', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const opened = await world.open(trader, { side: 'short', collateral: '33.333' });
    expect(opened.debt).toBe('1666.65');
    const { position, closedQuantity } = await world.close(trader, opened.id, 3_333);
    // 1666.65 x 0.3333 = 555.494…, rounded up
    expect(closedQuantity).toBe('555.5');
    expect(position.status).toBe('open');
    expect(Number(position.debt)).toBeCloseTo(1111.15, 6);
    expect(Number(position.marginRatio)).toBeGreaterThanOrEqual(Number(opened.marginRatio) - 1e-6);
    await world.close(trader, opened.id);
    expect(Number(await world.availableOf(trader, 'CREDIT'))).toBeCloseTo(
      // bought back at 20 bps more than it was sold for, and two fees
      1000 - 166.665 * 0.004,
      2,
    );
  });

  it('takes what the book has within the band; the rest stays open', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.quote({ bid: '0.0999', ask: '0.1001', quantity: '1000' });
    // 10% below the mark and a tick lower
    await world.place(world.maker, { side: 'buy', price: '0.09', quantity: '1000' });
    await world.place(world.maker, { side: 'buy', price: '0.089999', quantity: '60000' });
    const { position, closedQuantity } = await world.close(trader, id);
    expect(closedQuantity).toBe('2000');
    expect(position).toMatchObject({ status: 'open', quantity: '2990.01' });
    await expect(world.close(trader, id)).rejects.toEqual(
      refusal('POSITION_NOT_FILLED', { reason: 'price_band' }),
    );
    expect((await world.get(trader, id)).quantity).toBe('2990.01');
  });

  it('never sells for less than what is owed', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.setParameter('exchange.marketBandBps', 2_500);
    expect((await world.get(trader, id)).bankruptcyPrice).toBe('0.080240300302');
    await world.quote({ bid: '0.08024', ask: '0.1001', quantity: '60000' });
    await expect(world.close(trader, id)).rejects.toEqual(
      refusal('POSITION_NOT_FILLED', { reason: 'price_band' }),
    );
    await world.quote({ bid: '0.080241', ask: '0.1001', quantity: '60000' });
    const { position } = await world.close(trader, id);
    // a tick more: 400.40339241, less 0.4004034 and the debt
    expect(position).toMatchObject({ status: 'closed', debt: '0', paidOut: '0.003488' });
  });

  it('of less than a lot, or with nobody there, is refused', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader, { collateral: '10', leverage: 110 });
    // 1 of 10,000 of 109.78 LCO is 0.0109…; a hundredth of what is left of it is less
    await world.close(trader, id, 9_900);
    await expect(world.close(trader, id, 50)).rejects.toEqual(refusal('AMOUNT_OUT_OF_RANGE'));
    await world.withdrawQuotes();
    await expect(world.close(trader, id)).rejects.toEqual(
      refusal('POSITION_NOT_FILLED', { reason: 'no_liquidity' }),
    );
    await expect(world.close(trader, '00000000-0000-8000-8000-000000000000')).rejects.toEqual(
      refusal('POSITION_NOT_FOUND'),
    );
  });
});
