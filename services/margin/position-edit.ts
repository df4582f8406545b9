// A position as one decision changes it (DESIGN 2.6): Credits come in and go out, its pool lends and is repaid, an order
// trades for it. At the end it is one row, one line of what happened, and what the market and the pool wrote.
import type { Decimal } from 'decimal.js';
import { currentMark } from '../../domain/exchange/mark-price';
import { lotSize } from '../../domain/exchange/market';
import { assert } from '../../domain/errors';
import {
  debtAssetOf,
  liquidationKey,
  type CloseReason,
  type PositionFigures,
} from '../../domain/margin/position';
import { minAmount, type Asset } from '../../domain/money';
import { positionAccount, userAccount, type Account } from '../../ledger/accounts';
import {
  moveBetween,
  putRow,
  rowKey,
  type Decision,
  type Keys,
  type OutboxMessage,
  type View,
} from '../../ledger/command';
import { tradingFees } from '../exchange/execution/order-accounts';
import { marketState } from '../exchange/market/market-state';
import { noWrites, type MarketWrites } from '../exchange/market/market-writes';
import type { OrderRow } from '../exchange/market/order-rows';
import { Pool, poolKeys } from './pool';
import { reserveAccount } from './pool-rows';
import { changeWrites, noMovement, type Movement } from './position-change';
import {
  marginPositions,
  marginUserIdOf,
  marginUsers,
  positionMessage,
  type ChangeKind,
  type PositionRow,
} from './position-rows';
import type { Position } from './position-views';

type Sums = {
  -readonly [
    Name in keyof Omit<Movement, 'orderId' | 'lots' | 'credits' | 'scaledDebt'>
  ]: Movement[Name];
};

/** What every command on a position reads. */
export function positionKeys({
  id,
  userId,
  side,
}: Pick<PositionRow, 'id' | 'userId' | 'side'>): Required<Keys> {
  const asset = debtAssetOf(side);
  const pool = poolKeys(asset);
  return {
    accounts: [
      ...pool.accounts,
      positionAccount(id, 'holdings', 'CREDIT'),
      positionAccount(id, 'holdings', 'LCO'),
      userAccount(userId, 'available', 'CREDIT'),
      tradingFees,
    ],
    rows: [
      ...pool.rows,
      rowKey(marginPositions, id),
      rowKey(marginUsers, marginUserIdOf(userId, asset)),
    ],
  };
}

/** The mark of the view, however old; null before there is one. */
export function markOf(view: View): Decimal | null {
  return currentMark(view.projection(marketState).mark);
}

function takenOverDebtOf({ status, scaledDebt }: PositionRow): bigint {
  return status === 'taken_over' ? scaledDebt : 0n;
}

export class PositionEdit {
  readonly pool: Pool;
  private readonly writes: MarketWrites = noWrites();
  private row: PositionRow;
  /** LCO held, base units: a long's, and what a short borrowed or bought and has not passed on. */
  private coins: bigint;
  private readonly sums: Sums = { ...noMovement };
  private orderId: string | null = null;

  constructor(
    private readonly view: View,
    private readonly before: PositionRow,
    private readonly isNew = false,
  ) {
    this.row = before;
    this.pool = new Pool(view, debtAssetOf(before.side));
    this.coins = BigInt(before.lots) * lotSize;
  }

  get current(): PositionRow {
    return this.row;
  }

  get debt(): bigint {
    return this.pool.debtOf(this.row.scaledDebt);
  }

  get figures(): PositionFigures {
    const { side, credits, takerFeeBps } = this.row;
    const quantity = side === 'long' ? this.coins : 0n;
    return { side, quantity, credits, debt: this.debt, takerFeeBps };
  }

  /** What of the market's writing this decision does: an order's execution adds to it. */
  get market(): MarketWrites {
    return this.writes;
  }

  change(changes: Partial<PositionRow>): void {
    this.row = { ...this.row, ...changes };
  }

  /** Credits of the owner, or of who bears the position now. */
  payIn(amount: bigint, from: Account, kind = 'margin_collateral'): void {
    this.move(kind, from, this.holdings('CREDIT'), amount);
    this.sums.paidIn += amount;
    this.addCredits(amount);
  }

  payOut(amount: bigint, to: Account): void {
    this.move('margin_payout', this.holdings('CREDIT'), to, amount);
    this.sums.paidOut += amount;
    this.addCredits(-amount);
  }

