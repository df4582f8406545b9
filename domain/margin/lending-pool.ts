// A lending pool's arithmetic (DESIGN 2.6): what is owed and what is claimed follow from two indices, so that interest on
// any number of loans is one multiplication. Indices are whole numbers of 10^-18; every rounding is in the pool's favour.
import { assert } from '../errors';
import { bpsDivisor, mulDivDown, mulDivUp } from '../money';

/** 1 in indices and rates. */
export const wad = 10n ** 18n;
/** Rates are a year's, of 365 days. */
const yearMs = 365n * 24n * 60n * 60n * 1000n;
/** No new borrowing above it. */
export const maxUtilisationBps = 8_500n;
/** Of interest; the rest is the risk reserve's. */
const suppliersShareBps = 9_000n;
/** A pool whose suppliers have lost nearly all takes no more: a share of it would count for nothing. */
export const leastSupplyIndex = wad / 1_000n;

/** Indices and sums of a pool; amounts in base units of its asset. */
export interface PoolState {
  /** Debt = scaled debt x this, rounded up. */
  readonly borrowIndex: bigint;
  /** Claim = shares x this, rounded down. */
  readonly supplyIndex: bigint;
  /** Milliseconds: interest is counted up to here; null before the first time. */
  readonly accruedAt: number | null;
  /** Σ over all debts. */
  readonly scaledDebt: bigint;
  /** Σ over all supplies. */
  readonly shares: bigint;
}

export const emptyPool: PoolState = {
  borrowIndex: wad,
  supplyIndex: wad,
  accruedAt: null,
  scaledDebt: 0n,
  shares: 0n,
};

/** The governed curve, in basis points a year and of utilisation. */
export interface RateCurve {
  readonly baseRateBps: number;
  readonly kinkUtilisationBps: number;
  readonly kinkRateBps: number;
  readonly fullRateBps: number;
}

export function debtOf(scaledDebt: bigint, borrowIndex: bigint): bigint {
  return mulDivUp(scaledDebt, borrowIndex, wad);
}

export function claimOf(shares: bigint, supplyIndex: bigint): bigint {
  return mulDivDown(shares, supplyIndex, wad);
}

/** Rounded up: at least what is borrowed is owed. */
export function scaledOfLoan(amount: bigint, borrowIndex: bigint): bigint {
  return mulDivUp(amount, wad, borrowIndex);
}

/** What a repayment takes off; all of it when the whole debt is paid. Otherwise rounded down. */
export function scaledOfRepayment(amount: bigint, scaledDebt: bigint, borrowIndex: bigint): bigint {
  const debt = debtOf(scaledDebt, borrowIndex);
  assert(amount <= debt, 'nobody repays more than is owed');
  return amount === debt ? scaledDebt : mulDivDown(amount, wad, borrowIndex);
}

/** Rounded down: no more is claimed than was supplied. */
export function sharesOfSupply(amount: bigint, supplyIndex: bigint): bigint {
  return mulDivDown(amount, wad, supplyIndex);
}

/** Rounded up: at least what is paid out is given up. */
export function sharesOfWithdrawal(amount: bigint, index: bigint): bigint {
  return mulDivUp(amount, wad, index);
}

/** Share of what a pool has that is lent, in 10^-18, rounded up; 0 for an empty pool. */
export function utilisationOf(debt: bigint, cash: bigint): bigint {
  return debt === 0n ? 0n : mulDivUp(debt, wad, debt + cash);
}

/** Whether a pool may lend so much more. */
export function mayBorrow(amount: bigint, debt: bigint, cash: bigint): boolean {
  return amount <= cash && (debt + amount) * bpsDivisor <= (debt + cash) * maxUtilisationBps;
}

/** The most that may be borrowed now; never negative. */
export function borrowable(debt: bigint, cash: bigint): bigint {
  const most = mulDivDown(debt + cash, maxUtilisationBps, bpsDivisor) - debt;
  return most > 0n ? (most < cash ? most : cash) : 0n;
}

/**
 * What borrowing costs a year at a utilisation, both in 10^-18: from the base rate in a line to the kink, from there in a
 * steeper one to the full rate. Rounded up.
 */
export function borrowRate(utilisation: bigint, curve: RateCurve): bigint {
  const bps = (value: number) => (BigInt(value) * wad) / bpsDivisor;
  const kink = bps(curve.kinkUtilisationBps);
  const base = bps(curve.baseRateBps);
  const atKink = bps(curve.kinkRateBps);
  if (utilisation <= kink) return base + mulDivUp(atKink - base, utilisation, kink);
  const beyond = utilisation > wad ? wad - kink : utilisation - kink;
  return atKink + mulDivUp(bps(curve.fullRateBps) - atKink, beyond, wad - kink);
}

/** What suppliers earn a year, in 10^-18: their share of the interest on what is lent. Rounded down. */
export function supplyRate(utilisation: bigint, rate: bigint): bigint {
  return (rate * utilisation * suppliersShareBps) / (bpsDivisor * wad);
}

/**
 * The pool with interest up to a time: simple from one change of the pool to the next, compounded at each.
 * @param cash base units that are not lent
 */
export function accrue(pool: PoolState, cash: bigint, at: number, curve: RateCurve): PoolState {
  const elapsed = pool.accruedAt === null ? 0 : at - pool.accruedAt;
  if (elapsed <= 0 && pool.accruedAt !== null) return pool;
  if (elapsed <= 0 || pool.scaledDebt === 0n) return { ...pool, accruedAt: at };
  const { borrowIndex, supplyIndex, scaledDebt, shares } = pool;
  const rate = borrowRate(utilisationOf(debtOf(scaledDebt, borrowIndex), cash), curve);
  const growth = mulDivUp(borrowIndex * rate, BigInt(elapsed), wad * yearMs);
  const forSuppliers = mulDivDown(scaledDebt * growth, suppliersShareBps, bpsDivisor);
  return {
    ...pool,
    accruedAt: at,
    borrowIndex: borrowIndex + growth,
    supplyIndex: shares === 0n ? supplyIndex : supplyIndex + forSuppliers / shares,
  };
}

/**
 * What a pool has beyond all claims: cash + debts - claims, in base units x 10^18, exactly. It is the risk reserve's, and
 * never negative.
 */
export function reserveShareOf(pool: PoolState, cash: bigint): bigint {
  return cash * wad + pool.scaledDebt * pool.borrowIndex - pool.shares * pool.supplyIndex;
}

/**
 * The index that withdrawals are paid at while positions of the pool owe more than they are worth: marked down by all of
 * that, spread over all shares. Rounded down; the supply index itself when nothing is missing.
 * @param shortfall base units
 */
export function withdrawalIndex({ supplyIndex, shares }: PoolState, shortfall: bigint): bigint {
  if (shortfall === 0n || shares === 0n) return supplyIndex;
  const left = shares * supplyIndex - shortfall * wad;
  return left > 0n ? left / shares : 0n;
}

/** The supply index after suppliers lost so much, each in proportion; the loss is rounded up. */
export function indexAfterLoss({ supplyIndex, shares }: PoolState, loss: bigint): bigint {
  if (loss === 0n) return supplyIndex;
  assert(shares > 0n, 'only suppliers can lose');
  const cut = mulDivUp(loss, wad, shares);
  return cut < supplyIndex ? supplyIndex - cut : 0n;
}
