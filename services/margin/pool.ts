// A lending pool as one decision changes it (DESIGN 2.6): interest first, then loans, repayments, supplies and what is
// lost, each with its posting; at the end the rows.
import { assert, DomainError } from '../../domain/errors';
import {
  accrue,
  borrowRate,
  debtOf,
  indexAfterLoss,
  mayBorrow,
  reserveShareOf,
  scaledOfLoan,
  scaledOfRepayment,
  utilisationOf,
  wad,
  type PoolState,
  type RateCurve,
} from '../../domain/margin/lending-pool';
import { formatAmount, minAmount, type Asset } from '../../domain/money';
import { parameterValue, type ParameterState } from '../../domain/parameters';
import type { Account } from '../../ledger/accounts';
import {
  moveBetween,
  putRow,
  rowKey,
  type Keys,
  type RowWrite,
  type Transfer,
  type View,
} from '../../ledger/command';
import { parameters } from '../parameters';
import { cashAccount, lendingAccruals, lendingPools, stateOf, type PoolRow } from './pool-rows';

export function rateCurve(values: ParameterState): RateCurve {
  return {
    baseRateBps: parameterValue(values, 'lending.baseRateBps'),
    kinkUtilisationBps: parameterValue(values, 'lending.kinkUtilisationBps'),
    kinkRateBps: parameterValue(values, 'lending.kinkRateBps'),
    fullRateBps: parameterValue(values, 'lending.fullRateBps'),
  };
}

/** What a decision reads that changes a pool. */
export function poolKeys(...assets: readonly Asset[]): Required<Keys> {
  return {
    accounts: assets.map(cashAccount),
    rows: assets.map((asset) => rowKey(lendingPools, asset)),
  };
}

export class Pool {
  private readonly row: PoolRow;
  private readonly before: PoolState;
  private readonly accrued: PoolState;
  private readonly cashBefore: bigint;
  private readonly curve: RateCurve;
  private state: PoolState;
  private cashNow: bigint;
  private takenOverScaled: bigint;
  private treasuryPaidNow: bigint;
  private lost: bigint;
  readonly transfers: Transfer[] = [];

  constructor(
    private readonly view: View,
    readonly asset: Asset,
  ) {
    const row = view.row(lendingPools, asset);
    assert(row, 'both pools have a row');
    this.row = row;
    this.before = stateOf(row);
    this.cashBefore = view.balance(cashAccount(asset));
    this.curve = rateCurve(view.projection(parameters));
    this.accrued = accrue(this.before, this.cashBefore, view.at, this.curve);
    this.state = this.accrued;
    this.cashNow = this.cashBefore;
    this.takenOverScaled = row.takenOverScaledDebt;
    this.treasuryPaidNow = row.treasuryPaid;
    this.lost = row.lost;
  }

  get cash(): bigint {
    return this.cashNow;
  }

  get debt(): bigint {
    return debtOf(this.state.scaledDebt, this.state.borrowIndex);
  }

  /** What borrowing costs a year as things stand, in 10^-18. */
  get borrowRate(): bigint {
    return borrowRate(utilisationOf(this.debt, this.cash), this.curve);
  }

  get takenOverDebt(): bigint {
    return debtOf(this.takenOverScaled, this.state.borrowIndex);
  }

  get treasuryPaid(): bigint {
    return this.treasuryPaidNow;
  }

  get borrowIndex(): bigint {
    return this.state.borrowIndex;
  }

  get current(): PoolState {
    return this.state;
  }

  /** What it has beyond all claims, in whole base units, lent or not. */
  get reserveShare(): bigint {
    return reserveShareOf(this.state, this.cashNow) / wad;
  }

  debtOf(scaledDebt: bigint): bigint {
    return debtOf(scaledDebt, this.state.borrowIndex);
  }

  /**
   * Lends; returns the scaled debt that it makes.
   * @throws DomainError POOL_UTILISATION_LIMIT
   */
  lend(amount: bigint, to: Account, reference: string): bigint {
    if (!mayBorrow(amount, this.debt, this.cashNow)) {
      throw new DomainError(
        'POOL_UTILISATION_LIMIT',
        'The lending pool has not that much to lend: no more than 85% of it is lent.',
        {
          asset: this.asset,
          asked: formatAmount(amount),
          lent: formatAmount(this.debt),
          cash: formatAmount(this.cashNow),
        },
      );
    }
    const scaled = scaledOfLoan(amount, this.state.borrowIndex);
    this.move('lending_borrow', cashAccount(this.asset), to, amount, reference);
    this.cashNow -= amount;
    this.state = { ...this.state, scaledDebt: this.state.scaledDebt + scaled };
    return scaled;
  }