  penalise(amount: bigint): void {
    this.move('margin_penalty', this.holdings('CREDIT'), reserveAccount('CREDIT'), amount);
    this.sums.penalty += amount;
    this.addCredits(-amount);
  }

  /** LCO that were bought beyond what is owed. */
  passOnSurplus(amount: bigint, to: Account): void {
    this.move('margin_surplus', this.holdings('LCO'), to, amount);
    this.sums.surplus += amount;
    this.coins -= amount;
  }

  /** LCO of the reserve, to repay with. */
  takeCoins(amount: bigint): void {
    this.move('bad_debt', reserveAccount('LCO'), this.holdings('LCO'), amount);
    this.sums.coinsIn += amount;
    this.coins += amount;
  }

  /** @throws DomainError POOL_UTILISATION_LIMIT */
  borrow(amount: bigint): void {
    const { asset } = this.pool;
    const scaled = this.pool.lend(amount, this.holdings(asset), this.row.id);
    this.row = { ...this.row, scaledDebt: this.row.scaledDebt + scaled };
    this.sums.debt += amount;
    this.addAsset(amount);
    this.takeTransfers();
  }

  repay(amount: bigint): void {
    if (amount === 0n) return;
    const { id, scaledDebt } = this.row;
    const from = this.holdings(this.pool.asset);
    const scaled = this.pool.takeRepayment(amount, { scaledDebt, from, reference: id });
    this.row = { ...this.row, scaledDebt: scaledDebt - scaled };
    this.sums.debt -= amount;
    this.addAsset(-amount);
    this.takeTransfers();
  }

  /**
   * Repays as far as what it has reaches, a long with its Credits, a short with the LCO it bought; what is left of them goes
   * to a purse.
   */
  settleDebt(purseOf: (asset: Asset) => Account): void {
    if (this.pool.asset === 'CREDIT') {
      this.repay(minAmount(this.row.credits, this.debt));
      this.payOut(this.row.credits, purseOf('CREDIT'));
    } else {
      this.repay(minAmount(this.coins, this.debt));
      this.passOnSurplus(this.coins, purseOf('LCO'));
    }
  }

  /** Collects what of the pool is the reserve's, no more than is owed; returns how much that was. */
  collectReserveShare(): bigint {
    const paid = this.pool.payReserveShare(reserveAccount(this.pool.asset), 1n, this.debt);
    this.takeTransfers();
    return paid;
  }

  /** What the waterfall left unpaid is struck, at the suppliers' loss. */
  writeOff(loss: bigint): { readonly before: bigint; readonly after: bigint } {
    const { scaledDebt } = this.row;
    const indices = this.pool.writeOff(scaledDebt, loss);
    this.row = { ...this.row, scaledDebt: 0n };
    return indices;
  }

  /** Takes in what an order wrote that was planned apart. */
  adopt({ transfers, rows, feed }: MarketWrites): void {
    this.writes.transfers.push(...transfers);
    this.writes.rows.push(...rows);
    this.writes.feed.push(...feed);
  }

  /** Counts what an order traded for it; the postings are the order's own. */
  trade(order: OrderRow): void {
    this.orderId = order.id;
    if (order.filledLots === 0) return;
    const notional = order.makerNotional + order.takerNotional;
    this.sums.tradedLots += order.filledLots;
    this.sums.notional += notional;
    this.sums.fee += order.feeCharged;
    const lots = BigInt(order.filledLots) * lotSize;
    if (order.side === 'buy') {
      this.coins += lots;
      this.addCredits(-notional - order.feeCharged);
    } else {
      this.coins -= lots;
      this.addCredits(notional - order.feeCharged);
    }
  }

  /** What came in, went out and was traded so far; base units, but for lots. */
  get moved(): Readonly<Sums> {
    return this.sums;
  }

  get hasTraded(): boolean {
    return this.sums.tradedLots > 0;
  }

  /** The number of its next order, which names it. */
  nextOrderNumber(): number {
    this.row = { ...this.row, orders: this.row.orders + (this.isNew ? 0 : 1) };
    return this.row.orders;
  }

  /** Ends it: nothing is held or owed any more. */
  close(closeReason: CloseReason): void {
    this.change({
      status: 'closed',
      closedAt: this.view.at,
      closeReason,
      workOffOrderId: null,
      stopLossTicks: null,
      takeProfitTicks: null,
      triggered: null,
      triggeredAt: null,
    });
  }

