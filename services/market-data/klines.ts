// Klines (DESIGN 2.4): candles of any interval, rolled up from those that are kept and flat where nothing was traded.
import type { Knex } from 'knex';
import {
  candleStart,
  flatCandle,
  intervalMs,
  sourceOf,
  type Candle,
  type Interval,
} from '../../domain/exchange/candle';
import { formatPrice, lotSize } from '../../domain/exchange/market';
import { assert } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { isoTime } from '../../domain/time';

/** A candle as it is told: prices in Credits for one LCO, volume in LCO, quote volume in Credits. */
export interface Kline {
  readonly openTime: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number;
}

export function presentKline(opensAt: number, candle: Candle): Kline {
  return {
    openTime: isoTime(opensAt),
    open: formatPrice(candle.open),
    high: formatPrice(candle.high),
    low: formatPrice(candle.low),
    close: formatPrice(candle.close),
    volume: formatAmount(candle.lots * lotSize),
    quoteVolume: formatAmount(candle.notional),
    trades: candle.trades,
  };
}

/** Times in milliseconds; a kline is in the range when it opens in it. */
export interface KlineRequest {
  readonly interval: Interval;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  readonly limit: number;
}

export interface Klines {
  /** Oldest first: the first ones of the range when it has a start, else the last ones. None before the first trade. */
  list(request: KlineRequest): Promise<Kline[]>;
}

interface CandleOfRange extends Candle {
  readonly opensAt: number;
}

const boundsSql = /* sql */ `
  select clock_timestamp() as "now",
    (select c.opens_at from candles c where c.interval = ? order by c.opens_at limit 1) as "first"`;

// Weeks begin on a Monday, and so does every other interval begin anew on this one.
const rangeSql = /* sql */ `
  select date_bin(? * interval '1 millisecond', c.opens_at, timestamptz '1970-01-05 00:00:00+00') as "opensAt",
    (array_agg(c.open order by c.opens_at))[1] as open, max(c.high) as high, min(c.low) as low,
    (array_agg(c.close order by c.opens_at desc))[1] as close,
    sum(c.lots)::bigint as lots, sum(c.notional)::bigint as notional, sum(c.trades)::int as trades
  from candles c
  where c.interval = ? and c.opens_at >= ? and c.opens_at < ?
  group by 1 order by 1`;

const closeBeforeSql = /* sql */ `
  select c.close from candles c where c.interval = ? and c.opens_at < ? order by c.opens_at desc limit 1`;

interface Range {
  /** When the first and the last kline open. */
  readonly first: number;
  readonly last: number;
}

/** Which klines a request is about, given when trading began and what time it is. */
function rangeOf(
  { interval, startTime, endTime, limit }: KlineRequest,
  began: number,
  now: number,
): Range {
  const length = intervalMs(interval);
  const earliest = candleStart(interval, began);
  const last = candleStart(interval, Math.min(endTime ?? now, now));
  if (startTime === undefined) {
    return { first: Math.max(earliest, last - (limit - 1) * length), last };
  }
  const first = Math.max(earliest, candleStart(interval, startTime + length - 1));
  return { first, last: Math.min(last, first + (limit - 1) * length) };
}

/** One kline an interval: the traded ones, and flat ones between and after them. */
function fillIn(
  interval: Interval,
  { first, last }: Range,
  traded: readonly CandleOfRange[],
  closeBefore: number | undefined,
): Kline[] {
  const byStart = new Map(traded.map((candle) => [candle.opensAt, candle]));
  const klines: Kline[] = [];
  let close = closeBefore;
  for (let opensAt = first; opensAt <= last; opensAt += intervalMs(interval)) {
    const candle = byStart.get(opensAt);
    close = candle?.close ?? close;
    // Only a request that met the very first trade has none before it.
    if (close !== undefined) klines.push(presentKline(opensAt, candle ?? flatCandle(close)));
  }
  return klines;
}

export function createKlines(db: Knex): Klines {
  async function read<Row>(sql: string, values: readonly Knex.RawBinding[]): Promise<Row[]> {
    return (await db.raw<{ rows: Row[] }>(sql, values)).rows;
  }

  return {
    async list(request) {
      const { interval } = request;
      const source = sourceOf(interval);
      const [bounds] = await read<{ now: number; first: number | null }>(boundsSql, [source]);
      assert(bounds, 'a query without a table has one row');
      if (bounds.first === null) return [];
      const range = rangeOf(request, bounds.first, bounds.now);
      if (range.first > range.last) return [];
      const from = new Date(range.first);
      const to = new Date(range.last + intervalMs(interval));
      const [traded, [before]] = await Promise.all([
        read<CandleOfRange>(rangeSql, [intervalMs(interval), source, from, to]),
        read<{ close: number }>(closeBeforeSql, [source, from]),
      ]);
      return fillIn(interval, range, traded, before?.close);
    },
  };
}
