// Where a round stands and what comes next (DESIGN 2.9), read from its row under the lock: every step of its workflow is
// answered with this, so that one that begins again goes on where the row is.
import { assert, DomainError } from '../../domain/errors';
import { rowKey, type RowKey, type View } from '../../ledger/command';
import { stepAt, type DueStep, type LifecycleStep } from '../lifecycle-step';
import { presentRound, type WarRound } from './war-views';
import { chooseBy, provisionalUntil, warRounds, type WarRoundRow } from './war-rows';

type StepKind = 'close' | 'finalise' | 'pay' | 'default_perk' | 'end_perk';

export interface WarProgress {
  readonly round: WarRound;
  /** The higher one is the newer, whichever answer comes first. */
  readonly revision: number;
  readonly next: LifecycleStep<StepKind>;
}

export function roundKey(roundId: string): RowKey {
  return rowKey(warRounds, roundId);
}

/** @throws DomainError WAR_ROUND_NOT_FOUND */
export function requireRound(view: View, roundId: string): WarRoundRow {
  const round = view.row(warRounds, roundId);
  if (!round) throw new DomainError('WAR_ROUND_NOT_FOUND', 'There is no such round.');
  return round;
}

/** @throws InvariantError when there is no such round: its workflow is started with the row. */
export function readRound(view: View, roundId: string): WarRoundRow {
  const round = view.row(warRounds, roundId);
  assert(round, `the round ${roundId} has a row`);
  return round;
}

/** @param atLeastMs where the step was asked for in time and something else is in its way. */
export function progressOf(at: number, round: WarRoundRow, atLeastMs = 0): WarProgress {
  const next = stepAt(at, dueStep(round), atLeastMs);
  return { round: presentRound(round), revision: round.revision, next };
}

/** The round after a step that changed it. */
export function changed(round: WarRoundRow, changes: Partial<WarRoundRow>): WarRoundRow {
  return { ...round, ...changes, revision: round.revision + 1 };
}

function dueStep(round: WarRoundRow): DueStep<StepKind> {
  switch (round.status) {
    case 'live':
      return { kind: 'close', dueAt: round.endsAt };
    case 'provisional':
      return { kind: 'finalise', dueAt: provisionalUntil(round) ?? 0 };
    case 'final':
      return { kind: 'pay', dueAt: 0 };
    case 'paid':
      if (round.championId === null || round.perkEndedAt !== null) {
        return { kind: 'nothing', dueAt: 0 };
      }
      return round.perkEndsAt === null
        ? { kind: 'default_perk', dueAt: chooseBy(round) ?? 0 }
        : { kind: 'end_perk', dueAt: round.perkEndsAt };
  }
}

/** Whether a step is what comes next, and due. */
export function isDue(at: number, round: WarRoundRow, step: StepKind): boolean {
  const { kind, dueAt } = dueStep(round);
  return kind === step && dueAt <= at;
}
