// The one market, LCO-CREDIT (DESIGN 2.4): prices in whole ticks, quantities in whole lots, and a notional that is
// exact in base units because a tick times a lot is exactly one of them.
import type { Decimal } from 'decimal.js';
import { DomainError } from '../errors';
import { formatAmount, unit } from '../money';

export const marketSymbol = 'LCO-CREDIT';

/** Base units of CREDIT for one LCO in one tick: 0.000001 Credit. */
export const tickSize = 100n;
/** Base units of LCO in one lot: 0.01 LCO. */
export const lotSize = 1_000_000n;
/** Base units of CREDIT: what an order must be worth when it is placed or amended. */
export const minNotional = unit / 100n;
/** 1,000 Credits for one LCO. */
export const maxPriceTicks = 1_000_000_000;
/** All LCO there will ever be. */
export const maxQuantityLots = 1_000_000_000;
export const maxOpenOrders = 200;
export const maxFillsPerCommand = 500;

export type Side = 'buy' | 'sell';

export function oppositeOf(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

/** Base units of CREDIT, exact: ticks x 100 x lots x 10^6 / 10^8. */
export function notionalOf(ticks: number, lots: number): bigint {
  return BigInt(ticks) * BigInt(lots);
}

/** Base units of LCO. */
export function quantityOf(lots: number): bigint {
  return BigInt(lots) * lotSize;
}

/** Ticks as a decimal string of Credits for one LCO. */
export function formatPrice(ticks: number): string {
  return formatAmount(BigInt(ticks) * tickSize);
}

/** Credits for one LCO -> ticks; a mark, or an average, lies between whole ones as a rule. */
export function ticksOfPrice(price: Decimal): Decimal {
  return price.times(unit.toString()).div(tickSize.toString());
}

/** Lots as a decimal string of LCO. */
export function formatQuantity(lots: number): string {
  return formatAmount(quantityOf(lots));
}

/**
 * Base units of CREDIT for one LCO -> ticks.
 * @throws DomainError AMOUNT_OUT_OF_RANGE off tick, not positive, or above 1,000 Credits
 */
export function ticksOf(price: bigint): number {
  return wholeSteps(price, tickSize, maxPriceTicks, 'A price', 'ticks of 0.000001 Credit');
}

/**
 * Base units of LCO -> lots.
 * @throws DomainError AMOUNT_OUT_OF_RANGE off lot, not positive, or above ten million LCO
 */
export function lotsOf(quantity: bigint): number {
  return wholeSteps(quantity, lotSize, maxQuantityLots, 'A quantity', 'lots of 0.01 LCO');
}

function wholeSteps(units: bigint, step: bigint, max: number, what: string, of: string): number {
  if (units <= 0n) throw new DomainError('AMOUNT_OUT_OF_RANGE', `${what} is more than 0.`);
  if (units % step !== 0n)
    throw new DomainError('AMOUNT_OUT_OF_RANGE', `${what} is a whole number of ${of}.`);
  if (units > step * BigInt(max)) {
    throw new DomainError(
      'AMOUNT_OUT_OF_RANGE',
      `${what} is at most ${formatAmount(step * BigInt(max))}.`,
    );
  }
  return Number(units / step);
}
