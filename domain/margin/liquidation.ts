// Liquidation (whitepaper 3.3, DESIGN 2.6): how much is closed at once, what the penalty is, when the risk reserve takes
// over, and who bears what nobody could be made to pay.
import type { Decimal } from 'decimal.js';
import { Exact } from '../exchange/mark-sums';
import { lotSize } from '../exchange/market';
import { bpsDivisor, minAmount, mulDivDown } from '../money';

/** Depth around the mark that slices are measured by. */
export const sliceBand = '0.03';
/** More than this share of it is not closed at once. */
const sliceShare = 5n;
/** Where next to nothing rests there, at least this share of what was fenced is offered. */
const leastSlices = 10;
const penaltyBps = 200n;

/**
 * Lots of the next order: all that is left, or a fifth of what rests within 3% of the mark if that is less, but no less than
 * a tenth of what the liquidation began with.
 * @param depth base units of LCO within the band, on the side that closes it
 */
export function sliceLots(rest: number, begun: number, depth: bigint): number {
  const fifth = depth / (sliceShare * lotSize);
  const least = Math.ceil(begun / leastSlices);
  return Math.min(rest, Math.max(least, fifth > BigInt(rest) ? rest : Number(fifth)));
}

/**
 * 2% of what was filled, rounded down, but no more than the equity that is left.
 * @param equityLeft base units of CREDIT
 */
export function penaltyOf(notional: bigint, equityLeft: Decimal): bigint {
  const penalty = mulDivDown(notional, penaltyBps, bpsDivisor);
  const left = BigInt(Exact.max(0, equityLeft).floor().toFixed());
  return minAmount(penalty, left);
}

/** Credits that a debt is worth at the mark, rounded up. */
export function worthInCredits(asset: 'CREDIT' | 'LCO', debt: bigint, mark: Decimal): bigint {
  return asset === 'CREDIT'
    ? debt
    : BigInt(new Exact(debt.toString()).times(mark).ceil().toFixed());
}

/** Whether the reserve may take over another debt: all that it took over stays within a multiple of its Credits. */
export function mayTakeOver(worthAfter: bigint, reserve: bigint, cap: number): boolean {
  return worthAfter <= reserve * BigInt(cap);
}

/** Who can pay a debt that no collateral is left for, in base units. */
export interface Backing {
  readonly reserve: bigint;
  readonly treasury: bigint;
  /** What the treasury may still pay in all. */
  readonly backstopLeft: bigint;
}

export interface Waterfall {
  readonly byReserve: bigint;
  readonly byTreasury: bigint;
  readonly bySuppliers: bigint;
}

/** The reserve first, then the treasury up to its backstop, then the pool's suppliers. */
export function divideLoss(loss: bigint, { reserve, treasury, backstopLeft }: Backing): Waterfall {
  const byReserve = minAmount(loss, reserve);
  const byTreasury = minAmount(loss - byReserve, minAmount(treasury, backstopLeft));
  return { byReserve, byTreasury, bySuppliers: loss - byReserve - byTreasury };
}
