import { initialMarkState } from '../../domain/exchange/mark-price';
import { noSums, type MarkSums } from '../../domain/exchange/mark-sums';
import { parseAmount } from '../../domain/money';
import { createMarks } from '../../services/exchange/mark/mark-view';
import { averageDepthAroundMark, twapOfMark } from '../../services/exchange/mark/mark-rows';
import { createMarkWorld, type MarkWorld } from './mark-world';
import type { Ask } from './world';

let world: MarkWorld;
beforeEach(async () => {
  world = await createMarkWorld();
});
afterEach(() => world.close());

const dayMs = 86_400_000;

describe('a tick of the mark', () => {
  it('goes by what filling the impact notional costs, and by the trades', async () => {
    await world.quote({ bid: '0.0499', ask: '0.0501' });
    // a better ask that is not deep: of 500 Credits, 0.5 are filled at 0.05
    await world.place(world.maker, { side: 'sell', price: '0.05', quantity: '10' });
    expect((await world.tick()).state).toMatchObject({ mark: null, isTwoSided: true });
    await world.trade('0.05');
    const { state } = await world.tick();
    expect(state).toMatchObject({ mark: '0.05', bid: '0.0499' });
    expect(Number(state.ask)).toBeGreaterThan(0.05009);
    expect(Number(state.ask)).toBeLessThan(0.0501);
  });

  it('takes dust for no quote at all', async () => {
    await world.quote({ bid: '0.0499', ask: '0.0501', quantity: '9000' });
    await world.trade('0.05');
    expect((await world.tick()).state).toMatchObject({
      mark: null,
      ema: null,
      bid: null,
      ask: null,
      isTwoSided: false,
    });
  });

  it('is stored as decisions and followers know it, and found by the next process', async () => {
    await world.quote({ bid: '0.0499', ask: '0.0501' });
    await world.trade('0.05');
    await world.tick();
    const { state } = await world.tick();
    expect(await world.markOf()).toEqual(state);
    expect(await world.markOf(world.openCommitter())).toEqual(state);
    const { rows } = await world.db.raw<{ rows: { feed: unknown[] }[] }>(
      'select feed from journal_batches where feed is not null order by sequence desc limit 1',
    );
    expect(rows[0]?.feed).toEqual([{ type: 'mark', state }]);
  });

  it('waits for the market to warm up', async () => {
    await world.quote({ bid: '0.0499', ask: '0.0501' });
    await world.trade('0.05');
    await world.tick(60_000);
    const marks = createMarks({ db: world.db, warmUpMs: 60_000 });
    const { state } = await world.tick(60_000);
    const left = 60_000 - state.twoSidedMs;
    expect(left).toBeLessThan(60_000);
    expect(await marks.current()).toEqual({
      mark: null,
      at: new Date(state.at).toISOString(),
      isFresh: false,
      isTwoSided: true,
      bid: '0.0499',
      ask: '0.0501',
      twap24h: null,
      warmUpLeftMs: left,
    });
  });

  it('leaves the mark where it is while two accounts trade on a wide book', async () => {
    await world.quote({ bid: '0.0499', ask: '0.0501' });
    await world.trade('0.05');
    const { state } = await world.tick();
    await world.quote({ bid: '0.048', ask: '0.052' });
    await world.trade('0.0519');
    await world.tick();
    await world.trade('0.0481');
    const after = await world.tick();
    expect(after.state).toMatchObject({ mark: state.mark, ema: state.ema, isTwoSided: false });
  });

  it('counts for the time that went by, however many come at once', async () => {
    await world.quote({ bid: '0.0499', ask: '0.0501' });
    await world.trade('0.05');
    const { state: first } = await world.tick();
    const ticks = await Promise.all(Array.from({ length: 20 }, () => world.tick()));
    const last = ticks.at(-1)?.state ?? first;
    expect(last.sums.tickedMs - first.sums.tickedMs).toBe(last.at - first.at);
    expect(new Set(ticks.map(({ state }) => state.at)).size).toBeLessThan(20);
  });
});