  /**
   * What the decision writes, as one change of this kind.
   * @param told what its monitor is told; of its end it is told unless it is the monitor itself that asks
   */
  decide<Result>(
    kind: ChangeKind,
    result: (position: Position, row: PositionRow) => Result,
    told: { readonly outbox?: readonly OutboxMessage[]; readonly isMonitor?: boolean } = {},
  ): Decision<Result> {
    const { view, before, sums, writes } = this;
    const row = this.finished();
    this.pool.noteTakenOver(takenOverDebtOf(row) - takenOverDebtOf(before));
    const { borrowIndex } = this.pool;
    const { rows, event, position } = changeWrites(
      row,
      { kind, mark: markOf(view), borrowIndex },
      { ...sums, orderId: this.orderId, ...this.differences(row) },
    );
    const { outbox = [], isMonitor = false } = told;
    const ended =
      row.status === 'closed' && !isMonitor ? [positionMessage('margin.closed', row)] : [];
    return {
      transfers: writes.transfers,
      rows: [...writes.rows, ...rows, ...this.pool.rows(), ...this.userRows(row)],
      feed: [...writes.feed, event],
      outbox: [...outbox, ...ended],
      result: result(position, row),
    };
  }

  /** What it holds and owes more than before. */
  private differences({ lots, credits, scaledDebt }: PositionRow) {
    const { before, isNew } = this;
    if (isNew) return { lots, credits, scaledDebt };
    return {
      lots: lots - before.lots,
      credits: credits - before.credits,
      scaledDebt: scaledDebt - before.scaledDebt,
    };
  }

  private finished(): PositionRow {
    const { row, before, sums, isNew, coins } = this;
    const lots = row.side === 'long' ? coins / lotSize : 0n;
    assert(lots * lotSize === coins, 'a position keeps LCO in whole lots, a short none');
    assert(
      row.credits >= 0n && (row.side === 'short' || row.credits === 0n),
      'a long keeps no Credits',
    );
    const key = liquidationKey({ ...this.figures, quantity: coins }, row.scaledDebt, row);
    const isOwners = before.takenOverAt === null;
    return {
      ...row,
      lots: Number(lots),
      liquidationKey: row.status === 'closed' ? null : key && key.toFixed(),
      revision: isNew ? 1 : before.revision + 1,
      paidIn: before.paidIn + (isOwners ? sums.paidIn : 0n),
      paidOut: before.paidOut + (isOwners ? sums.paidOut : 0n),
      penalties: before.penalties + sums.penalty,
      updatedAt: this.view.at,
    };
  }

  /** A user's debts together, as long as they are theirs. */
  private userRows(row: PositionRow) {
    const { before, isNew, view } = this;
    const owned = (position: PositionRow) =>
      position.status === 'open' || position.status === 'liquidating';
    const wasOwned = !isNew && owned(before);
    if (!wasOwned && !owned(row)) return [];
    const { asset } = this.pool;
    const id = marginUserIdOf(row.userId, asset);
    const user = view.row(marginUsers, id) ?? { positions: 0, scaledDebt: 0n };
    const next = {
      id,
      userId: row.userId,
      asset,
      positions: user.positions + (owned(row) ? 1 : 0) - (wasOwned ? 1 : 0),
      scaledDebt:
        user.scaledDebt + (owned(row) ? row.scaledDebt : 0n) - (wasOwned ? before.scaledDebt : 0n),
    };
    return [putRow(marginUsers, next)];
  }

  private holdings(asset: Asset): Account {
    return positionAccount(this.row.id, 'holdings', asset);
  }

  private addCredits(amount: bigint): void {
    this.row = { ...this.row, credits: this.row.credits + amount };
  }

  private addAsset(amount: bigint): void {
    if (this.pool.asset === 'LCO') this.coins += amount;
    else this.addCredits(amount);
  }

  /** The pool's postings, in their place among the others. */
  private takeTransfers(): void {
    this.writes.transfers.push(...this.pool.transfers.splice(0));
  }

  private move(kind: string, from: Account, to: Account, amount: bigint): void {
    assert(amount >= 0n, 'what moves is not negative');
    if (amount > 0n) this.writes.transfers.push(moveBetween(kind, from, to, amount, this.row.id));
  }
}