  /** Takes a repayment; returns what it takes off the scaled debt. */
  takeRepayment(
    amount: bigint,
    { scaledDebt, from, reference }: { scaledDebt: bigint; from: Account; reference: string },
  ): bigint {
    const scaled = scaledOfRepayment(amount, scaledDebt, this.state.borrowIndex);
    this.move('lending_repayment', from, cashAccount(this.asset), amount, reference);
    this.cashNow += amount;
    this.state = { ...this.state, scaledDebt: this.state.scaledDebt - scaled };
    return scaled;
  }

  addSupply(amount: bigint, shares: bigint, from: Account): void {
    this.move('lending_supply', from, cashAccount(this.asset), amount);
    this.cashNow += amount;
    this.state = { ...this.state, shares: this.state.shares + shares };
  }

  payWithdrawal(amount: bigint, shares: bigint, to: Account): void {
    this.move('lending_withdrawal', cashAccount(this.asset), to, amount);
    this.cashNow -= amount;
    this.state = { ...this.state, shares: this.state.shares - shares };
  }

  /** Pays the risk reserve what the pool has beyond all claims, in whole base units, as far as it is not lent. */
  payReserveShare(to: Account, atLeast: bigint, atMost = this.cashNow): bigint {
    const paid = minAmount(this.reserveShare, minAmount(atMost, this.cashNow));
    if (paid < atLeast || paid === 0n) return 0n;
    this.move('lending_interest', cashAccount(this.asset), to, paid);
    this.cashNow -= paid;
    return paid;
  }

  /** A debt nobody pays is struck; what is not the reserve's share of the pool is lost by the suppliers. */
  writeOff(scaledDebt: bigint, loss: bigint): { readonly before: bigint; readonly after: bigint } {
    const { supplyIndex: before } = this.state;
    const supplyIndex = loss === 0n ? before : indexAfterLoss(this.state, loss);
    this.state = { ...this.state, supplyIndex, scaledDebt: this.state.scaledDebt - scaledDebt };
    this.lost += loss;
    return { before, after: supplyIndex };
  }

  /** Counts scaled debt in, or out, of what the risk reserve has taken over. */
  noteTakenOver(scaledDebt: bigint): void {
    this.takenOverScaled += scaledDebt;
  }

  /** @param credits base units of CREDIT */
  noteTreasuryPaid(credits: bigint): void {
    this.treasuryPaidNow += credits;
  }

  /** What the decision changed; nothing but the time if it changed nothing. */
  rows(): RowWrite[] {
    const { asset, accruals } = this.row;
    const { accrued, before, state } = this;
    const hasAccrued = accrued.borrowIndex !== before.borrowIndex;
    const pool: PoolRow = {
      asset,
      borrowIndex: state.borrowIndex.toString(),
      supplyIndex: state.supplyIndex.toString(),
      accruedAt: state.accruedAt,
      accruals: accruals + (hasAccrued ? 1 : 0),
      scaledDebt: state.scaledDebt,
      shares: state.shares,
      takenOverScaledDebt: this.takenOverScaled,
      treasuryPaid: this.treasuryPaidNow,
      lost: this.lost,
    };
    const writes = [putRow(lendingPools, pool)];
    if (hasAccrued) writes.push(this.accrualRow(accruals + 1));
    return writes;
  }

  private accrualRow(number: number): RowWrite {
    const { asset, accrued, before, cashBefore } = this;
    const utilisation = utilisationOf(debtOf(before.scaledDebt, before.borrowIndex), cashBefore);
    return putRow(lendingAccruals, {
      id: `${asset}/${number}`,
      asset,
      number,
      at: this.view.at,
      elapsedMs: BigInt(this.view.at - (before.accruedAt ?? this.view.at)),
      cash: cashBefore,
      scaledDebt: before.scaledDebt,
      shares: before.shares,
      rate: borrowRate(utilisation, this.curve).toString(),
      borrowIndex: accrued.borrowIndex.toString(),
      supplyIndex: accrued.supplyIndex.toString(),
    });
  }

  private move(kind: string, from: Account, to: Account, amount: bigint, reference?: string): void {
    if (amount > 0n) this.transfers.push(moveBetween(kind, from, to, amount, reference));
  }
}
