// The candles that trades are still being added to, one an interval (DESIGN 2.4), as the stream tells them. Journal time
// alone ends them: it never runs backwards, so that no trade comes for a candle that was told to be closed.
import {
  addToCandle,
  candleStart,
  flatCandle,
  intervalMs,
  intervals,
  rollUp,
  type Candle,
  type Interval,
} from '../../domain/exchange/candle';
import { notionalOf } from '../../domain/exchange/market';
import type { TradeRow } from '../exchange/market/trade-rows';

export interface StoredCandle extends Candle {
  readonly opensAt: number;
}

interface Running {
  readonly opensAt: number;
  readonly candle: Candle;
}

export interface CandleUpdate extends Running {
  readonly interval: Interval;
  readonly closed: boolean;
}

/** How many flat candles are told one by one after a pause; whoever wants those of a longer one reads them. */
const maxTold = 100;

export class RunningCandles {
  /** Empty before the first trade. */
  private readonly running = new Map<Interval, Running>();

  /** Stored candles, oldest first: of minutes and of hours, from the start of the running quarter hour and week on. */
  static from(minutes: readonly StoredCandle[], hours: readonly StoredCandle[]): RunningCandles {
    const candles = new RunningCandles();
    for (const interval of intervals) {
      const source = intervalMs(interval) < intervalMs('1h') ? minutes : hours;
      const newest = source.at(-1);
      if (!newest) continue;
      const opensAt = candleStart(interval, newest.opensAt);
      const candle = rollUp(source.filter((stored) => stored.opensAt >= opensAt));
      if (candle) candles.running.set(interval, { opensAt, candle });
    }
    return candles;
  }

  of(interval: Interval): Running | undefined {
    return this.running.get(interval);
  }

  /** Ends what has ended by a time; returns it, and what began. */
  advance(at: number): CandleUpdate[] {
    const updates: CandleUpdate[] = [];
    for (const interval of intervals) {
      const running = this.running.get(interval);
      const start = candleStart(interval, at);
      if (!running || running.opensAt >= start) continue;
      const flat = flatCandle(running.candle.close);
      updates.push({ interval, closed: true, ...running });
      const length = intervalMs(interval);
      const told = Math.max(running.opensAt + length, start - maxTold * length);
      for (let opensAt = told; opensAt < start; opensAt += length) {
        updates.push({ interval, closed: true, opensAt, candle: flat });
      }
      this.running.set(interval, { opensAt: start, candle: flat });
      updates.push({ interval, closed: false, opensAt: start, candle: flat });
    }
    return updates;
  }

  trade({ at, ticks, lots }: TradeRow): void {
    const trade = { ticks, lots, notional: notionalOf(ticks, lots) };
    for (const interval of intervals) {
      const opensAt = candleStart(interval, at);
      const running = this.running.get(interval);
      const isSame = running?.opensAt === opensAt && running.candle.trades > 0;
      const candle = addToCandle(isSame ? running.candle : null, trade);
      this.running.set(interval, { opensAt, candle });
    }
  }

  /** As they are now. */
  current(): CandleUpdate[] {
    return [...this.running].map(([interval, running]) => ({
      interval,
      closed: false,
      ...running,
    }));
  }
}
