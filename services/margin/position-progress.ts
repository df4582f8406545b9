// Where a position stands and what its monitor does next (DESIGN 5), read from its row under the lock: every step is
// answered with this, so that one that begins again goes on where the row is.
import type { View } from '../../ledger/command';
import { debtAssetOf } from '../../domain/margin/position';
import { Pool } from './pool';
import { markOf } from './position-edit';
import type { PositionRow } from './position-rows';
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
