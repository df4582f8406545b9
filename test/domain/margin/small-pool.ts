// A lending pool with its suppliers and debtors in memory, on the pure functions alone, as `services/margin` drives them.
import {
  accrue,
  claimOf,
  debtOf,
  emptyPool,
  indexAfterLoss,
  mayBorrow,
  reserveShareOf,
  scaledOfLoan,
  scaledOfRepayment,
  sharesOfSupply,
  sharesOfWithdrawal,
  wad,
  withdrawalIndex,
  type PoolState,
  type RateCurve,
} from '../../../domain/margin/lending-pool';

export const defaultCurve: RateCurve = {
  baseRateBps: 200,
  kinkUtilisationBps: 7_000,
  kinkRateBps: 1_200,
  fullRateBps: 10_000,
};

export const dayMs = 24 * 60 * 60 * 1000;
export const yearMs = 365 * dayMs;

export class SmallPool {
  state: PoolState = emptyPool;
  cash = 0n;
  at = 0;
  readonly shares: bigint[] = [0n, 0n, 0n];
  readonly scaledDebts: bigint[] = [0n, 0n, 0n];

  constructor(readonly curve: RateCurve = defaultCurve) {}

  /** cash + debts - claims, in 10^-18 of a base unit. */
  get reserveShare(): bigint {
    return reserveShareOf(this.state, this.cash);
  }

  get debt(): bigint {
    return debtOf(this.state.scaledDebt, this.state.borrowIndex);
  }

  claim(who: number): bigint {
    return claimOf(this.shares[who]!, this.state.supplyIndex);
  }

  owed(who: number): bigint {
    return debtOf(this.scaledDebts[who]!, this.state.borrowIndex);
  }

  pass(ms: number): this {
    this.at += ms;
    this.state = accrue(this.state, this.cash, this.at, this.curve);
    return this;
  }

  supply(who: number, amount: bigint): this {
    const shares = sharesOfSupply(amount, this.state.supplyIndex);
    this.cash += amount;
    this.addShares(who, shares);
    return this;
  }

  /** null: all of it. Returns what was paid, nothing where the pool has not that much. */
  withdraw(who: number, asked: bigint | null, shortfall = 0n): bigint {
    const index = withdrawalIndex(this.state, shortfall);
    const claim = claimOf(this.shares[who]!, index);
    const amount = asked === null || asked > claim ? claim : asked;
    if (amount === 0n || amount > this.cash) return 0n;
    this.addShares(
      who,
      -(amount === claim ? this.shares[who]! : sharesOfWithdrawal(amount, index)),
    );
    this.cash -= amount;
    return amount;
  }

  /** Whether it was lent. */
  borrow(who: number, amount: bigint): boolean {
    if (!mayBorrow(amount, this.debt, this.cash)) return false;
    this.cash -= amount;
    this.addDebt(who, scaledOfLoan(amount, this.state.borrowIndex));
    return true;
  }

  /** null: all of it; no more than is owed. */
  repay(who: number, asked: bigint | null): this {
    const owed = this.owed(who);
    const amount = asked === null || asked > owed ? owed : asked;
    this.addDebt(who, -scaledOfRepayment(amount, this.scaledDebts[who]!, this.state.borrowIndex));
    this.cash += amount;
    return this;
  }

  /** What the debtor owes is the suppliers' loss, where there are any. */
  writeOff(who: number): this {
    const loss = this.state.shares === 0n ? 0n : this.owed(who);
    this.state = { ...this.state, supplyIndex: indexAfterLoss(this.state, loss) };
    this.addDebt(who, -this.scaledDebts[who]!);
    return this;
  }

  /** Pays the reserve what is its, in whole base units, as far as it is not lent. */
  collect(): bigint {
    const share = this.reserveShare / wad;
    const paid = share < this.cash ? share : this.cash;
    this.cash -= paid;
    return paid;
  }

  private addShares(who: number, shares: bigint): void {
    this.shares[who]! += shares;
    this.state = { ...this.state, shares: this.state.shares + shares };
  }

  private addDebt(who: number, scaled: bigint): void {
    this.scaledDebts[who]! += scaled;
    this.state = { ...this.state, scaledDebt: this.state.scaledDebt + scaled };
  }
}
