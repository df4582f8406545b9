import { randomUUID } from 'node:crypto';
import { refusal } from '../support/refusals';
import { createWorld, type Ask, type World } from './world';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

describe('amendments', () => {
  it('to a smaller quantity keep the place in the book', async () => {
    const [first, second] = [
      await world.addTrader('0.01', '10000'),
      await world.addTrader('0.01', '10000'),
    ];
    const buyer = await world.addTrader('100');
    const { order } = await world.place(first, { side: 'sell', price: '0.05', quantity: '100' });
    await world.place(second, { side: 'sell', price: '0.05', quantity: '100' });
    const amended = await world.amend(first, order.id, { quantity: '40' });
    expect(amended.order).toMatchObject({ id: order.id, quantity: '40', held: '40' });
    await world.place(buyer, { side: 'buy', price: '0.05', quantity: '50' });
    expect((await world.fundsOf(first)).lco).toEqual(['9960', '0']);
    expect((await world.fundsOf(second)).lco).toEqual(['9900', '90']);
  });

  it('to another price are a cancellation and a new order in one, with the rest', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('50.05');
    const { order } = await world.place(buyer, { side: 'buy', price: '0.05', quantity: '1000' });
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '200' });
    const amended = await world.amend(buyer, order.id, { price: '0.04' });
    expect(amended.order).toMatchObject({
      replaces: order.id,
      price: '0.04',
      quantity: '800',
      held: '32.032',
    });
    expect(await world.orders.get(buyer, order.id)).toMatchObject({
      status: 'cancelled',
      reason: 'replaced',
    });
  });

  it('that are refused leave the order as it was', async () => {
    const buyer = await world.addTrader('50.05');
    const { order } = await world.place(buyer, { side: 'buy', price: '0.05', quantity: '1000' });
    await expect(world.amend(buyer, order.id, { price: '0.06' })).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS'),
    );
    await expect(world.amend(buyer, order.id, { quantity: '0.01' })).rejects.toEqual(
      refusal('ORDER_BELOW_MINIMUM'),
    );
    expect(await world.orders.get(buyer, order.id)).toEqual(order);
  });

  it('of a stop that was set off and rests meet the book at once, and rest again', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.setMark('0.05');
    const stop: Ask = {
      side: 'buy',
      type: 'stop_loss',
      triggerPrice: '0.06',
      price: '0.061',
      quantity: '100',
    };
    const { order } = await world.place(buyer, stop);
    await world.setMark('0.06');
    const setOff = await world.trigger(order, buyer);
    // The mark has fallen behind the trigger again: nothing would set it off anew.
    await world.setMark('0.05');
    await world.place(seller, { side: 'sell', price: '0.062', quantity: '40' });
    const amended = await world.amend(buyer, order.id, { price: '0.062' });
    expect(amended.order).toMatchObject({
      replaces: order.id,
      status: 'open',
      triggeredAt: setOff.triggeredAt,
      filledQuantity: '40',
      // 60 x 0.062 and 10 bps
      held: '3.72372',
    });
    expect(amended.fills).toEqual([expect.objectContaining({ role: 'taker', quantity: '40' })]);
    await world.place(seller, { side: 'sell', price: '0.062', quantity: '60' });
    expect((await world.orders.get(buyer, amended.order.id)).status).toBe('filled');
  });

  it('of a stop that waits leave it waiting', async () => {
    const holder = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.setMark('0.05');
    await world.place(buyer, { side: 'buy', price: '0.049', quantity: '100' });
    const stop: Ask = { side: 'sell', type: 'stop_loss', triggerPrice: '0.045', price: '0.044' };
    const { order } = await world.place(holder, { ...stop, quantity: '100' });
    const amended = await world.amend(holder, order.id, { price: '0.043' });
    expect(amended).toMatchObject({
      order: { status: 'open', triggeredAt: null, triggerPrice: '0.045', held: '100' },
      fills: [],
    });
  });
});

