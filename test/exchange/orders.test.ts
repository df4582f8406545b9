import type { DomainErrorCode } from '../../domain/errors';
import { refusal } from '../support/refusals';
import { createWorld, type Ask, type World } from './world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

describe('limit orders', () => {
  it('hold price x quantity and the larger fee, and give it back when they are cancelled', async () => {
    const buyer = await world.addTrader('100');
    const { order } = await world.place(buyer, { side: 'buy', price: '0.05', quantity: '1000' });
    expect(order).toMatchObject({ status: 'open', held: '50.05', filledQuantity: '0' });
    expect((await world.fundsOf(buyer)).credits).toEqual(['49.95', '50.05']);
    const cancelled = await world.cancel(buyer, order.id);
    expect(cancelled).toMatchObject({
      status: 'cancelled',
      reason: 'cancelled_by_owner',
      held: '0',
    });
    expect((await world.fundsOf(buyer)).credits).toEqual(['100', '0']);
  });

  it('trade at the price of the one that rested, the taker paying the fee', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    const { order: ask } = await world.place(seller, {
      side: 'sell',
      price: '0.04',
      quantity: '500',
    });
    const { order, fills } = await world.place(buyer, {
      side: 'buy',
      price: '0.05',
      quantity: '1000',
    });
    expect(fills).toEqual([
      expect.objectContaining({
        side: 'buy',
        role: 'taker',
        price: '0.04',
        quantity: '500',
        notional: '20',
        fee: '0.02',
      }),
    ]);
    // 500 rest at 0.05: 25 Credits and 10 bps of them
    expect(order).toMatchObject({
      status: 'open',
      filledQuantity: '500',
      held: '25.025',
      fee: '0.02',
    });
    expect((await world.fundsOf(buyer)).credits).toEqual(['54.955', '25.025']);
    expect((await world.fundsOf(buyer)).lco).toEqual(['500', '0']);
    expect((await world.fundsOf(seller)).credits).toEqual(['20.01', '0']);
    expect(await world.orders.get(seller, ask.id)).toMatchObject({ status: 'filled', fee: '0' });
    expect(await world.platformCredits('trading_fees')).toBe('0.02');
  });

  it('that rest and are filled give back what the larger fee would have cost', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.place(buyer, { side: 'buy', price: '0.05', quantity: '1000' });
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '400' });
    expect((await world.fundsOf(buyer)).credits).toEqual(['49.97', '30.03']);
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '600' });
    expect((await world.fundsOf(buyer)).credits).toEqual(['50', '0']);
  });

  it('are filled in the order of price, then of arrival', async () => {
    const sellers = await Promise.all([1, 2, 3].map(() => world.addTrader('0.01', '10000')));
    const [first, second, third] = sellers as [string, string, string];
    const buyer = await world.addTrader('100');
    await world.place(first, { side: 'sell', price: '0.05', quantity: '10' });
    await world.place(second, { side: 'sell', price: '0.04', quantity: '10' });
    await world.place(third, { side: 'sell', price: '0.05', quantity: '10' });
    const { fills } = await world.place(buyer, { side: 'buy', price: '0.06', quantity: '25' });
    expect(fills.map(({ price, quantity }) => [price, quantity])).toEqual([
      ['0.04', '10'],
      ['0.05', '10'],
      ['0.05', '5'],
    ]);
    expect((await world.fundsOf(third)).lco).toEqual(['9990', '5']);
  });

  it.each([
    ['IOC', { timeInForce: 'IOC' }, 'expired', 'immediate_or_cancel', '10'],
    ['FOK', { timeInForce: 'FOK' }, 'expired', 'fill_or_kill', '0'],
  ] as const)('%s end with what was there', async (_, over, status, reason, filled) => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '10' });
    const { order } = await world.place(buyer, {
      side: 'buy',
      price: '0.05',
      quantity: '25',
      ...over,
    });
    expect(order).toMatchObject({ status, reason, filledQuantity: filled, held: '0' });
    expect((await world.fundsOf(buyer)).credits[1]).toBe('0');
  });

  it('that are post-only are refused when they would match, and rest otherwise', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '10' });
    const ask: Ask = { side: 'buy', price: '0.05', quantity: '10', postOnly: true };
    await expect(world.place(buyer, ask)).rejects.toEqual(refusal('POST_ONLY_WOULD_TAKE'));
    const { order } = await world.place(buyer, { ...ask, price: '0.049999' });
    expect(order.status).toBe('open');
  });
});

describe('market orders', () => {
  it('are not taken before there is a mark', async () => {
    const buyer = await world.addTrader('100');
    await expect(world.place(buyer, { side: 'buy', quantity: '10' })).rejects.toEqual(
      refusal('MARK_UNAVAILABLE'),
    );
  });

  it('spend a quote quantity with the fee in it, and no more', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '1000' });
    await world.setMark('0.05');
    const { order } = await world.place(buyer, { side: 'buy', quoteQuantity: '10' });
    // 199.80 LCO cost 9.99 and a fee of 0.00999; one lot more would pass 10
    expect(order).toMatchObject({ status: 'filled', filledQuantity: '199.8', fee: '0.00999' });
    expect((await world.fundsOf(buyer)).credits).toEqual(['90.00001', '0']);
  });

  it('stop at the band around the mark, whose edge is inside', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.place(seller, { side: 'sell', price: '0.055', quantity: '10' });
    await world.place(seller, { side: 'sell', price: '0.055001', quantity: '10' });
    await world.setMark('0.05');
    const { order } = await world.place(buyer, { side: 'buy', quantity: '20' });
    expect(order).toMatchObject({ status: 'expired', reason: 'price_band', filledQuantity: '10' });
  });

  it('expire on an empty book, and for what they cannot pay are refused whole', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('1');
    await world.setMark('0.05');
    const { order } = await world.place(buyer, { side: 'buy', quantity: '10' });
    expect(order).toMatchObject({ status: 'expired', reason: 'no_liquidity', averagePrice: null });
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '100' });
    await expect(world.place(buyer, { side: 'buy', quantity: '20' })).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS'),
    );
    const exact = await world.place(buyer, { side: 'buy', quantity: '19.98' });
    expect(exact.order.status).toBe('filled');
  });
});

