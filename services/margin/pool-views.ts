// Pools, supplies and losses as they are told (DESIGN 2.6): amounts as decimal strings, rates as shares a year.
import {
  borrowable,
  borrowRate,
  claimOf,
  debtOf,
  maxUtilisationBps,
  supplyRate,
  utilisationOf,
  type PoolState,
  type RateCurve,
} from '../../domain/margin/lending-pool';
import { formatAmount, formatDecimal, type Asset } from '../../domain/money';
import { isoTime } from '../../domain/time';
import { decimalOfWad, type LossRow, type SupplyRow } from './pool-rows';

export interface PoolView {
  readonly asset: Asset;
  /** What suppliers may claim. */
  readonly supplied: string;
  readonly borrowed: string;
  /** What is not lent. */
  readonly cash: string;
  /** What can be borrowed at once. */
  readonly borrowable: string;
  /** Shares of 1. */
  readonly utilisation: string;
  readonly maxUtilisation: string;
  /** A year's, as shares of 1. */
  readonly borrowRate: string;
  readonly supplyRate: string;
  readonly borrowIndex: string;
  readonly supplyIndex: string;
  /** What suppliers have lost, ever. */
  readonly lost: string;
}

interface PoolFigures {
  readonly asset: Asset;
  readonly cash: bigint;
  readonly lost: bigint;
  readonly curve: RateCurve;
}

/** @param state with interest until now */
export function presentPool(state: PoolState, { asset, cash, lost, curve }: PoolFigures): PoolView {
  const debt = debtOf(state.scaledDebt, state.borrowIndex);
  const utilisation = utilisationOf(debt, cash);
  const rate = borrowRate(utilisation, curve);
  return {
    asset,
    supplied: formatAmount(claimOf(state.shares, state.supplyIndex)),
    borrowed: formatAmount(debt),
    cash: formatAmount(cash),
    borrowable: formatAmount(borrowable(debt, cash)),
    utilisation: ratioText(utilisation),
    maxUtilisation: formatDecimal(maxUtilisationBps, 4),
    borrowRate: ratioText(rate),
    supplyRate: ratioText(supplyRate(utilisation, rate)),
    borrowIndex: decimalOfWad(state.borrowIndex),
    supplyIndex: decimalOfWad(state.supplyIndex),
    lost: formatAmount(lost),
  };
}

/** Of 6 decimals, rounded down: for people; the indices are exact. */
export function ratioText(value: bigint): string {
  return formatDecimal(value / 10n ** 12n, 6);
}

export interface Supply {
  readonly asset: Asset;
  /** What it is worth now, interest included. */
  readonly claim: string;
  /** All that was ever put in and taken out. */
  readonly supplied: string;
  readonly withdrawn: string;
  /** Interest so far; below 0 after a loss. */
  readonly earned: string;
  readonly updatedAt: string;
}

/** @param supplyIndex with interest until now */
export function presentSupply(row: SupplyRow, supplyIndex: bigint): Supply {
  const claim = claimOf(row.shares, supplyIndex);
  return {
    asset: row.asset,
    claim: formatAmount(claim),
    supplied: formatAmount(row.supplied),
    withdrawn: formatAmount(row.withdrawn),
    earned: formatAmount(claim + row.withdrawn - row.supplied),
    updatedAt: isoTime(row.updatedAt),
  };
}

/** A debt that no collateral was left for, and who bore it, in its asset. */
export interface Loss {
  readonly positionId: string;
  readonly asset: Asset;
  readonly at: string;
  readonly byReserve: string;
  readonly byTreasury: string;
  readonly bySuppliers: string;
  /** LCO that Credits of the reserve and the treasury bought to repay it. */
  readonly bought: string;
  readonly reserveSpent: string;
  readonly treasurySpent: string;
  /** Shares of 1 that each supply lost. */
  readonly supplyIndexBefore: string;
  readonly supplyIndexAfter: string;
  readonly settledAt: string | null;
}

export function presentLoss(row: LossRow): Loss {
  return {
    positionId: row.id,
    asset: row.asset,
    at: isoTime(row.at),
    byReserve: formatAmount(row.byReserve),
    byTreasury: formatAmount(row.byTreasury),
    bySuppliers: formatAmount(row.bySuppliers),
    bought: formatAmount(row.bought),
    reserveSpent: formatAmount(row.reserveSpent),
    treasurySpent: formatAmount(row.treasurySpent),
    supplyIndexBefore: decimalOfWad(BigInt(row.supplyIndexBefore)),
    supplyIndexAfter: decimalOfWad(BigInt(row.supplyIndexAfter)),
    settledAt: row.settledAt === null ? null : isoTime(row.settledAt),
  };
}
