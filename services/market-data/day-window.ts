// The last 24 hours of trading (DESIGN 2.4), to the minute: what the ticker tells.
import { Decimal } from 'decimal.js';
import {
  addToCandle,
  candleStart,
  flatCandle,
  intervalMs,
  rollUp,
  type Candle,
} from '../../domain/exchange/candle';
import { formatPrice, lotSize, notionalOf, tickSize } from '../../domain/exchange/market';
import type { OrderBook } from '../../domain/exchange/order-book';
import { formatAmount } from '../../domain/money';
import { isoTime } from '../../domain/time';
import type { TradeRow } from '../exchange/market/trade-rows';
import type { StoredCandle } from './running-candles';

const minutesOfDay = 24 * 60;

/** Prices in Credits for one LCO, volume in LCO, quote volume in Credits; null: never traded, or nothing rests. */
export interface Ticker {
  readonly symbol: string;
  readonly at: string;
  readonly last: string | null;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly trades: number;
  readonly priceChange: string | null;
  readonly priceChangePercent: string | null;
  readonly bestBid: string | null;
  readonly bestAsk: string | null;
}

/** The first minute that belongs to the 24 hours which end with a time: the running minute is the last of them. */
export function dayStart(at: number): number {
  return candleStart('1m', at) - (minutesOfDay - 1) * intervalMs('1m');
}

export class DayWindow {
  private minutes: StoredCandle[];

  /** Stored candles of minutes, oldest first. */
  constructor(minutes: readonly StoredCandle[]) {
    this.minutes = [...minutes];
  }

  trade({ at, ticks, lots }: TradeRow): void {
    const opensAt = candleStart('1m', at);
    const newest = this.minutes.at(-1);
    const isSame = newest?.opensAt === opensAt;
    if (isSame) this.minutes.pop();
    const trade = { ticks, lots, notional: notionalOf(ticks, lots) };
    this.minutes.push({ opensAt, ...addToCandle(isSame ? newest : null, trade) });
    if (this.minutes.length > 2 * minutesOfDay) this.minutes = this.within(at);
  }

  /** All of the 24 hours in one; null when nothing was traded in them. */
  whole(at: number): Candle | null {
    return rollUp(this.within(at));
  }

  private within(at: number): StoredCandle[] {
    const start = dayStart(at);
    return this.minutes.filter(({ opensAt }) => opensAt >= start);
  }
}

interface Moment {
  readonly symbol: string;
  readonly at: number;
  readonly lastTicks: number | null;
  readonly book: OrderBook;
}

/** Without a trade in the 24 hours, all prices are the last one. */
export function presentTicker(window: DayWindow, { symbol, at, lastTicks, book }: Moment): Ticker {
  const day = window.whole(at) ?? (lastTicks === null ? null : flatCandle(lastTicks));
  const price = (ticks: number | undefined) => (ticks === undefined ? null : formatPrice(ticks));
  return {
    symbol,
    at: isoTime(at),
    last: price(day?.close),
    open: price(day?.open),
    high: price(day?.high),
    low: price(day?.low),
    volume: formatAmount((day?.lots ?? 0n) * lotSize),
    quoteVolume: formatAmount(day?.notional ?? 0n),
    trades: day?.trades ?? 0,
    priceChange: day && formatAmount(BigInt(day.close - day.open) * tickSize),
    priceChangePercent: day && percentChange(day),
    bestBid: price(book.bestTicks('buy')),
    bestAsk: price(book.bestTicks('sell')),
  };
}

/** Of the open, with two decimals, rounded half away from zero. */
function percentChange({ open, close }: Candle): string {
  return new Decimal(close - open)
    .times(100)
    .div(open)
    .toDecimalPlaces(2, Decimal.ROUND_HALF_UP)
    .toFixed();
}
