// The model of the lending pools (DESIGN 2.6): interest, what is owed and claimed, supplies and who takes them back. A
// pool's debts are the sum over all positions and its shares the sum over all supplies: neither is kept.
import { lendingRatesOf } from './parameters';
import { requireActive, requireOperator, requireUser } from './people';
import { debtAssetOf, equityAt, figuresOf, isNegative, markPrice } from './positions';
import {
  balanceOf,
  move,
  note,
  ofPlatform,
  ofUser,
  Refusal,
  requireAmount,
  requireLine,
  smaller,
  wholly,
  type State,
} from './state';

export type Asset = 'CREDIT' | 'LCO';

export interface Pool {
  /** Times 10^18, as the other. */
  borrowIndex: bigint;
  supplyIndex: bigint;
  /** Up to when interest is counted; null: never. */
  at: number | null;
  /** How often there was any. */
  accruals: number;
  treasuryPaid: bigint;
  lost: bigint;
}

export interface Supply {
  shares: bigint;
  supplied: bigint;
  withdrawn: bigint;
}

const one = 10n ** 18n;
const yearMs = 365n * 24n * 3_600_000n;
const mostLentBps = 8_500n;
const suppliersBps = 9_000n;
const leastPaid = 1_000_000n;

export function newPool(): Pool {
  const indices = { borrowIndex: one, supplyIndex: one };
  return { ...indices, at: null, accruals: 0, treasuryPaid: 0n, lost: 0n };
}

