import { Decimal } from 'decimal.js';
import { assert, constantFrom, integer, option, property, record, array } from 'fast-check';
import {
  advanceMark,
  currentMark,
  initialMarkState,
  isFresh,
  warmUpLeftMs,
  type MarkState,
} from '../../../domain/exchange/mark-price';
import { noSums } from '../../../domain/exchange/mark-sums';
import { inputsOf, settledMarket, TickingMarket, type Sight } from './mark-ticks';

const two: Sight = { bid: '0.999', ask: '1.001', last: '1' };

/** A mark of 1 with an average mid, and an average of trades that has stood for long. */
function stateOf({ ema, average }: { ema: string; average: string }): MarkState {
  const tradedMs = 1_000_000_000;
  const sums = { ...noSums, tradedMs, trade: new Decimal(average).times(tradedMs).toFixed() };
  return { ...initialMarkState(0), mark: '1', ema, sums };
}

describe('the mark', () => {
  // The average mid and the average trade as they are before the tick, which counts for no time.
  it.each([
    ['ema', '1.00', '1.01', '1.03', '1.02', '1.05', '1.02'],
    ['average mid below all', '0.90', '1.01', '1.03', '1.02', '1.05', '1.02'],
    ['average mid in the middle', '1.04', '1.01', '1.03', '1.02', '1.05', '1.04'],
    ['average trade in the middle', '1.10', '1.01', '1.03', '1.02', '1.05', '1.05'],
    ['a last trade above the ask counts as the ask', '1.10', '1.01', '1.03', '9', '1', '1.03'],
    ['a last trade below the bid counts as the bid', '0.9', '1.01', '1.03', '0.1', '1.2', '1.01'],
  ])('is the median: %s', (_, ema, bid, ask, last, average, expected) => {
    const sums = { ...noSums, tradedMs: 1_000, trade: new Decimal(average).times(1_000).toFixed() };
    const state: MarkState = { ...initialMarkState(0), ema, sums };
    const after = advanceMark(state, inputsOf(0, { bid, ask, last }), { warmUpMs: 0 });
    expect(currentMark(after)?.toFixed(2)).toBe(new Decimal(expected).toFixed(2));
  });

  // 1 - exp(-seconds / 150)
  it.each([
    [1, '0.006644'],
    [30, '0.181269'],
    [104, '0.500093'],
    [150, '0.632121'],
    [300, '0.864665'],
  ])('takes in of a step of the mid after %d s: %s', (seconds, share) => {
    const market = new TickingMarket().tick({ bid: '1', ask: '1', last: '1' });
    market.tick({ bid: '1.02', ask: '1.02', last: '1' }, seconds);
    const part = new Decimal(market.state.ema ?? 0).minus(1).div('0.02');
    expect(part.toFixed(6)).toBe(share);
  });

  it('moves by 2% of itself in a minute of ticks, whatever happens to the book', () => {
    const market = settledMarket().tick({ bid: '1.99', ask: '2.01', last: '2' }, 60);
    // The average mid and the trades lead the way; the cap holds them back.
    expect(market.mark).toBeGreaterThan(1);
    expect(market.mark).toBeLessThanOrEqual((1 + 0.02 / 60) ** 60);
    const crash = settledMarket().tick({ bid: '0.01', ask: '0.0101', last: '0.01' }, 600);
    expect(crash.mark).toBeGreaterThanOrEqual((1 - 0.02 / 60) ** 600);
  });

  it.each([
    ['up', '2', '1.000333333333'],
    ['down', '0.5', '0.999666666667'],
  ])('takes the whole of its share %s while it is far from where it goes', (_, price, expected) => {
    const state = stateOf({ ema: price, average: price });
    const sight = { bid: price, ask: price, last: price };
    const after = advanceMark(state, inputsOf(1_000, sight), { warmUpMs: 0 });
    expect(after.mark).toBe(expected);
  });

  it('never moves by more than its share of the time, a second at most, by any sequence of ticks', () => {
    const price = constantFrom(
      '0.000001',
      '0.5',
      '0.97',
      '0.999',
      '1',
      '1.001',
      '1.04',
      '2',
      '1000',
    );
    const step = record({
      everyMs: constantFrom(0, 1, 250, 1_000, 1_001, 10_000, 3_600_000),
      bid: option(price, { nil: null }),
      ask: option(price, { nil: null }),
      last: price,
      lastOrdinary: price,
      count: integer({ min: 1, max: 5 }),
    });
    assert(
      property(array(step, { maxLength: 60 }), (steps) => {
        const market = new TickingMarket().tick(two, 5);
        for (const { everyMs, bid, ask, last, lastOrdinary, count } of steps) {
          // a book is never crossed
          const isCrossed = bid !== null && ask !== null && Number(bid) >= Number(ask);
          const sight = {
            last,
            lastOrdinary,
            ...(bid && { bid }),
            ...(ask && !isCrossed && { ask }),
          };
          for (let i = 0; i < count; i++) {
            const before = new Decimal(market.state.mark ?? NaN);
            market.tick(sight, 1, everyMs);
            const after = new Decimal(market.state.mark ?? NaN);
            const most = before.times('0.02').times(Math.min(everyMs, 1_000)).div(60_000);
            if (!after.minus(before).abs().lte(most))
              throw new Error(`${before.toFixed()} -> ${after.toFixed()}`);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is not moved faster by two tickers in turn', () => {
    const sight = { bid: '1.029', ask: '1.031', last: '1.03' };
    const one = settledMarket().tick(sight, 120);
    const both = settledMarket().tick(sight, 240, 500);
    expect(both.mark).toBeCloseTo(one.mark, 5);
    expect(both.state.sums.tickedMs).toBe(one.state.sums.tickedMs);
    expect(Number(both.state.ema)).toBeCloseTo(Number(one.state.ema), 9);
    const again = both.tick(sight, 1_000, 0);
    expect(again.mark).toBe(both.mark);
  });

  it('makes up nothing of a freeze of an hour in one tick', () => {
    const sight = { bid: '1.99', ask: '2.01', last: '2' };
    const frozen = settledMarket().tick(sight, 1, 3_600_000);
    const steady = settledMarket().tick(sight);
    expect({ ...frozen.state, at: 0 }).toEqual({ ...steady.state, at: 0 });
    expect(frozen.mark).toBeLessThanOrEqual(1 + 0.02 / 60);
  });

  it('follows a clock that stands still or goes back by nothing', () => {
    const market = settledMarket();
    const { at, mark, sums } = market.state;
    market.tick({ bid: '1.01', ask: '1.02', last: '1' }, 5, -500);
    expect(market.state).toMatchObject({ at, mark, sums });
  });

  it('is JSON of strings and whole numbers', () => {
    const { state } = settledMarket().tick({ bid: '1.0000001', ask: '1.0200003', last: '1' }, 7);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(state.mark).toMatch(/^\d+\.\d{1,12}$/);
    expect(state.ema).toMatch(/^\d+\.\d{1,12}$/);
  });

  it('of the cheapest price there is moves, too', () => {
    const sight = { bid: '0.000001', ask: '0.000001', last: '0.000001' };
    const market = new TickingMarket().tick(sight, 10);
    expect(market.state.mark).toBe('0.000001');
    market.tick({ bid: '0.00000102', ask: '0.00000103', last: '0.00000103' }, 600);
    expect(market.mark).toBeGreaterThan(0.000001);
  });
});

describe('attacks on the mark', () => {
  it('with dust, which is no side at all, leave it where it is', () => {
    const market = settledMarket();
    const { mark, ema } = market.state;
    market.tick({ last: '1000' }, 3_600);
    expect(market.state).toMatchObject({ mark, ema, bid: null, ask: null, isTwoSided: false });
  });

  it('by trades of two accounts on a book that is deep but wide move it not at all', () => {
    const market = settledMarket();
    const { mark, ema } = market.state;
    for (let i = 0; i < 1_800; i++) {
      market.tick({ bid: '0.97', ask: '1.03', last: i % 2 ? '1.029999' : '0.970001' });
    }
    market.tick({ bid: '0.9', ask: '3', last: '2.9' }, 3_600);
    expect(market.state).toMatchObject({ mark, ema, isTwoSided: false });
    // nor, once there are quotes again, beyond what they say, though the trades' average is high by now
    market.tick(two, 600);
    expect(market.mark).toBeLessThan(1.002);
  });

  it.each([
    ['exactly 5% apart', '1', '1.05', true],
    ['a tick more', '1', '1.050001', false],
    ['5% of the ask, more of the bid', '0.95', '1', false],
  ])('begin where the sides are %s', (_, bid, ask, isTwoSided) => {
    const { state } = new TickingMarket().tick({ bid, ask, last: bid });
    expect(state.isTwoSided).toBe(isTwoSided);
  });

  it('by trades without bids that are deep lower it no further than what rests', () => {
    const market = settledMarket().tick({ ask: '0.999', last: '0.2' }, 7_200);
    expect(market.mark).toBeGreaterThanOrEqual(0.999);
  });

  it('by one trade, and none after it, wait half an hour until the average believes it', () => {
    const sight = { ...two, lastOrdinary: '1.5' };
    const market = settledMarket().tick(sight, 600);
    expect(market.mark).toBeLessThanOrEqual(1.001);
  });
});

describe('with asks only the mark', () => {
  it('does not rise, however high they and the trades are', () => {
    const market = settledMarket();
    const { mark, ema } = market.state;
    market.tick({ ask: '1.5', last: '1.5' }, 7_200);
    expect(market.state).toMatchObject({ mark, ema });
  });

  it('falls towards asks below it, within its share of the time', () => {
    const market = settledMarket();
    market.tick({ ask: '0.9', last: '1', lastOrdinary: '0.9' });
    expect(market.mark).toBeCloseTo(1, 3);
    const values = [market.mark];
    for (let i = 0; i < 60; i++) values.push(market.tick({ ask: '0.9', last: '0.9' }, 60).mark);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(market.mark).toBeCloseTo(0.9, 2);
    expect(market.mark).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    ['ask', '0.9999', '0.9998', '0.9997'],
    ['the average mid', '0.9998', '0.9999', '0.9997'],
    ['the average trade', '0.9999', '0.9997', '0.9998'],
  ])('goes towards the middle one of three: %s', (_, ema, ask, average) => {
    const inputs = inputsOf(1_000, { ask, last: average });
    const after = advanceMark(stateOf({ ema, average }), inputs, { warmUpMs: 0 });
    expect(currentMark(after)?.toFixed(4)).toBe('0.9998');
  });

  it('has no average mid to begin with', () => {
    const { state } = new TickingMarket().tick({ ask: '0.9', last: '0.9' }, 60);
    expect(state).toMatchObject({ mark: null, ema: null, twoSidedMs: 0 });
  });
});

describe('with bids only the mark', () => {
  it('does not fall, however low they and the trades are', () => {
    const market = settledMarket();
    const { mark, ema } = market.state;
    market.tick({ bid: '0.5', last: '0.5' }, 7_200);
    expect(market.state).toMatchObject({ mark, ema });
  });

  it('rises towards bids above it, within its share of the time', () => {
    const market = settledMarket();
    const values = [market.mark];
    for (let i = 0; i < 60; i++) values.push(market.tick({ bid: '1.1', last: '1.1' }, 60).mark);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(market.mark).toBeCloseTo(1.1, 2);
    expect(market.mark).toBeLessThanOrEqual(1.1);
  });

  it.each([
    ['bid', '1.0001', '1.0002', '1.0003'],
    ['the average mid', '1.0002', '1.0001', '1.0003'],
    ['the average trade', '1.0001', '1.0003', '1.0002'],
  ])('goes towards the middle one of three: %s', (_, ema, bid, average) => {
    const inputs = inputsOf(1_000, { bid, last: average });
    const after = advanceMark(stateOf({ ema, average }), inputs, { warmUpMs: 0 });
    expect(currentMark(after)?.toFixed(4)).toBe('1.0002');
  });
});

describe('warming up', () => {
  const warmUpMs = 1_800_000;

  it('takes 30 minutes of a two-sided book', () => {
    const market = new TickingMarket(warmUpMs).tick(two, 1_799);
    expect(market.state.mark).toBeNull();
    expect(warmUpLeftMs(market.state, { warmUpMs })).toBe(1_000);
    market.tick(two);
    expect(market.state.mark).toBe('1');
    expect(warmUpLeftMs(market.state, { warmUpMs })).toBe(0);
  });

  it('waits for a trade, and then for both sides', () => {
    const market = new TickingMarket(warmUpMs).tick({ bid: '0.999', ask: '1.001' }, 2_000);
    expect(market.state.mark).toBeNull();
    market.tick({ ask: '1.001', last: '1.001' });
    expect(market.state.mark).toBeNull();
    market.tick({ bid: '0.999', ask: '1.001', last: '1.001' });
    expect(market.state.mark).toBe('1.001');
  });

  it('does not count time with one side, with a wide book or without ticks', () => {
    const market = new TickingMarket(warmUpMs).tick(two, 60);
    market.tick({ ask: '1', last: '1' }, 600).tick({ bid: '1', last: '1' }, 600);
    market.tick({ bid: '1', ask: '2', last: '1' }, 600).tick({ last: '1' }, 600);
    expect(market.state.twoSidedMs).toBe(60_000);
    market.tick(two, 1, 3_600_000);
    expect(market.state.twoSidedMs).toBe(70_000);
  });

  it('is as long as it is told to be, and happens once', () => {
    const market = new TickingMarket(2_000).tick(two, 2);
    expect(market.state.mark).toBe('1');
    market.tick({ last: '1' }, 100).tick(two);
    expect(market.state).toMatchObject({ mark: '1', twoSidedMs: 2_000 });
  });
});

describe('the age of the mark', () => {
  const { state } = new TickingMarket().tick(two);
  it.each([
    ['at its tick', state, 1_000, true],
    ['after ten seconds', state, 11_000, true],
    ['later', state, 11_001, false],
    ['without a mark', initialMarkState(1_000), 1_000, false],
    ['without a tick', null, 1_000, false],
  ])('%s', (_, of, at, expected) => {
    expect(isFresh(of, at)).toBe(expected);
  });

  it('does not keep it from being a mark for bands', () => {
    expect(currentMark(state)?.toFixed()).toBe('1');
    expect(currentMark(null)).toBeNull();
  });
});
