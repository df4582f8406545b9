// What a demo market maker wants in the book (DESIGN 7): six prices a side around the price that it believes in, the
// farther the larger, as far as its funds reach.
import { minNotional, notionalOf, type Side } from '../../domain/exchange/market';
import type { Random } from './random';

export interface Quote {
  readonly side: Side;
  readonly ticks: number;
  readonly lots: number;
}

/** What a maker may put into each side. */
export interface LadderFunds {
  /** Base units of CREDIT. */
  readonly credits: bigint;
  readonly lots: number;
}

/** From the price, in basis points, and the share of the side's funds in percent. */
const steps = [
  { bps: 15, percent: 5 },
  { bps: 40, percent: 9 },
  { bps: 75, percent: 13 },
  { bps: 120, percent: 18 },
  { bps: 180, percent: 25 },
  { bps: 260, percent: 30 },
] as const;

/**
 * @param width stretches all distances: makers that differ in it rarely quote the same price
 */
export function ladderAround(
  ticks: number,
  funds: LadderFunds,
  { random, width }: { random: Random; width: number },
): Quote[] {
  const quotes = steps.flatMap(({ bps, percent }): Quote[] => {
    const distance = Math.max(1, Math.round((ticks * bps * width) / 10_000));
    const share = (percent * random.between(0.9, 1)) / 100;
    const bid = Math.max(1, ticks - distance);
    const bidLots = Math.floor((Number(funds.credits) * share) / bid);
    const askLots = Math.floor(funds.lots * share);
    return [
      { side: 'buy', ticks: bid, lots: bidLots },
      { side: 'sell', ticks: ticks + distance, lots: askLots },
    ];
  });
  return quotes.filter(({ ticks: at, lots }) => lots > 0 && notionalOf(at, lots) >= minNotional);
}