describe('averages of the mark', () => {
  const quiet = { bid: '0.0499', ask: '0.0501' };

  /** So many minutes of ticks at one mark. */
  function sumsAfter(minutes: number, mark: number): MarkSums {
    const ms = minutes * 60_000;
    const sum = (mark * ms).toFixed(2);
    return {
      ...noSums,
      tickedMs: ms,
      tradedMs: ms,
      trade: sum,
      markedMs: ms,
      mark: sum,
      bidDepth: (600n * 100_000_000n * BigInt(ms)).toString(),
      askDepth: '0',
    };
  }

  async function storeMinute(minute: number, sums: MarkSums): Promise<void> {
    await world.db('mark_minutes').insert({
      minute,
      at: new Date(),
      ticked_ms: sums.tickedMs,
      traded_ms: sums.tradedMs,
      trade_sum: sums.trade,
      marked_ms: sums.markedMs,
      mark_sum: sums.mark,
      bid_depth_sum: sums.bidDepth,
      ask_depth_sum: sums.askDepth,
    });
  }

  /** A mark of 0.05, a second old, after so many minutes. */
  async function storeState(minutes: number, sums = sumsAfter(minutes, 0.05)): Promise<void> {
    const old = initialMarkState(Date.now() - 1_500);
    await world.storeMark({ ...old, mark: '0.05', ema: '0.05', sums });
  }

  it('reach back as far as there is a mark, and a day at most', async () => {
    await world.quote(quiet);
    await world.trade('0.05');
    // 20 hours at 0.04, then 30 at 0.05: of the last day, 24 hours at 0.05
    const before = sumsAfter(20 * 60, 0.04);
    const later = (hours: number): MarkSums => {
      const ms = hours * 3_600_000;
      const more = Number(before.mark) + 0.05 * ms;
      const tickedMs = before.tickedMs + ms;
      return { ...before, tickedMs, markedMs: tickedMs, mark: more.toFixed(2) };
    };
    await storeMinute(26 * 60, later(6));
    await storeMinute(49 * 60 + 30, later(29.5));
    await storeState(0, later(30));
    const committer = world.openCommitter();
    const average = await world.decide((view) => twapOfMark(view, dayMs)?.toFixed(), committer);
    expect(average).toBe('0.05');
    const all = await world.decide((view) => twapOfMark(view, 3 * dayMs)?.toFixed(), committer);
    // (20 x 0.04 + 30 x 0.05) / 50
    expect(all).toBe('0.046');
    const view = await createMarks({ db: world.db, warmUpMs: 0 }).current();
    expect(view).toMatchObject({ mark: '0.05', twap24h: '0.05', isFresh: true, warmUpLeftMs: 0 });
    const depth = await world.decide((v) => averageDepthAroundMark(v, 3 * dayMs), committer);
    expect(depth).toEqual({ bid: (600n * 100_000_000n * 20n) / 50n, ask: 0n });
  });

  it('do not exist before there is a mark', async () => {
    expect(await world.decide((view) => twapOfMark(view, dayMs))).toBeNull();
    await world.tick();
    expect(await world.decide((view) => twapOfMark(view, dayMs))).toBeNull();
    expect(await world.decide((view) => averageDepthAroundMark(view, dayMs))).toBeNull();
  });

  it('are kept at the end of each minute, with what rested within 4% of the mark', async () => {
    await world.quote(quiet);
    await world.place(world.maker, { side: 'buy', price: '0.048', quantity: '1000' });
    await world.place(world.maker, { side: 'buy', price: '0.047999', quantity: '1000' });
    await world.place(world.maker, { side: 'sell', price: '0.052', quantity: '100' });
    await world.place(world.maker, { side: 'sell', price: '0.052001', quantity: '100' });
    await world.trade('0.05');
    const start = { ...sumsAfter(2, 0.05), tickedMs: 119_500 };
    await storeState(2, start);
    const committer = world.openCommitter();
    const { state } = await world.tick(0, committer);
    expect(state.sums.tickedMs).toBe(120_500);
    const [row] = await world.db('mark_minutes').select<Record<string, unknown>[]>();
    expect(row).toMatchObject({ minute: 2, at: state.at, mark: '0.05', ticked_ms: 120_500n });
    // 598.8 + 48 Credits of bids; 12,000 + 100 LCO of asks
    const depth = await world.decide((view) => averageDepthAroundMark(view, dayMs), committer);
    expect(state.sums.bidDepth).toBe(
      (BigInt(start.bidDepth) + parseAmount('646.8') * 1_000n).toString(),
    );
    expect(state.sums.askDepth).toBe((parseAmount('12100') * 1_000n).toString());
    expect(depth?.ask).toBe((parseAmount('12100') * 1_000n) / BigInt(state.sums.markedMs));
    await world.tick(0, committer);
    expect(await world.db('mark_minutes').count()).toEqual([{ count: 1n }]);
  });

  it('of trades go by the minute half an hour ago', async () => {
    await world.quote({ bid: '0.0495', ask: '0.0505' });
    await world.trade('0.0505');
    // an hour: long ago at 0.04, in the last half hour at 0.0502
    const halfHour = sumsAfter(30, 0.04);
    const hour = {
      ...sumsAfter(60, 0.04),
      trade: (0.04 * 1_800_000 + 0.0502 * 1_800_000).toFixed(2),
    };
    await storeMinute(30, halfHour);
    await storeState(60, hour);
    const { state } = await world.tick(0, world.openCommitter());
    // the median of 0.05, 0.0505 and 0.0502, as near as 2% in a minute allow
    expect(Number(state.mark)).toBeCloseTo(0.05 * (1 + 0.02 / 60), 9);
  });
});