describe('repeats', () => {
  it('of a clientOrderId answer with the first order and its fills, for ever', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '10' });
    const ask: Ask = { side: 'buy', price: '0.05', quantity: '25' };
    const key = randomUUID();
    const [first, second] = await Promise.all([
      world.place(buyer, ask, key),
      world.place(buyer, ask, key),
    ]);
    expect([first.replayed, second.replayed].sort()).toEqual([false, true]);
    expect(second.fills).toEqual(first.fills);
    await world.cancel(buyer, first.order.id);
    const later = await world.place(buyer, ask, key);
    expect(later).toMatchObject({ replayed: true, order: { status: 'cancelled' } });
    await expect(world.place(buyer, { ...ask, quantity: '26' }, key)).rejects.toEqual(
      refusal('CLIENT_ORDER_ID_REUSED'),
    );
  });

  it('of an amendment answer with what it led to; its clientOrderId is used up', async () => {
    const buyer = await world.addTrader('100');
    const { order } = await world.place(buyer, { side: 'buy', price: '0.05', quantity: '100' });
    const key = randomUUID();
    const first = await world.amend(buyer, order.id, { price: '0.04' }, key);
    const again = await world.amend(buyer, order.id, { price: '0.04' }, key);
    expect(again).toEqual({ ...first, replayed: true });
    await expect(world.amend(buyer, order.id, { price: '0.03' }, key)).rejects.toEqual(
      refusal('CLIENT_ORDER_ID_REUSED'),
    );
    const reduced = randomUUID();
    await world.amend(buyer, first.order.id, { quantity: '50' }, reduced);
    await expect(
      world.place(buyer, { side: 'buy', price: '0.04', quantity: '50' }, reduced),
    ).rejects.toEqual(refusal('CLIENT_ORDER_ID_REUSED'));
  });

  it('of a cancellation answer with the cancelled order', async () => {
    const buyer = await world.addTrader('100');
    const { order } = await world.place(buyer, { side: 'buy', price: '0.05', quantity: '100' });
    const first = await world.cancel(buyer, order.id);
    expect(await world.cancel(buyer, order.id)).toEqual(first);
  });

  it("of a smaller quantity answer with no fills: they were the first request's", async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '10' });
    const placed = await world.place(buyer, { side: 'buy', price: '0.05', quantity: '100' });
    expect(placed.fills).toHaveLength(1);
    const key = randomUUID();
    const first = await world.amend(buyer, placed.order.id, { quantity: '50' }, key);
    expect(first.fills).toEqual([]);
    const again = await world.amend(buyer, placed.order.id, { quantity: '50' }, key);
    expect(again).toEqual({ ...first, replayed: true });
  });

  it('of a stop answer with no fills: what it took, it took when it was set off', async () => {
    const seller = await world.addTrader('0.01', '10000');
    const buyer = await world.addTrader('100');
    await world.setMark('0.05');
    const key = randomUUID();
    const stop: Ask = { side: 'buy', type: 'stop_loss', triggerPrice: '0.06', quoteQuantity: '1' };
    const { order } = await world.place(buyer, stop, key);
    await world.place(seller, { side: 'sell', price: '0.06', quantity: '100' });
    await world.setMark('0.06');
    const executed = await world.trigger(order, buyer);
    expect(executed.status).toBe('filled');
    expect(await world.place(buyer, stop, key)).toEqual({
      order: executed,
      fills: [],
      replayed: true,
    });
  });
});

it('the fills of one order are its own, of both sides of its life', async () => {
  const seller = await world.addTrader('0.01', '10000');
  const buyer = await world.addTrader('100');
  const trade = async () => {
    await world.place(seller, { side: 'sell', price: '0.05', quantity: '1' });
    await world.place(buyer, { side: 'buy', price: '0.05', quantity: '1' });
  };
  await trade();
  await world.place(seller, { side: 'sell', price: '0.05', quantity: '2' });
  const { order } = await world.place(buyer, { side: 'buy', price: '0.05', quantity: '10' });
  await world.place(seller, { side: 'sell', price: '0.05', quantity: '3' });
  const fills = async () => {
    const { items } = await world.orders.fills(buyer, order.id, { limit: 10 });
    return items.map(({ role, quantity }) => [role, quantity]);
  };
  const expected = [
    ['maker', '3'],
    ['taker', '2'],
  ];
  expect(await fills()).toEqual(expected);
  await world.cancel(buyer, order.id);
  await trade();
  expect(await fills()).toEqual(expected);
});
