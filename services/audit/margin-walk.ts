// A margin position on its way from change to change, for the audit: what it holds and owes, and what a change does to that.
import { lotSize } from '../../domain/exchange/market';
import { debtOf, scaledOfLoan, scaledOfRepayment } from '../../domain/margin/lending-pool';
import type { PositionFigures, PositionStatus } from '../../domain/margin/position';
import type { PositionRow } from '../margin/position-rows';
import type { CheckedOrder } from './margin-rows';

/** Where a position stands, as its changes so far have made it. */
export interface Standing {
  readonly status: PositionStatus | 'unborn';
  readonly lots: number;
  readonly credits: bigint;
  readonly scaledDebt: bigint;
  readonly entryLots: number;
  readonly entryNotional: bigint;
  readonly paidIn: bigint;
  readonly paidOut: bigint;
  readonly penalties: bigint;
  readonly openedAt: number;
  readonly updatedAt: number;
  readonly triggeredAt: number | null;
  readonly fencedAt: number | null;
  readonly sliced: boolean;
  readonly takenOverAt: number | null;
  readonly closedAt: number | null;
  /** The order that works it off, and is not counted yet. */
  readonly pending: CheckedOrder | null;
}

export const unborn: Standing = {
  status: 'unborn',
  ...{ lots: 0, credits: 0n, scaledDebt: 0n, entryLots: 0, entryNotional: 0n },
  ...{ paidIn: 0n, paidOut: 0n, penalties: 0n },
  ...{ openedAt: 0, updatedAt: 0, triggeredAt: null, fencedAt: null, sliced: false },
  ...{ takenOverAt: null, closedAt: null, pending: null },
};

/** What a change did, as the columns of its row name it. */
export interface Moved {
  orderId: string | null;
  debt: bigint;
  tradedLots: number;
  notional: bigint;
  fee: bigint;
  penalty: bigint;
  paidIn: bigint;
  paidOut: bigint;
  surplus: bigint;
  coinsIn: bigint;
}

/** Applies to a position what one change does. */
export class Walk {
  private coins: bigint;
  credits: bigint;
  scaledDebt: bigint;
  readonly moved: Moved = {
    ...{ orderId: null, debt: 0n, tradedLots: 0, notional: 0n, fee: 0n, penalty: 0n },
    ...{ paidIn: 0n, paidOut: 0n, surplus: 0n, coinsIn: 0n },
  };

  constructor(
    private readonly position: Pick<PositionRow, 'side' | 'takerFeeBps'>,
    before: Standing,
    private readonly borrowIndex: bigint,
  ) {
    this.coins = BigInt(before.lots) * lotSize;
    this.credits = before.credits;
    this.scaledDebt = before.scaledDebt;
  }

  get debt(): bigint {
    return debtOf(this.scaledDebt, this.borrowIndex);
  }

  /** Whole ones, but for a fault. */
  get lots(): number {
    return Number(this.coins / lotSize);
  }

  get figures(): PositionFigures {
    const { side, takerFeeBps } = this.position;
    const quantity = side === 'long' ? this.coins : 0n;
    return { side, quantity, credits: this.credits, debt: this.debt, takerFeeBps };
  }

  payIn(amount: bigint): void {
    this.moved.paidIn += amount;
    this.credits += amount;
  }

  payOut(amount: bigint): void {
    this.moved.paidOut += amount;
    this.credits -= amount;
  }

  penalise(amount: bigint): void {
    this.moved.penalty += amount;
    this.credits -= amount;
  }

  passOn(surplus: bigint): void {
    this.moved.surplus += surplus;
    this.coins -= surplus;
  }

  takeCoins(amount: bigint): void {
    this.moved.coinsIn += amount;
    this.coins += amount;
  }

  borrow(amount: bigint): void {
    this.scaledDebt += scaledOfLoan(amount, this.borrowIndex);
    this.owe(amount);
  }

  /** No more than is owed. */
  repay(asked: bigint): void {
    const amount = asked < this.debt ? asked : this.debt;
    if (amount <= 0n) return;
    this.scaledDebt -= scaledOfRepayment(amount, this.scaledDebt, this.borrowIndex);
    this.owe(-amount);
  }

  trade(order: CheckedOrder): void {
    const { moved } = this;
    moved.orderId = order.id;
    const notional = order.makerNotional + order.takerNotional;
    const bought = BigInt(order.side === 'buy' ? order.filledLots : -order.filledLots);
    moved.tradedLots += order.filledLots;
    moved.notional += notional;
    moved.fee += order.feeCharged;
    this.coins += bought * lotSize;
    this.credits += (order.side === 'buy' ? -notional : notional) - order.feeCharged;
  }

  private owe(amount: bigint): void {
    this.moved.debt += amount;
    if (this.position.side === 'long') this.credits += amount;
    else this.coins += amount;
  }
}