describe('stops', () => {
  const ask = (over: Partial<Ask>): Ask => ({
    side: 'sell',
    type: 'stop_loss',
    triggerPrice: '0.04',
    quantity: '1',
    ...over,
  });

  async function marked(): Promise<void> {
    await world.quote({ bid: '0.0499', ask: '0.0501' });
    await world.trade('0.05');
    expect((await world.tick()).state.mark).toBe('0.05');
  }

  const spends: Partial<Ask> = { side: 'buy', quoteQuantity: '1' };

  it.each([
    ['a stop loss that sells, at the mark', ask({ triggerPrice: '0.05' }), true],
    ['a stop loss that sells, below', ask({ triggerPrice: '0.049999' }), false],
    ['a stop loss that buys, at the mark', { ...spends, triggerPrice: '0.05' }, true],
    ['a stop loss that buys, above', { ...spends, triggerPrice: '0.050001' }, false],
    [
      'a profit taken by selling, at the mark',
      ask({ type: 'take_profit', triggerPrice: '0.05' }),
      true,
    ],
    [
      'a profit taken by selling, above',
      ask({ type: 'take_profit', triggerPrice: '0.050001' }),
      false,
    ],
    [
      'a profit taken by buying, at the mark',
      { ...spends, type: 'take_profit', triggerPrice: '0.05' },
      true,
    ],
    [
      'a profit taken by buying, below',
      { ...spends, type: 'take_profit', triggerPrice: '0.049' },
      false,
    ],
  ] as const)('go off or not: %s', async (_, over, expected) => {
    await marked();
    const { quantity, ...terms } = ask(over);
    const isBuy = terms.side === 'buy';
    const { order } = await world.place(
      world.taker,
      isBuy || quantity === undefined ? terms : { ...terms, quantity },
    );
    const { waiting, state } = await world.tick();
    expect(state.mark).toBe('0.05');
    const stop = { orderId: order.id, ownerId: world.taker };
    expect(waiting).toEqual(expected ? [stop] : []);
    const stored = await world.orders.get(world.taker, order.id);
    expect(stored).toMatchObject({ status: 'open' });
    expect(stored.triggeredAt === null).toBe(!expected);
    // until it is executed every tick names it
    expect((await world.tick()).waiting).toEqual(waiting);
    await world.execute({ waiting });
    expect((await world.tick()).waiting).toEqual([]);
    const done = await world.orders.get(world.taker, order.id);
    expect(done.status).toBe(expected ? 'filled' : 'open');
  });

  it('go off a hundred at a tick, and the next at the next', async () => {
    await marked();
    const other = await world.addTrader('0.01', '10000');
    const owners = Array.from({ length: 101 }, (_, i) => (i % 2 ? other : world.taker));
    for (const owner of owners) await world.place(owner, ask({ triggerPrice: '0.055' }));
    const first = await world.tick();
    expect(first.waiting).toHaveLength(100);
    const count = async () =>
      (await world.db('orders').whereNotNull('triggered_at').select('id')).length;
    expect(await count()).toBe(100);
    const second = await world.tick();
    expect(await count()).toBe(101);
    // those that wait longest are named first
    expect(second.waiting).toEqual(first.waiting);
    await world.execute(second);
    const third = await world.tick();
    expect(third.waiting).toHaveLength(1);
    await world.execute(third);
    expect((await world.tick()).waiting).toEqual([]);
  });
});
