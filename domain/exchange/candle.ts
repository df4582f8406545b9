// Candles (DESIGN 2.4): what was traded in an interval. Those of a minute and of an hour are kept; longer intervals are
// rolled up from them, so that their sums match, and intervals without a trade are flat.

export const intervals = ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] as const;
export type Interval = (typeof intervals)[number];

/** Prices in ticks, quantity in lots, notional in base units of CREDIT. */
export interface Candle {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly lots: bigint;
  readonly notional: bigint;
  readonly trades: number;
}

interface CandleTrade {
  readonly ticks: number;
  readonly lots: number;
  readonly notional: bigint;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** 1970 began on a Thursday; weeks begin on Monday. */
const firstMondayMs = 4 * dayMs;

const lengthsMs: Readonly<Record<Interval, number>> = {
  '1m': minuteMs,
  '5m': 5 * minuteMs,
  '15m': 15 * minuteMs,
  '1h': 60 * minuteMs,
  '4h': 4 * 60 * minuteMs,
  '1d': dayMs,
  '1w': 7 * dayMs,
};

export function intervalMs(interval: Interval): number {
  return lengthsMs[interval];
}

/** When the candle opened that a time belongs to; milliseconds, UTC. */
export function candleStart(interval: Interval, atMs: number): number {
  const offset = interval === '1w' ? firstMondayMs : 0;
  const length = lengthsMs[interval];
  return Math.floor((atMs - offset) / length) * length + offset;
}

/** The candle with one trade more; null: it is the first. */
export function addToCandle(candle: Candle | null, { ticks, lots, notional }: CandleTrade): Candle {
  if (!candle) {
    return {
      open: ticks,
      high: ticks,
      low: ticks,
      close: ticks,
      lots: BigInt(lots),
      notional,
      trades: 1,
    };
  }
  return {
    open: candle.open,
    high: Math.max(candle.high, ticks),
    low: Math.min(candle.low, ticks),
    close: ticks,
    lots: candle.lots + BigInt(lots),
    notional: candle.notional + notional,
    trades: candle.trades + 1,
  };
}

/** Candles that follow each other, as one; null when there are none. */
export function rollUp(candles: Iterable<Candle>): Candle | null {
  let whole: Candle | null = null;
  for (const candle of candles) whole = whole ? joinCandles(whole, candle) : candle;
  return whole;
}

function joinCandles(earlier: Candle, later: Candle): Candle {
  return {
    open: earlier.open,
    high: Math.max(earlier.high, later.high),
    low: Math.min(earlier.low, later.low),
    close: later.close,
    lots: earlier.lots + later.lots,
    notional: earlier.notional + later.notional,
    trades: earlier.trades + later.trades,
  };
}

/** An interval without a trade: the price stays where it was. */
export function flatCandle(ticks: number): Candle {
  return { open: ticks, high: ticks, low: ticks, close: ticks, lots: 0n, notional: 0n, trades: 0 };
}

/** The interval whose stored candles another's are rolled up from. */
export function sourceOf(interval: Interval): '1m' | '1h' {
  return lengthsMs[interval] < lengthsMs['1h'] ? '1m' : '1h';
}