export function ceilOf(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

export function poolOf(state: State, asset: Asset): Pool {
  const pool = state.pools.get(asset);
  if (!pool) throw new Error(`there is no pool of ${asset}`);
  return pool;
}

export function cashOf(state: State, asset: Asset): bigint {
  return balanceOf(state, ofPlatform('lending', asset));
}

export function reserveOf(asset: Asset): string {
  return ofPlatform('risk_reserve', asset);
}

/** Σ over positions that owe it. */
export function scaledDebtOf(state: State, asset: Asset): bigint {
  const owing = [...state.positions.values()].filter(({ side }) => debtAssetOf(side) === asset);
  return owing.reduce((sum, { scaled }) => sum + scaled, 0n);
}

export function sharesOf(state: State, asset: Asset): bigint {
  const own = [...state.supplies].filter(([id]) => id.startsWith(`${asset}/`));
  return own.reduce((sum, [, { shares }]) => sum + shares, 0n);
}

/** A line from the base to the kink, and a steeper one from there. Times 10^18, rounded up. */
function rateAt(state: State, utilisation: bigint): bigint {
  const { base, kink, atKink, full } = lendingRatesOf(state);
  const [low, middle, high, bend] = [base, atKink, full, kink].map((bps) => (bps * one) / 10_000n);
  if (low === undefined || middle === undefined || high === undefined || bend === undefined) {
    throw new Error('four numbers make a curve');
  }
  if (utilisation <= bend) return low + ceilOf((middle - low) * utilisation, bend);
  const beyond = smaller(utilisation, one) - bend;
  return middle + ceilOf((high - middle) * beyond, one - bend);
}

/** The pool with interest until now, as it would be. */
export function grown(state: State, asset: Asset): Pool {
  const pool = poolOf(state, asset);
  const passed = pool.at === null ? 0 : state.now - pool.at;
  const scaled = scaledDebtOf(state, asset);
  if (passed === 0 || scaled === 0n) return { ...pool, at: state.now };
  const debt = ceilOf(scaled * pool.borrowIndex, one);
  const utilisation = ceilOf(debt * one, debt + cashOf(state, asset));
  const yearly = pool.borrowIndex * rateAt(state, utilisation);
  const growth = ceilOf(yearly * BigInt(passed), one * yearMs);
  const forSuppliers = (scaled * growth * suppliersBps) / 10_000n;
  const shares = sharesOf(state, asset);
  return {
    ...pool,
    at: state.now,
    accruals: pool.accruals + (growth > 0n ? 1 : 0),
    borrowIndex: pool.borrowIndex + growth,
    supplyIndex: pool.supplyIndex + (shares === 0n ? 0n : forSuppliers / shares),
  };
}

/** Counts interest: before anything else changes the pool. */
export function accrue(state: State, asset: Asset): Pool {
  const pool = grown(state, asset);
  state.pools.set(asset, pool);
  return pool;
}

/** What scaled debt is now, rounded up. */
export function owedNow(state: State, asset: Asset, scaled: bigint): bigint {
  return ceilOf(scaled * grown(state, asset).borrowIndex, one);
}

export function poolDebtOf(state: State, asset: Asset): bigint {
  return owedNow(state, asset, scaledDebtOf(state, asset));
}

/** Of an accrued pool. Lends, if no more than 85% are lent then; returns the scaled debt. */
export function lend(state: State, asset: Asset, amount: bigint, to: string): bigint {
  const [debt, cash] = [poolDebtOf(state, asset), cashOf(state, asset)];
  const isTooMuch = (debt + amount) * 10_000n > (debt + cash) * mostLentBps;
  if (amount > cash || isTooMuch) throw new Refusal('POOL_UTILISATION_LIMIT');
  move(state, ofPlatform('lending', asset), to, amount);
  return ceilOf(amount * one, poolOf(state, asset).borrowIndex);
}

/** Of an accrued pool: what a repayment takes off a scaled debt. */
export function takeBack(
  state: State,
  asset: Asset,
  { amount, scaled, from }: { amount: bigint; scaled: bigint; from: string },
): bigint {
  move(state, from, ofPlatform('lending', asset), amount);
  const isAll = amount === owedNow(state, asset, scaled);
  return isAll ? scaled : (amount * one) / poolOf(state, asset).borrowIndex;
}

/** cash + debts - claims of an accrued pool, in whole base units. */
export function surplusOf(state: State, asset: Asset): bigint {
  const { borrowIndex, supplyIndex } = poolOf(state, asset);
  const debts = scaledDebtOf(state, asset) * borrowIndex;
  const share = cashOf(state, asset) * one + debts - sharesOf(state, asset) * supplyIndex;
  if (share < 0n) throw new Error('suppliers claim more than there is');
  return share / one;
}

/** What is beyond all claims, as far as it is there; none of less than the least. */
export function payReserve(state: State, asset: Asset, least: bigint, most?: bigint): bigint {
  const cash = cashOf(state, asset);
  const paid = smaller(surplusOf(state, asset), smaller(most ?? cash, cash));
  if (paid < least) return 0n;
  move(state, ofPlatform('lending', asset), reserveOf(asset), paid);
  return paid;
}

/** Suppliers lose so much together, each in proportion. */
export function haircut(state: State, asset: Asset, loss: bigint): void {
  const pool = poolOf(state, asset);
  if (loss === 0n) return;
  const cut = ceilOf(loss * one, sharesOf(state, asset));
  pool.supplyIndex = cut < pool.supplyIndex ? pool.supplyIndex - cut : 0n;
  pool.lost += loss;
}

/** What positions owe beyond what they are worth at the mark, in the pool's asset, rounded up. */
function shortfallOf(state: State, asset: Asset): bigint {
  const { mark } = state;
  if (mark === null) return 0n;
  let missing = 0n;
  for (const position of state.positions.values()) {
    if (position.status === 'closed' || debtAssetOf(position.side) !== asset) continue;
    const equity = equityAt(figuresOf(state, position), markPrice(mark));
    if (isNegative(equity)) missing += ceilOf(-equity.num, equity.den);
  }
  if (asset === 'CREDIT' || missing === 0n) return missing;
  const { num, den } = markPrice(mark);
  return (missing * den) / num + 1n;
}

/** What a share is paid with at a withdrawal, times 10^18. */
function payoutIndex(state: State, asset: Asset): bigint {
  const [{ supplyIndex }, shares] = [poolOf(state, asset), sharesOf(state, asset)];
  // what others have lost when they left is there for it
  const missing = shortfallOf(state, asset) - surplusOf(state, asset);
  if (missing <= 0n || shares === 0n) return supplyIndex;
  const left = shares * supplyIndex - missing * one;
  return left > 0n ? left / shares : 0n;
}

interface Asked {
  readonly asset: Asset;
  /** A user, or the treasury. */
  readonly holder: string;
  /** Where it comes from, or goes to. */
  readonly purse: string;
}

function supplyOf(state: State, { asset, holder }: Asked): Supply {
  const id = `${asset}/${holder}`;
  const supply = state.supplies.get(id) ?? { shares: 0n, supplied: 0n, withdrawn: 0n };
  state.supplies.set(id, supply);
  return supply;
}

/** What it is worth, and what went in and out. */
function tell(state: State, asked: Asked): string {
  const { shares, supplied, withdrawn } = supplyOf(state, asked);
  const claim = (shares * poolOf(state, asked.asset).supplyIndex) / one;
  return `${asked.asset} ${claim} of ${supplied} less ${withdrawn}`;
}

function putIn(state: State, asked: Asked, amount: bigint): string {
  requireAmount(amount);
  if (amount > balanceOf(state, asked.purse)) throw new Refusal('INSUFFICIENT_FUNDS');
  return wholly(state, () => {
    const { supplyIndex } = accrue(state, asked.asset);
    if (supplyIndex < one / 1_000n) throw new Refusal('STATE_CONFLICT');
    const shares = (amount * one) / supplyIndex;
    if (shares === 0n) throw new Refusal('AMOUNT_OUT_OF_RANGE');
    move(state, asked.purse, ofPlatform('lending', asked.asset), amount);
    const supply = supplyOf(state, asked);
    supply.shares += shares;
    supply.supplied += amount;
    return tell(state, asked);
  });
}

/** @param wanted null: all of it */
function takeOut(state: State, asked: Asked, wanted: bigint | null): string {
  if (wanted !== null) requireAmount(wanted);
  return wholly(state, () => {
    accrue(state, asked.asset);
    const index = payoutIndex(state, asked.asset);
    const supply = supplyOf(state, asked);
    const claim = (supply.shares * index) / one;
    const amount = wanted ?? claim;
    if (amount > claim || amount === 0n) throw new Refusal('INSUFFICIENT_FUNDS');
    if (amount > cashOf(state, asked.asset)) throw new Refusal('POOL_CASH_SHORT');
    move(state, ofPlatform('lending', asked.asset), asked.purse, amount);
    supply.shares -= amount === claim ? supply.shares : ceilOf(amount * one, index);
    supply.withdrawn += amount;
    return tell(state, asked);
  });
}

interface OfUser {
  readonly userId: string;
  readonly asset: Asset;
}

function askedBy({ userId, asset }: OfUser): Asked {
  return { asset, holder: userId, purse: ofUser(userId, 'available', asset) };
}

export function supply(state: State, request: OfUser & { amount: bigint }): string {
  requireActive(state, request.userId);
  return putIn(state, askedBy(request), request.amount);
}

/** Who is frozen may. */
export function withdraw(state: State, request: OfUser & { amount: bigint | null }): string {
  requireUser(state, request.userId);
  return takeOut(state, askedBy(request), request.amount);
}

interface Seed {
  readonly operatorId: string;
  readonly amount: bigint;
  readonly reason: string;
}

/** The treasury's Credits: in, or back. */
export function seed(state: State, { operatorId, amount, reason }: Seed): string {
  requireOperator(state, operatorId);
  requireLine(reason);
  const asked: Asked = { asset: 'CREDIT', holder: 'treasury', purse: ofPlatform('treasury') };
  const told = amount >= 0n ? putIn(state, asked, amount) : takeOut(state, asked, -amount);
  note(state, 'margin.seed');
  return told;
}

export function claimOf(state: State, { userId, asset }: OfUser): bigint {
  const shares = state.supplies.get(`${asset}/${userId}`)?.shares ?? 0n;
  return (shares * poolOf(state, asset).supplyIndex) / one;
}

/** Once a minute, and when somebody wants to know. */
export function collectInterest(state: State, asset: Asset): string {
  return wholly(state, () => {
    const before = poolOf(state, asset);
    accrue(state, asset);
    const paid = shortfallOf(state, asset) > 0n ? 0n : payReserve(state, asset, leastPaid);
    if (paid === 0n && scaledDebtOf(state, asset) === 0n) state.pools.set(asset, before);
    return `collected ${paid}`;
  });
}
