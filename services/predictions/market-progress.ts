// Where a prediction market stands and what comes next (DESIGN 2.8), read from its row under the lock: every step of its
// workflow is answered with this, so that one that begins again goes on where the row is.
import { assert, DomainError } from '../../domain/errors';
import { statusAt, type PredictionStatus } from '../../domain/predictions/market';
import type { View } from '../../ledger/command';
import { stepAt, type DueStep, type LifecycleStep } from '../lifecycle-step';
import { predictionMarkets, predictionPools, type MarketRow, type PoolRow } from './market-rows';

export type MarketStepKind =
  'expire' | 'lock' | 'void_unresolved' | 'finalise' | 'let_stand' | 'roll_back' | 'pay';

export interface MarketProgress {
  readonly status: PredictionStatus;
  /** The higher one is the newer, whichever answer comes first. */
  readonly revision: number;
  readonly next: LifecycleStep<MarketStepKind>;
}

export function marketNotFound(): DomainError {
  return new DomainError('PREDICTION_NOT_FOUND', 'There is no such prediction market.');
}

/** @throws DomainError PREDICTION_NOT_FOUND */
export function requireMarket(view: View, marketId: string): MarketRow {
  const market = view.row(predictionMarkets, marketId);
  if (!market) throw marketNotFound();
  return market;
}

export function readPool(view: View, marketId: string): PoolRow {
  const pool = view.row(predictionPools, marketId);
  assert(pool, `the market ${marketId} has a pool`);
  return pool;
}

export function progressOf(at: number, market: MarketRow): MarketProgress {
  return {
    status: statusAt(at, market),
    revision: market.revision,
    next: stepAt(at, dueStep(market)),
  };
}

/** The market after a step that changed it. */
export function changed(market: MarketRow, changes: Partial<MarketRow>): MarketRow {
  return { ...market, ...changes, revision: market.revision + 1 };
}

function dueStep(market: MarketRow): DueStep<MarketStepKind> {
  switch (market.status) {
    case 'proposed':
      return { kind: 'expire', dueAt: market.expiresAt };
    case 'open':
      return { kind: 'lock', dueAt: market.closesAt };
    case 'locked':
      return { kind: 'void_unresolved', dueAt: voidsAt(market) };
    case 'resolution_proposed':
      return { kind: 'finalise', dueAt: market.disputableUntil ?? 0 };
    case 'disputed':
      return { kind: 'let_stand', dueAt: market.rulingUntil ?? 0 };
    case 'final':
      return { kind: 'roll_back', dueAt: 0 };
    case 'settling':
    case 'voiding':
      return { kind: 'pay', dueAt: 0 };
    case 'settled':
    case 'void':
    case 'rejected':
    case 'expired':
      return { kind: 'nothing', dueAt: 0 };
  }
}

/** When a locked market is void unless somebody proposes an outcome, in milliseconds. */
export function voidsAt({ lockedAt, closesAt, autoVoidMs }: MarketRow): number {
  return (lockedAt ?? closesAt) + Number(autoVoidMs);
}

/** Whether a step is what comes next, and due. */
export function isDue(at: number, market: MarketRow, step: MarketStepKind): boolean {
  const { kind, dueAt } = dueStep(market);
  return kind === step && dueAt <= at;
}

/** When bets were taken, or are; for a market that was approved. */
export function bettingTimeOf(at: number, market: MarketRow) {
  assert(market.openedAt !== null, `the market ${market.id} was opened`);
  return {
    openedAt: market.openedAt,
    lockedAt: market.lockedAt ?? Math.min(at, market.closesAt),
  };
}

/**
 * Whether an outcome or a void stands, or was bound to by now, whatever a worker has written: from then on nobody decides
 * otherwise.
 */
export function isDecided(at: number, market: MarketRow): boolean {
  const { kind, dueAt } = dueStep(market);
  switch (kind) {
    case 'finalise':
    case 'let_stand':
    case 'void_unresolved':
      return dueAt <= at;
    case 'expire':
      return false;
    case 'lock':
      return voidsAt(market) <= at;
    case 'roll_back':
    case 'pay':
    case 'nothing':
      return true;
  }
}
