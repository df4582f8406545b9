// Positions and their history as they are told (DESIGN 2.6 and 6): amounts and prices as decimal strings, times in ISO 8601.
// They are told as JSON, for answers that are stored.
import type { Decimal } from 'decimal.js';
import { formatPrice, quantityOf } from '../../domain/exchange/market';
import { averagePrice } from '../../domain/exchange/order';
import {
  bankruptcyPrice,
  debtAssetOf,
  equityAt,
  liquidationPrice,
  marginRatio,
  type CloseReason,
  type PositionFigures,
  type PositionSide,
  type PositionStatus,
} from '../../domain/margin/position';
import { debtOf } from '../../domain/margin/lending-pool';
import { formatAmount, formatDecimal, type Asset } from '../../domain/money';
import { isoTime } from '../../domain/time';
import type { ChangeKind, ChangeRow, PositionRow, TriggerKind } from './position-rows';

/** Prices are Credits for one LCO; ratios are shares of the position's worth. */
export interface Position {
  readonly id: string;
  readonly side: PositionSide;
  readonly status: PositionStatus;
  readonly leverage: string;
  /** LCO that a long holds, or a short owes. */
  readonly quantity: string;
  /** Credits that a short holds. */
  readonly credits: string;
  readonly debtAsset: Asset;
  /** With interest until now. */
  readonly debt: string;
  /** Paid, or got, on average, rounded down; the fee left out. */
  readonly entryPrice: string;
  readonly mark: string | null;
  /** At the mark; null without one, or when nothing is held or owed. */
  readonly marginRatio: string | null;
  readonly maintenanceRatio: string;
  /** Below it a long is liquidated, above it a short; null for a long that owes nothing. */
  readonly liquidationPrice: string | null;
  readonly bankruptcyPrice: string | null;
  /** Credits that would be left at the mark, fee included. */
  readonly equity: string | null;
  /** Credits that the owner has put in and was paid out. */
  readonly paidIn: string;
  readonly paidOut: string;
  /** Paid out and equity less what was put in: what it has won or lost so far. */
  readonly profit: string | null;
  readonly penalties: string;
  readonly stopLoss: string | null;
  readonly takeProfit: string | null;
  readonly triggered: TriggerKind | null;
  readonly openedAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  readonly closeReason: CloseReason | null;
}

export function figuresOf(row: PositionRow, borrowIndex: bigint): PositionFigures {
  const { side, lots, credits, scaledDebt, takerFeeBps } = row;
  return {
    side,
    quantity: quantityOf(lots),
    credits,
    debt: debtOf(scaledDebt, borrowIndex),
    takerFeeBps,
  };
}

/** With the 12 decimals that the mark has, rounded half to even. */
function text(value: Decimal | null): string | null {
  return value && value.toDecimalPlaces(12).toFixed();
}

/** @param borrowIndex of the pool that it owes, with interest until now */
export function presentPosition(
  row: PositionRow,
  borrowIndex: bigint,
  mark: Decimal | null,
): Position {
  const figures = figuresOf(row, borrowIndex);
  const isOwners = row.takenOverAt === null;
  const equity = mark && row.status !== 'closed' ? wholeUnits(equityAt(figures, mark)) : null;
  const left = !isOwners || row.status === 'closed' ? 0n : equity;
  return {
    id: row.id,
    side: row.side,
    status: row.status,
    leverage: formatDecimal(BigInt(row.leverage), 2),
    quantity: formatAmount(row.side === 'long' ? figures.quantity : figures.debt),
    credits: formatAmount(row.credits),
    debtAsset: debtAssetOf(row.side),
    debt: formatAmount(figures.debt),
    entryPrice: formatAmount(averagePrice(row.entryNotional, row.entryLots) ?? 0n),
    mark: text(mark),
    marginRatio: mark && text(marginRatio(figures, mark)),
    maintenanceRatio: formatDecimal(BigInt(row.maintenanceBps), 4),
    liquidationPrice: text(liquidationPrice(figures, row)),
    bankruptcyPrice: text(bankruptcyPrice(figures)),
    equity: equity === null ? null : formatAmount(equity),
    paidIn: formatAmount(row.paidIn),
    paidOut: formatAmount(row.paidOut),
    profit: left === null ? null : formatAmount(row.paidOut + left - row.paidIn),
    penalties: formatAmount(row.penalties),
    stopLoss: row.stopLossTicks === null ? null : formatPrice(row.stopLossTicks),
    takeProfit: row.takeProfitTicks === null ? null : formatPrice(row.takeProfitTicks),
    triggered: row.triggered,
    openedAt: isoTime(row.openedAt),
    updatedAt: isoTime(row.updatedAt),
    closedAt: row.closedAt === null ? null : isoTime(row.closedAt),
    closeReason: row.closeReason,
  };
}

function wholeUnits(value: Decimal): bigint {
  return BigInt(value.floor().toFixed());
}

/** A line of a position's history. */
export interface PositionChange {
  readonly number: number;
  readonly kind: ChangeKind;
  readonly at: string;
  readonly mark: string | null;
  /** After it. */
  readonly marginRatio: string | null;
  readonly orderId: string | null;
  /** LCO that were traded, and the Credits for them and the fee. */
  readonly quantity: string;
  readonly notional: string;
  readonly fee: string;
  readonly penalty: string;
  /** Above 0: borrowed; below: repaid. */
  readonly debt: string;
  readonly paidIn: string;
  readonly paidOut: string;
}

export function presentChange(row: ChangeRow): PositionChange {
  return {
    number: row.number,
    kind: row.kind,
    at: isoTime(row.at),
    mark: row.mark,
    marginRatio: row.marginRatio,
    orderId: row.orderId,
    quantity: formatAmount(quantityOf(row.tradedLots)),
    notional: formatAmount(row.notional),
    fee: formatAmount(row.fee),
    penalty: formatAmount(row.penalty),
    debt: formatAmount(row.debt),
    paidIn: formatAmount(row.paidIn),
    paidOut: formatAmount(row.paidOut),
  };
}
