// Averages over time of what the mark price is made from and of the mark itself (DESIGN 2.4 to 2.6): sums that only
// grow, so that the average over any window is the difference of two of them by the time between.
import { Decimal } from 'decimal.js';
import { assert } from '../errors';

/** Intermediate figures carry 40 digits; the sums below are exact in them for longer than the product will live. */
export const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_EVEN });

/**
 * All since the first tick. A tick counts for the time since the one before, a second at most: a time without ticks
 * is no part of any window, which then reaches that much further back.
 */
export interface MarkSums {
  readonly tickedMs: number;
  /** Since the first ordinary trade; Σ price of the newest one x ms. */
  readonly tradedMs: number;
  readonly trade: string;
  /** Since there is a mark; Σ mark x ms. */
  readonly markedMs: number;
  readonly mark: string;
  /** Σ depth x ms, while there is a mark: bids in base units of CREDIT, asks in base units of LCO. */
  readonly bidDepth: string;
  readonly askDepth: string;
}

/** What rests near the mark: bids in base units of CREDIT, asks in base units of LCO. */
export interface Depth {
  readonly bid: bigint;
  readonly ask: bigint;
}

export const noSums: MarkSums = {
  tickedMs: 0,
  tradedMs: 0,
  trade: '0',
  markedMs: 0,
  mark: '0',
  bidDepth: '0',
  askDepth: '0',
};

const minuteMs = 60_000;

interface TickValues {
  /** The newest ordinary trade's price; null before the first. */
  readonly trade: Decimal | null;
  /** The mark since the tick before, and what rested around it; null: there was none. */
  readonly mark: Decimal | null;
  readonly depth: Depth | null;
}

export function addTick(sums: MarkSums, ms: number, { trade, mark, depth }: TickValues): MarkSums {
  const isMarked = mark !== null;
  return {
    tickedMs: sums.tickedMs + ms,
    tradedMs: sums.tradedMs + (trade ? ms : 0),
    trade: trade ? addProduct(sums.trade, trade, ms) : sums.trade,
    markedMs: sums.markedMs + (isMarked ? ms : 0),
    mark: isMarked ? addProduct(sums.mark, mark, ms) : sums.mark,
    bidDepth: isMarked ? addDepth(sums.bidDepth, depth?.bid, ms) : sums.bidDepth,
    askDepth: isMarked ? addDepth(sums.askDepth, depth?.ask, ms) : sums.askDepth,
  };
}

function addProduct(sum: string, value: Decimal, ms: number): string {
  return new Exact(sum).plus(new Exact(value).times(ms)).toFixed();
}

function addDepth(sum: string, depth: bigint | undefined, ms: number): string {
  return (BigInt(sum) + (depth ?? 0n) * BigInt(ms)).toString();
}

/** Whole minutes that were ticked: at each new one the sums are kept, under its number. */
export function minuteOf({ tickedMs }: MarkSums): number {
  return Math.floor(tickedMs / minuteMs);
}

/**
 * The minute that a window which ends now begins with: it is up to a minute longer than asked for. null: it reaches
 * back to the first tick, or beyond.
 */
export function windowMinute(
  { tickedMs }: Pick<MarkSums, 'tickedMs'>,
  windowMs: number,
): number | null {
  const minute = Math.floor((tickedMs - windowMs) / minuteMs);
  return minute > 0 ? minute : null;
}

/** Credits for one LCO; null without an ordinary trade so far. */
export function averageTrade(from: MarkSums, to: MarkSums): Decimal | null {
  return averageOf(from.trade, to.trade, to.tradedMs - from.tradedMs);
}

/** Credits for one LCO; null when there was no mark in between. */
export function averageMark(
  from: Pick<MarkSums, 'mark' | 'markedMs'>,
  to: Pick<MarkSums, 'mark' | 'markedMs'>,
): Decimal | null {
  return averageOf(from.mark, to.mark, to.markedMs - from.markedMs);
}

function averageOf(from: string, to: string, ms: number): Decimal | null {
  assert(ms >= 0, 'a window ends after it begins');
  return ms === 0 ? null : new Exact(to).minus(from).div(ms);
}

/** Rounded down, so that no more is lent than rested there; null when there was no mark in between. */
export function averageDepth(from: MarkSums, to: MarkSums): Depth | null {
  const ms = BigInt(to.markedMs - from.markedMs);
  assert(ms >= 0n, 'a window ends after it begins');
  if (ms === 0n) return null;
  return {
    bid: (BigInt(to.bidDepth) - BigInt(from.bidDepth)) / ms,
    ask: (BigInt(to.askDepth) - BigInt(from.askDepth)) / ms,
  };
}
