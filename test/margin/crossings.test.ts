// What a tick fences: exactly what its mark has crossed, with its owners' orders.
import { parseAmount } from '../../domain/money';
import { tickMark } from '../../services/exchange/mark/mark';
import { adjustCollateral } from '../../services/margin/adjust-collateral';
import { refusal } from '../support/refusals';
import { createMarginWorld, type MarginWorld } from './world';

let world: MarginWorld;
beforeEach(async () => {
  world = await createMarginWorld();
});
afterEach(() => world.end());

const statusOf = async (trader: string, id: string) => (await world.get(trader, id)).status;

describe('a market that moves by real orders', () => {
  it('fences a long once its ratio is below 10%, and no tick sooner', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.quoteAround(0.08);
    await world.trade('0.08');
    let before = await world.get(trader, id);
    let ticks = 0;
    for (; ticks < 1_000; ticks++) {
      const { state } = await world.tick();
      if (Number(state.mark) > 0.0895) continue;
      const now = await world.get(trader, id);
      if (now.status !== 'open') break;
      before = now;
    }
    const [, fenced] = await world.changesOf(trader, id);
    // 2% a minute at most: eleven percent take five minutes and a half
    expect(ticks).toBeGreaterThan(330);
    expect(Number(before.marginRatio)).toBeGreaterThanOrEqual(0.1);
    expect(Number(before.mark)).toBeGreaterThan(Number(before.liquidationPrice));
    expect(fenced).toMatchObject({ number: 2, kind: 'fenced', quantity: '0' });
    expect(Number(fenced?.marginRatio)).toBeLessThan(0.1);
    expect(Number(fenced?.marginRatio)).toBeGreaterThan(0.099);
    // the monitor is told in the same commit
    const messages = await world
      .db('outbox')
      .select<{ kind: string; payload: unknown }[]>('kind', 'payload')
      .where('entity_id', id)
      .orderBy('id');
    const terms = { positionId: id, userId: trader, side: 'long' };
    expect(messages).toEqual([
      { kind: 'margin.opened', payload: terms },
      { kind: 'margin.crossed', payload: terms },
    ]);
  });

  it('that squeezes fences a short in the same way', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader, { side: 'short' });
    await world.jump(0.107);
    await world.quoteAround(0.12);
    await world.trade('0.12');
    let before = await world.get(trader, id);
    for (let i = 0; i < 300; i++) {
      const { state } = await world.tick();
      if (Number(state.mark) < 0.1085) continue;
      const now = await world.get(trader, id);
      if (now.status !== 'open') break;
      before = now;
    }
    const [, fenced] = await world.changesOf(trader, id);
    expect(Number(before.marginRatio)).toBeGreaterThanOrEqual(0.1);
    expect(fenced?.kind).toBe('fenced');
    expect(Number(fenced?.marginRatio)).toBeLessThan(0.1);
    expect(Number(fenced?.marginRatio)).toBeGreaterThan(0.099);
  });
});

describe('interest', () => {
  it('brings a position over the edge without any move of the mark', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const { id } = await world.open(trader);
    await world.quoteAround(0.0895);
    await world.jump(0.0895, '60000');
    await world.tick();
    expect(await statusOf(trader, id)).toBe('open');
    const row = () =>
      world.db('margin_positions').where('id', id).pluck('liquidation_key') as Promise<unknown[]>;
    const key = await row();
    // a year at 10% of what is lent
    world.pass(300 * 86_400_000);
    await world.tick();
    expect(await statusOf(trader, id)).toBe('liquidating');
    expect(await row()).toEqual(key);
  });
});

