import { refusal } from '../support/refusals';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
});
afterEach(() => world.end());

/** A position at 2x, far from its liquidation. */
async function openOf(side: 'long' | 'short') {
  await world.openMarket();
  const trader = await world.addTrader('1000');
  const { id } = await world.open(trader, { side, leverage: 200 });
  return { trader, id };
}

/** Up or down a little, by trades. */
const downTo = (price: number) => world.drive(price * 0.97, price);
const upTo = (price: number) => world.drive(price * 1.03, price);

describe('a trigger', () => {
  it.each([
    ['long', 'stopLoss', '0.099', 'stop_loss'],
    ['long', 'takeProfit', '0.101', 'take_profit'],
    ['short', 'stopLoss', '0.101', 'stop_loss'],
    ['short', 'takeProfit', '0.099', 'take_profit'],
  ] as const)(
    'closes all of a %s whose %s the mark has reached',
    async (side, kind, price, reason) => {
      const { trader, id } = await openOf(side);
      const set = await world.setTriggers(trader, id, { [kind]: price });
      expect(set).toMatchObject({
        stopLoss: null,
        takeProfit: null,
        triggered: null,
        [kind]: price,
      });
      const move = price === '0.099' ? downTo : upTo;
      // a twentieth of the way before it
      await move(price === '0.099' ? 0.09905 : 0.10095);
      expect((await world.get(trader, id)).status).toBe('open');
      await move(Number(price));
      const closed = await world.get(trader, id);
      expect(closed).toMatchObject({
        status: 'closed',
        closeReason: reason,
        debt: '0',
        quantity: '0',
      });
      expect((await world.changesOf(trader, id)).map(({ kind: what }) => what)).toEqual([
        'opened',
        'triggers_set',
        'trigger_set_off',
        'closed',
      ]);
      const isLoss = kind === 'stopLoss';
      expect(Number(closed.profit) < 0).toBe(isLoss);
    },
  );

  it('that the book fills in part goes on with every tick', async () => {
    const { trader, id } = await openOf('long');
    await world.setTriggers(trader, id, { stopLoss: '0.099' });
    await downTo(0.0991);
    const bids = (quantity: string) =>
      world.quote({ bid: '0.0985', ask: '0.0987', quantity: quantity });
    await bids('800');
    await world.jump(0.0989);
    await bids('800');
    await world.tick();
    const first = await world.get(trader, id);
    expect(first).toMatchObject({ status: 'open', triggered: 'stop_loss' });
    expect(Number(first.quantity)).toBeCloseTo(1996 - 800, 1);
    // also when the mark has gone back meanwhile
    await world.jump(0.1);
    await world.tick();
    expect((await world.get(trader, id)).quantity).toBe(first.quantity);
    await world.quote({ bid: '0.0985', ask: '0.1015', quantity: '700' });
    await world.tick();
    await world.quoteAround(0.1);
    await world.tick();
    const closed = await world.get(trader, id);
    expect(closed).toMatchObject({ status: 'closed', closeReason: 'stop_loss' });
    expect(
      (await world.changesOf(trader, id)).map(({ kind, quantity }) => [kind, quantity]),
    ).toEqual([
      ['opened', expect.anything()],
      ['triggers_set', '0'],
      ['trigger_set_off', '0'],
      ['closed_in_part', '800'],
      ['closed_in_part', '700'],
      ['closed', expect.anything()],
    ]);
  });

  it('is refused where the mark is already, on either side', async () => {
    const { trader, id } = await openOf('long');
    for (const triggers of [
      { stopLoss: '0.1' },
      { stopLoss: '0.100001' },
      { takeProfit: '0.1' },
      { takeProfit: '0.099999' },
      { stopLoss: '0.099999', takeProfit: '0.099999' },
    ]) {
      await expect(world.setTriggers(trader, id, triggers)).rejects.toEqual(
        refusal('INVALID_REQUEST'),
      );
    }
    const short = await world.open(trader, { side: 'short', leverage: 200 });
    for (const triggers of [{ stopLoss: '0.1' }, { takeProfit: '0.1' }]) {
      await expect(world.setTriggers(trader, short.id, triggers)).rejects.toEqual(
        refusal('INVALID_REQUEST'),
      );
    }
    expect(await world.get(trader, id)).toMatchObject({ stopLoss: null, takeProfit: null });
    await world.setTriggers(trader, id, { stopLoss: '0.099999', takeProfit: '0.100001' });
    await world.setTriggers(trader, short.id, { stopLoss: '0.100001', takeProfit: '0.099999' });
  });

  it('is taken back by setting none, also once it was set off', async () => {
    const { trader, id } = await openOf('long');
    await world.setTriggers(trader, id, { stopLoss: '0.099', takeProfit: '0.2' });
    await world.withdrawQuotes();
    await world.jump(0.098);
    await world.tick();
    expect((await world.get(trader, id)).triggered).toBe('stop_loss');
    // frozen or not
    await world.freeze(trader);
    expect(await world.setTriggers(trader, id, {})).toMatchObject({
      stopLoss: null,
      takeProfit: null,
      triggered: null,
    });
    await world.quoteAround(0.098);
    await world.tick();
    expect((await world.get(trader, id)).status).toBe('open');
  });

  it('of a position that the same tick fences is not carried out', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.setTriggers(trader, id, { stopLoss: '0.0895' });
    await world.jump(0.0885, '60000');
    const tick = await world.tick();
    expect(tick.positions).toEqual([]);
    expect(await world.get(trader, id)).toMatchObject({ status: 'liquidating', triggered: null });
  });

  it('closes a hundred at a tick, and the others at the next', async () => {
    await world.openMarket();
    const traders = await Promise.all([1, 2].map(() => world.addTrader('1500')));
    for (const trader of traders) {
      await Promise.all(
        Array.from({ length: 60 }, async () => {
          const { id } = await world.open(trader, { collateral: '10', leverage: 200 });
          await world.setTriggers(trader, id, { stopLoss: '0.099' });
        }),
      );
    }
    const open = async () =>
      (await world.db('margin_positions').where('status', 'open').select('id')).length;
    await world.jump(0.098, '60000');
    await world.tick();
    expect(await open()).toBe(20);
    await world.tick();
    expect(await open()).toBe(0);
  });
});