describe('stops', () => {
  it('hold their funds, wait, and come to the market when the mark sets them off', async () => {
    const holder = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.setMark('0.05');
    const ask: Ask = { side: 'sell', type: 'stop_loss', triggerPrice: '0.045', quantity: '100' };
    const { order } = await world.place(holder, ask);
    expect(order).toMatchObject({ status: 'open', triggeredAt: null, held: '100' });
    await world.place(buyer, { side: 'buy', price: '0.044', quantity: '60' });
    await world.setMark('0.045');
    const executed = await world.trigger(order, holder);
    expect(executed).toMatchObject({
      status: 'expired',
      reason: 'no_liquidity',
      filledQuantity: '60',
    });
    expect((await world.fundsOf(holder)).lco).toEqual(['9940', '0']);
  });

  it('with a price rest for what is not filled', async () => {
    const buyer = await world.addTrader('100');
    await world.setMark('0.05');
    const { order } = await world.place(buyer, {
      side: 'buy',
      type: 'stop_loss',
      triggerPrice: '0.06',
      price: '0.061',
      quantity: '100',
    });
    expect((await world.fundsOf(buyer)).credits).toEqual(['93.8939', '6.1061']);
    await world.setMark('0.06');
    const executed = await world.trigger(order, buyer);
    expect(executed).toMatchObject({ status: 'open', held: '6.1061' });
    expect(executed.triggeredAt).not.toBeNull();
    await world.cancel(buyer, order.id);
    expect((await world.fundsOf(buyer)).credits).toEqual(['100', '0']);
  });
});

describe('self-trade prevention', () => {
  it.each([
    ['expire_taker', 'expired', 'self_trade_prevention', 'open'],
    ['expire_maker', 'open', null, 'expired'],
    ['expire_both', 'expired', 'self_trade_prevention', 'expired'],
  ] as const)('%s: the incoming order is %s', async (stp, status, reason, restedStatus) => {
    const trader = await world.addTrader('100', '10000');
    const { order: rested } = await world.place(trader, {
      side: 'sell',
      price: '0.05',
      quantity: '10',
    });
    const { order } = await world.place(trader, {
      side: 'buy',
      price: '0.05',
      quantity: '10',
      stp,
    });
    expect(order).toMatchObject({ status, reason });
    expect((await world.orders.get(trader, rested.id)).status).toBe(restedStatus);
  });
});

describe('bad input', () => {
  it.each<[string, Ask, DomainErrorCode]>([
    [
      'below the least notional',
      { side: 'buy', price: '0.05', quantity: '0.19' },
      'ORDER_BELOW_MINIMUM',
    ],
    ['more than there is', { side: 'buy', price: '0.05', quantity: '2001' }, 'INSUFFICIENT_FUNDS'],
    [
      'a sale of what is not there',
      { side: 'sell', price: '0.05', quantity: '1' },
      'INSUFFICIENT_FUNDS',
    ],
    [
      'a stop before there is a mark',
      { side: 'buy', type: 'stop_loss', triggerPrice: '0.05', quoteQuantity: '1' },
      'MARK_UNAVAILABLE',
    ],
    ['a limit without a price', { side: 'buy', type: 'limit', quantity: '1' }, 'INVALID_REQUEST'],
  ])('%s is refused', async (_, ask, code) => {
    const buyer = await world.addTrader('100');
    await expect(world.place(buyer, ask)).rejects.toEqual(refusal(code));
    expect((await world.fundsOf(buyer)).credits).toEqual(['100', '0']);
  });

  it("another user's order is not there, nor is one of a frozen user placed; a frozen user may cancel", async () => {
    const [owner, other] = [await world.addTrader('100'), await world.addTrader('100')];
    const { order } = await world.place(owner, { side: 'buy', price: '0.05', quantity: '10' });
    await expect(world.cancel(other, order.id)).rejects.toEqual(refusal('ORDER_NOT_FOUND'));
    await expect(world.amend(other, order.id, { price: '0.04' })).rejects.toEqual(
      refusal('ORDER_NOT_FOUND'),
    );
    await expect(world.orders.get(other, order.id)).rejects.toEqual(refusal('ORDER_NOT_FOUND'));
    await world.freeze(owner);
    await expect(
      world.place(owner, { side: 'buy', price: '0.05', quantity: '10' }),
    ).rejects.toEqual(refusal('USER_FROZEN'));
    expect((await world.cancel(owner, order.id)).status).toBe('cancelled');
    await world.unfreeze(owner);
  });

  it('the 201st open order is refused; cancelling all makes room', async () => {
    const buyer = await world.addTrader('100');
    const ask: Ask = { side: 'buy', price: '0.05', quantity: '1' };
    await Promise.all(Array.from({ length: 200 }, () => world.place(buyer, ask)));
    await expect(world.place(buyer, ask)).rejects.toEqual(refusal('OPEN_ORDER_LIMIT'));
    const ioc = await world.place(buyer, { ...ask, timeInForce: 'IOC' });
    expect(ioc.order.status).toBe('expired');
    expect(await world.cancelAll(buyer)).toHaveLength(200);
    expect((await world.fundsOf(buyer)).credits).toEqual(['100', '0']);
    expect((await world.place(buyer, ask)).order.status).toBe('open');
  });
});