describe('a fence', () => {
  it('takes those whose key is crossed, and no others', async () => {
    await world.openMarket();
    const traders = await Promise.all([1, 2, 3, 4].map(() => world.addTrader('1000')));
    const [a = '', b = '', c = '', d = ''] = traders;
    const five = await world.open(a, { collateral: '50' });
    const four = await world.open(b, { collateral: '50', leverage: 400 });
    const two = await world.open(c, { leverage: 200 });
    const short = await world.open(d, { side: 'short', collateral: '50' });
    // at 4x: 0.0836; at 5x: 0.0892
    await world.jump(0.085, '60000');
    await world.tick();
    const statuses = async () => [
      await statusOf(a, five.id),
      await statusOf(b, four.id),
      await statusOf(c, two.id),
      await statusOf(d, short.id),
    ];
    expect(await statuses()).toEqual(['liquidating', 'open', 'open', 'open']);
    await world.jump(0.083, '60000');
    await world.tick();
    expect(await statuses()).toEqual(['liquidating', 'liquidating', 'open', 'open']);
    await world.jump(0.12, '60000');
    await world.tick();
    expect(await statuses()).toEqual(['liquidating', 'liquidating', 'open', 'liquidating']);
    // once
    const kinds = (await world.changesOf(a, five.id)).map(({ kind }) => kind);
    expect(kinds).toEqual(['opened', 'fenced']);
  });

  it('cancels all open orders of the owner, also stops that the same tick has crossed', async () => {
    await world.openMarket();
    const [trader, other] = [
      await world.addTrader('1000', '10000'),
      await world.addTrader('1000', '10000'),
    ];
    await world.open(trader);
    const place = async (owner: string) => {
      const { order: bid } = await world.place(owner, {
        side: 'buy',
        price: '0.05',
        quantity: '100',
      });
      const { order: ask } = await world.place(owner, {
        side: 'sell',
        price: '0.2',
        quantity: '100',
      });
      const stop = { side: 'sell', type: 'stop_loss', quantity: '100' } as const;
      const { order: near } = await world.place(owner, { ...stop, triggerPrice: '0.089' });
      const { order: far } = await world.place(owner, { ...stop, triggerPrice: '0.01' });
      return [bid.id, ask.id, near.id, far.id];
    };
    const [own, others] = [await place(trader), await place(other)];
    await world.jump(0.0885, '60000');
    const tick = await world.tick();
    // the other's stop alone was set off
    expect(tick.waiting.map(({ orderId }) => orderId)).toEqual([others[2]]);
    for (const id of own) {
      expect(await world.orders.get(trader, id)).toMatchObject({
        status: 'cancelled',
        reason: 'position_liquidated',
        filledQuantity: '0',
        triggeredAt: null,
      });
    }
    expect(await world.fundsOf(trader)).toEqual({ credits: ['900', '0'], lco: ['10000', '0'] });
    const statuses = await Promise.all(
      others.map(async (id) => (await world.orders.get(other, id)).status),
    );
    expect(statuses).toEqual(['open', 'open', 'filled', 'open']);
  });

  it('also cancels a stop that was set off by an earlier tick and not executed yet', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000', '10000');
    await world.open(trader);
    const { order } = await world.place(trader, {
      side: 'sell',
      type: 'stop_loss',
      triggerPrice: '0.095',
      quantity: '100',
    });
    await world.jump(0.094, '60000');
    const first = await world.tickAlone();
    expect(first.waiting).toHaveLength(1);
    await world.jump(0.0885, '60000');
    expect((await world.tickAlone()).waiting).toEqual([]);
    await world.execute(first);
    expect(await world.orders.get(trader, order.id)).toMatchObject({
      status: 'cancelled',
      filledQuantity: '0',
    });
  });

  it('of two positions of one owner cancels their orders once', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const two = [
      await world.open(trader, { collateral: '50' }),
      await world.open(trader, { collateral: '50' }),
    ];
    await world.place(trader, { side: 'buy', price: '0.05', quantity: '1000' });
    await world.jump(0.0885, '60000');
    await world.tick();
    for (const { id } of two) expect(await statusOf(trader, id)).toBe('liquidating');
    expect((await world.fundsOf(trader)).credits).toEqual(['900', '0']);
  });

  it('takes a hundred at a tick, the worst first, and says that there are more', async () => {
    await world.openMarket();
    const traders = await Promise.all([1, 2].map(() => world.addTrader('1000')));
    for (const trader of traders) {
      const small = { collateral: '10', leverage: 300 };
      await Promise.all(Array.from({ length: 55 }, () => world.open(trader, small)));
    }
    await world.jump(0.073, '60000');
    const fenced = async () =>
      (await world.db('margin_positions').where('status', 'liquidating').select('id')).length;
    expect((await world.tick()).hasMoreCrossed).toBe(true);
    expect(await fenced()).toBe(100);
    expect((await world.tick()).hasMoreCrossed).toBe(false);
    expect(await fenced()).toBe(110);
  });

  it('goes by what commands before it in its batch have left', async () => {
    await world.openMarket();
    const trader = await world.addTrader('1000');
    const [saved, late] = [await world.open(trader), await world.open(trader)];
    await world.jump(0.0885, '60000');
    const add = (positionId: string) =>
      world.committer.submit(
        adjustCollateral,
        { positionId, userId: trader, side: 'long', amount: parseAmount('50') },
        { actor: trader },
      );
    const tick = () => world.committer.submit(tickMark, { warmUpMs: 0 }, { actor: 'test' });
    const [first, between, last] = await Promise.allSettled([add(saved.id), tick(), add(late.id)]);
    expect([first.status, between.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(last).toMatchObject({ reason: refusal('STATE_CONFLICT', { status: 'liquidating' }) });
    const [one, two] = await Promise.all([
      world.changesOf(trader, saved.id),
      world.changesOf(trader, late.id),
    ]);
    expect(one.map(({ kind }) => kind)).toEqual(['opened', 'collateral_added']);
    expect(two.map(({ kind }) => kind)).toEqual(['opened', 'fenced']);
    // one commit
    expect(one[1]?.at).toBe(two[1]?.at);
  });
});
