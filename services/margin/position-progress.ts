// Where a position stands and what its monitor does next (DESIGN 5), read from its row under the lock: every step is
// answered with this, so that one that begins again goes on where the row is.
import { debtAssetOf, type PositionSide } from '../../domain/margin/position';
import type { Decision, Keys, View } from '../../ledger/command';
import { Pool, poolKeys } from './pool';
import { reserveAccount } from './pool-rows';
import { markOf, positionKeys, type PositionEdit } from './position-edit';
import type { ChangeKind, PositionRow } from './position-rows';
import { presentPosition, type Position } from './position-views';

/** watch: nothing, until its key is crossed. `nothing`: it is over. */
export type PositionStepKind = 'watch' | 'liquidate' | 'work_off' | 'nothing';

export interface PositionStep {
  readonly kind: PositionStepKind;
  readonly waitMs: number;
}

export interface PositionProgress {
  readonly position: Position;
  /** The higher one is the newer, whichever answer comes first. */
  readonly revision: number;
  readonly next: PositionStep;
}

/** How a step left it: to go on at once; after a slice; with nobody who would trade; with an order in the book. */
export type PositionPace = 'at_once' | 'next_slice' | 'on_offer' | 'in_the_book';

const waits: Readonly<Record<PositionPace, number>> = {
  at_once: 0,
  next_slice: 1_000,
  on_offer: 5_000,
  in_the_book: 10_000,
};

/** What is on offer for long is offered less often. */
const longOnOfferMs = 10 * 60_000;
const longWaitMs = 60_000;

export function progressOf(
  view: View,
  row: PositionRow,
  pace: PositionPace = 'at_once',
): PositionProgress {
  const { borrowIndex } = new Pool(view, debtAssetOf(row.side));
  return progressAt(view.at, row, {
    position: presentPosition(row, borrowIndex, markOf(view)),
    pace,
  });
}

/** A step that is due, whoever takes it. */
export interface MonitoredStep {
  readonly positionId: string;
  readonly userId: string;
  readonly side: PositionSide;
  /** Whether the position's monitor asks: it need not be told then. */
  readonly isMonitor: boolean;
}

/** What every step reads: both pools, for the reserve answers for both. */
export function stepKeys({ positionId, userId, side }: MonitoredStep): Required<Keys> {
  const keys = positionKeys({ id: positionId, userId, side });
  const pools = poolKeys('CREDIT', 'LCO');
  return {
    accounts: [...keys.accounts, ...pools.accounts, reserveAccount('CREDIT')],
    rows: [...keys.rows, ...pools.rows],
  };
}

/** What a step decides, and how the position stands after it. */
export function concludeStep(
  view: View,
  edit: PositionEdit,
  { kind, pace, isMonitor }: { kind: ChangeKind; pace: PositionPace; isMonitor: boolean },
): Decision<PositionProgress> {
  const progress = (position: Position, row: PositionRow) =>
    progressAt(view.at, row, { position, pace });
  return edit.decide(kind, progress, { isMonitor });
}

/** The same outside of a decision. */
export function progressAt(
  at: number,
  row: PositionRow,
  { position, pace }: { readonly position: Position; readonly pace: PositionPace },
): PositionProgress {
  return { position, revision: row.revision, next: stepOf(at, row, pace) };
}

function stepOf(at: number, row: PositionRow, pace: PositionPace): PositionStep {
  switch (row.status) {
    case 'open':
      return { kind: 'watch', waitMs: 0 };
    case 'closed':
      return { kind: 'nothing', waitMs: 0 };
    case 'liquidating':
      return { kind: 'liquidate', waitMs: waitOf(at - (row.fencedAt ?? at), pace) };
    case 'taken_over':
      return { kind: 'work_off', waitMs: waitOf(at - (row.takenOverAt ?? at), pace) };
  }
}

function waitOf(sinceMs: number, pace: PositionPace): number {
  return pace === 'on_offer' && sinceMs > longOnOfferMs ? longWaitMs : waits[pace];
}
