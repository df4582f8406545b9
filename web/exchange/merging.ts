// What was asked for and what the stream told, as one list.
import type { ItemOf } from '../api/types';

export type Candle = ItemOf<'/api/v1/exchange/klines'>;
export type Trade = ItemOf<'/api/v1/exchange/trades'>;

export const tradesKept = 60;

/** Oldest first. Of two states of one candle the one with more trades is the later one. */
export function mergeCandles(asked: readonly Candle[], told: readonly Candle[]): readonly Candle[] {
  const byTime = new Map(asked.map((candle) => [candle.openTime, candle]));
  for (const candle of told) {
    const known = byTime.get(candle.openTime);
    if (!known || known.trades < candle.trades) byTime.set(candle.openTime, candle);
  }
  return [...byTime.values()].sort((a, b) => (a.openTime < b.openTime ? -1 : 1));
}

/** Newest first, each once. */
export function mergeTrades(known: readonly Trade[], news: readonly Trade[]): readonly Trade[] {
  const byId = new Map([...known, ...news].map((trade) => [trade.id, trade]));
  return [...byId.values()]
    .sort((a, b) => (BigInt(b.id) > BigInt(a.id) ? 1 : -1))
    .slice(0, tradesKept);
}
