// A line of a position's history and what its owner's channel is told, made in one place (DESIGN 2.6).
import type { Decimal } from 'decimal.js';
import { marginRatio, sizeOf } from '../../domain/margin/position';
import { putRow, type FeedEvent, type RowWrite } from '../../ledger/command';
import {
  marginChanges,
  marginPositions,
  type ChangeKind,
  type ChangeRow,
  type PositionRow,
} from './position-rows';
import { figuresOf, presentPosition, type Position } from './position-views';

/** What a change moved; base units, but for lots. */
export type Movement = Pick<
  ChangeRow,
  | 'orderId'
  | 'lots'
  | 'credits'
  | 'scaledDebt'
  | 'debt'
  | 'tradedLots'
  | 'notional'
  | 'fee'
  | 'penalty'
  | 'paidIn'
  | 'paidOut'
  | 'surplus'
  | 'coinsIn'
>;

export const noMovement: Movement = {
  orderId: null,
  lots: 0,
  credits: 0n,
  scaledDebt: 0n,
  debt: 0n,
  tradedLots: 0,
  notional: 0n,
  fee: 0n,
  penalty: 0n,
  paidIn: 0n,
  paidOut: 0n,
  surplus: 0n,
  coinsIn: 0n,
};

interface Moment {
  readonly kind: ChangeKind;
  /** Credits for one LCO; null without a mark. */
  readonly mark: Decimal | null;
  /** Of the pool that it owes, with interest until now. */
  readonly borrowIndex: bigint;
}

/** The row, its line, its event, and how it is told; `row` is as it is after the change, its revision and time included. */
export function changeWrites(
  row: PositionRow,
  { kind, mark, borrowIndex }: Moment,
  movement: Movement,
): {
  readonly rows: readonly RowWrite[];
  readonly event: FeedEvent;
  readonly position: Position;
} {
  const figures = figuresOf(row, borrowIndex);
  const ratio = mark && sizeOf(figures) > 0n ? marginRatio(figures, mark) : null;
  const change = {
    ...movement,
    id: `${row.id}/${row.revision}`,
    positionId: row.id,
    number: row.revision,
    kind,
    at: row.updatedAt,
    mark: mark && mark.toFixed(),
    marginRatio: ratio && ratio.toDecimalPlaces(12).toFixed(),
  };
  const position = presentPosition(row, borrowIndex, mark);
  return {
    rows: [putRow(marginPositions, row), putRow(marginChanges, change)],
    // Nobody but the owner is told.
    event: { type: 'position', userId: row.userId, position },
    position,
  };
}
