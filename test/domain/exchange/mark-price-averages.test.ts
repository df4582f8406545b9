import { Decimal } from 'decimal.js';
import {
  addTick,
  averageDepth,
  averageMark,
  averageTrade,
  minuteOf,
  noSums,
  windowMinute,
} from '../../../domain/exchange/mark-sums';
import { TickingMarket } from './mark-ticks';

const one = new Decimal(1);

describe('averages over time', () => {
  it('weigh each value with the time that it stood', () => {
    const start = addTick(noSums, 1_000, { trade: one, mark: one, depth: { bid: 5n, ask: 6n } });
    const middle = addTick(start, 300, {
      trade: new Decimal('1.5'),
      mark: new Decimal('2'),
      depth: { bid: 10n, ask: 1n },
    });
    const end = addTick(middle, 700, { trade: one, mark: one, depth: { bid: 0n, ask: 2n } });
    expect(averageTrade(start, end)?.toFixed()).toBe('1.15');
    expect(averageMark(start, end)?.toFixed()).toBe('1.3');
    // rounded down: (10 x 300) / 1,000 and (1 x 300 + 2 x 700) / 1,000
    expect(averageDepth(start, end)).toEqual({ bid: 3n, ask: 1n });
    expect(averageMark(noSums, end)?.toFixed()).toBe('1.15');
  });

  it('do not exist without anything to average', () => {
    const sums = addTick(noSums, 1_000, { trade: null, mark: null, depth: null });
    expect(sums.tickedMs).toBe(1_000);
    expect(averageTrade(noSums, sums)).toBeNull();
    expect(averageMark(noSums, sums)).toBeNull();
    expect(averageDepth(noSums, sums)).toBeNull();
  });

  it('are exact after a century of ticks', () => {
    const sums = { ...noSums, markedMs: 3_155_760_000_000, mark: '3155760000000999.000000000001' };
    const next = addTick(sums, 1_000, {
      trade: null,
      mark: new Decimal('0.000000000001'),
      depth: null,
    });
    expect(next.mark).toBe('3155760000000999.000000001001');
  });

  it.each([
    [0, 1_800_000, null],
    [1_800_000, 1_800_000, null],
    [1_859_999, 1_800_000, null],
    [1_860_000, 1_800_000, 1],
    [1_979_999, 1_800_000, 2],
    [86_400_000 + 3_600_000, 86_400_000, 60],
  ])(
    'after %d ms of ticks, a window of %d ms begins with minute %s',
    (tickedMs, windowMs, minute) => {
      expect(windowMinute({ tickedMs }, windowMs)).toBe(minute);
    },
  );

  it.each([
    [59_999, 0],
    [60_000, 1],
    [119_999, 1],
  ])('%d ms of ticks are %d whole minutes', (tickedMs, minute) => {
    expect(minuteOf({ ...noSums, tickedMs })).toBe(minute);
  });
});

describe('the average of the mark', () => {
  it('counts from the tick after the first mark on', () => {
    const market = new TickingMarket().tick({ bid: '1', ask: '1' }, 60);
    expect(averageMark(noSums, market.state.sums)).toBeNull();
    market
      .tick({ bid: '1', ask: '1', last: '1' }, 61)
      .tick({ bid: '1', ask: '1', last: '1' }, 1, 9_000);
    expect(market.state.sums).toMatchObject({ tickedMs: 122_000, markedMs: 61_000 });
    expect(averageMark(noSums, market.state.sums)?.toFixed()).toBe('1');
  });
});

describe('the average of trades', () => {
  const quotes = { bid: '1.29', ask: '1.31' };

  /** Where the mark goes that bid, ask and the average mid would have at 1.3. */
  function markAfter(minutes: number, last: string, lastOrdinary: string): number {
    const market = new TickingMarket().tick({ bid: '1', ask: '1', last: '1' }, 3_600);
    return market.tick({ ...quotes, last, lastOrdinary }, minutes * 60).mark;
  }

  it('leaves out what was bought back or liquidated', () => {
    const bought = markAfter(60, '1.31', '1');
    expect(bought).toBeCloseTo(1.3, 2);
    // the median is then the average mid, for the average of trades has not moved
    expect(bought).toBeLessThan(1.3001);
    const traded = markAfter(60, '1.31', '1.31');
    expect(traded).toBeCloseTo(1.31, 3);
  });

  it('covers the last 30 to 31 minutes; a price without trades after it goes on counting', () => {
    // the average is the middle one of 1 (the average mid), 1.02 (the last trade) and itself
    const sight = { bid: '0.98', ask: '1.02', last: '1.02' };
    const market = new TickingMarket().tick({ ...sight, lastOrdinary: '1.004' }, 3_600);
    expect(market.state.mark).toBe('1.004');
    market.tick({ ...sight, lastOrdinary: '1.016' }, 900);
    expect(market.mark).toBeGreaterThanOrEqual(1.004 + (0.012 * 900) / 1_860);
    expect(market.mark).toBeLessThanOrEqual(1.004 + (0.012 * 900) / 1_800);
    market.tick({ ...sight, lastOrdinary: '1.016' }, 960);
    expect(market.state.mark).toBe('1.016');
  });
});
