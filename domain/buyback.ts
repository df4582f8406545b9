// The Friday buyback (DESIGN 2.5): when it falls due and what week it belongs to, the highest price it pays, at which
// moments it buys, and how much each time.
import { Decimal } from 'decimal.js';
import { maxPriceTicks, tickSize } from './exchange/market';
import { assert } from './errors';
import { bpsDivisor, unit } from './money';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;
/** 1 January 1970 was a Thursday: the first Friday 16:00 UTC. */
const firstDue = dayMs + 16 * hourMs;

/** The last Friday 16:00 UTC at or before a time. */
export function lastDue(atMs: number): number {
  return atMs - mod(atMs - firstDue, weekMs);
}

/** The next Friday 16:00 UTC after a time. */
export function nextDue(atMs: number): number {
  return lastDue(atMs) + weekMs;
}

function mod(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/** The ISO 8601 week of a time (UTC), with the year that the week belongs to: 2026-W47. */
export function isoWeekOf(atMs: number): string {
  // A week belongs to the year that its Thursday lies in.
  const daysSinceMonday = mod(Math.floor(atMs / dayMs) + 3, 7);
  const thursday = new Date((Math.floor(atMs / dayMs) - daysSinceMonday + 3) * dayMs);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / weekMs) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

/** The id of a week's nth run: the weekly one has the week's own, extra runs count from 2. */
export function buybackIdOf(week: string, nth: number): string {
  return nth === 1 ? week : `${week}-${nth}`;
}

/** What a buyback buys for: LCO to burn, or LCO for the prize pool. */
export const buybackFunds = ['ecosystem_fund', 'prize_fund'] as const;
export type BuybackFund = (typeof buybackFunds)[number];

const DecimalOf40 = Decimal.clone({ precision: 40 });

/**
 * The highest price it pays, in ticks: the lower of the mark at the start and its 24 h average (Credits for one LCO)
 * and so much more, rounded down to a tick, in favour of the fund. 0: no price is low enough.
 */
export function priceCapTicks(mark: Decimal, average: Decimal, maxSlippageBps: number): number {
  const lower = DecimalOf40.min(mark.toString(), average.toString());
  const ticks = lower
    .times(unit.toString())
    .times(Number(bpsDivisor) + maxSlippageBps)
    .div(bpsDivisor.toString())
    .div(tickSize.toString())
    .floor();
  return DecimalOf40.min(ticks, maxPriceTicks).toNumber();
}

/** A random draw is a whole number from 0 to below this. */
export const drawRange = 2 ** 32;

/**
 * The moments of slices in [fromMs, untilMs), in order, each as likely as any other. What is drawn decides, so that
 * a plan that is made again is the same.
 */
export function momentsOf(draws: readonly number[], fromMs: number, untilMs: number): number[] {
  assert(
    draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw < drawRange),
    'a draw is a whole number below 2^32',
  );
  const spreadMs = Math.max(0, untilMs - fromMs);
  return draws
    .map((draw) => fromMs + Math.floor((draw / drawRange) * spreadMs))
    .sort((a, b) => a - b);
}

/**
 * The moments of slices that wait, after a pause: those that were missed get new ones within what is left of the
 * spread, or are due at once when nothing is left; the others keep theirs.
 */
export function momentsAfterPause(
  planned: readonly number[],
  draws: readonly number[],
  nowMs: number,
  untilMs: number,
): number[] {
  const missed = planned.filter((at) => at <= nowMs);
  const kept = planned.filter((at) => at > nowMs);
  return [...momentsOf(draws.slice(0, missed.length), nowMs, untilMs), ...kept].sort(
    (a, b) => a - b,
  );
}

/**
 * What a slice may spend: an equal part of what is left, rounded down in favour of the later ones; the last takes the
 * rest.
 */
export function sliceBudget(left: bigint, slicesLeft: number): bigint {
  assert(left >= 0n && slicesLeft > 0, 'there is a slice left');
  return left / BigInt(slicesLeft);
}
