// Closing a position in part and in full (DESIGN 2.6 and 2.13): how many lots a fraction is, and what a fill repays and
// pays out.
import { DomainError } from '../errors';
import { lotSize } from '../exchange/market';
import { minAmount, mulDivDown, mulDivUp } from '../money';
import { Decimal } from 'decimal.js';
import type { PositionFigures } from './position';

/** Fractions in ten-thousandths: 10,000 is all of it. */
export const wholeFraction = 10_000;
/** The furthest from the mark that an owner lets a closing order trade, in basis points. */
export const maxClosingSlippageBps = 5_000;
const fractionPattern = /^[01](\.\d{1,4})?$/;

/**
 * Ten-thousandths of a fraction written as a plain decimal: "0.5" -> 5,000.
 * @throws DomainError INVALID_REQUEST unless it is above 0 and at most 1, with four decimals at most
 */
export function parseFraction(text: string): number {
  const parts = fractionPattern.test(text) ? new Decimal(text).times(wholeFraction).toNumber() : 0;
  if (parts > 0 && parts <= wholeFraction) return parts;
  throw new DomainError(
    'INVALID_REQUEST',
    'fraction: must be above 0 and at most 1 (100%), with four decimals at most.',
  );
}

/** All lots that close a position: what a long holds, what a short owes rounded up to a lot. */
export function lotsToClose({ side, quantity, debt }: PositionFigures): number {
  return Number(side === 'long' ? quantity / lotSize : (debt + lotSize - 1n) / lotSize);
}

/**
 * The lots that a fraction is: of a long rounded down, of a short up; all of a short where less than a lot would stay owed,
 * which its Credits could not buy.
 */
export function lotsOfFraction(figures: PositionFigures, fraction: number): number {
  const all = BigInt(lotsToClose(figures));
  if (fraction === wholeFraction) return Number(all);
  const parts = BigInt(fraction);
  if (figures.side === 'long') return Number(mulDivDown(all, parts, BigInt(wholeFraction)));
  const lots = mulDivUp(figures.debt, parts, BigInt(wholeFraction) * lotSize);
  return Number(isLessThanALot(figures.debt - lots * lotSize) ? all : lots);
}

function isLessThanALot(owed: bigint): boolean {
  return owed > 0n && owed < lotSize;
}

/** What closed so many lots, in base units of CREDIT. */
interface ClosingFill {
  readonly lots: number;
  readonly notional: bigint;
  readonly fee: bigint;
}

/** How a fill changes what is held and owed; base units. */
export interface ClosingShare {
  /** In the asset of the debt. */
  readonly repaid: bigint;
  /** Credits for the owner. */
  readonly paidOut: bigint;
  /** LCO beyond the debt, for the owner: less than a lot. */
  readonly surplus: bigint;
}

/**
 * What an owner's closing of so much repays and pays out: of a long the sold share of the debt, rounded up, and the rest
 * of the proceeds; of a short what was bought, and the share of its Credits that this did not cost, rounded down. The
 * margin ratio of what stays is no lower.
 */
export function shareOfClosing(figures: PositionFigures, fill: ClosingFill): ClosingShare {
  const bought = BigInt(fill.lots) * lotSize;
  if (figures.side === 'long') {
    const proceeds = fill.notional - fill.fee;
    const share = mulDivUp(figures.debt, bought, figures.quantity);
    const repaid = minAmount(share, proceeds);
    return { repaid, paidOut: proceeds - repaid, surplus: 0n };
  }
  const repaid = minAmount(bought, figures.debt);
  const share = mulDivDown(figures.credits, repaid, figures.debt);
  const left = share - fill.notional - fill.fee;
  // What buys the last lot stays, where the market took all but that.
  const isPaid = left > 0n && !isLessThanALot(figures.debt - repaid);
  return { repaid, paidOut: isPaid ? left : 0n, surplus: bought - repaid };
}
