// From the last bet to an outcome that stands (DESIGN 2.8): the market locks at its time or by an early resolution; an
// operator proposes an outcome; nobody disputes it in time, so it is final.
import { DomainError } from '../../domain/errors';
import { requireEffectiveAt, statusAt, type Resolution } from '../../domain/predictions/market';
import { isoTime } from '../../domain/time';
import { putRow, type Command, type Decision, type View } from '../../ledger/command';
import {
  bettingTimeOf,
  changed,
  isDecided,
  isDue,
  progressOf,
  requireMarket,
  voidsAt,
  type MarketProgress,
  type Step,
} from './market-progress';
import { marketKeys, predictionMarkets, type MarketRow } from './market-rows';
import { actKeys, auditMarketAct, requireDisinterested, type MarketAct } from './operator-act';

/** Each step, asked again or too early, changes nothing and says what comes next. */
export const lockMarket: Command<Step, MarketProgress> = {
  kind: 'lock_prediction',
  keys: ({ marketId }) => ({ rows: marketKeys(marketId) }),
  decide(view, { marketId }) {
    const market = requireMarket(view, marketId);
    if (!isDue(view.at, market, 'lock')) return { result: progressOf(view.at, market) };
    const locked = lockedAs(view.at, market);
    return { rows: [putRow(predictionMarkets, locked)], result: progressOf(view.at, locked) };
  },
};

/** Locked since its time, or from now on where that is still to come. */
function lockedAs(at: number, market: MarketRow): MarketRow {
  return changed(market, { status: 'locked', lockedAt: bettingTimeOf(at, market).lockedAt });
}

/**
 * An operator proposes the outcome, of a market that is open too: it takes no more bets then.
 * @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, PREDICTION_NOT_FOUND, ACTION_BY_INTERESTED_OPERATOR,
 * STATE_CONFLICT unless it is open or locked, and not yet due to be void
 */
export const resolveMarket: Command<MarketAct & Resolution, MarketProgress> = {
  kind: 'resolve_prediction',
  keys: actKeys,
  decide(view, act) {
    const market = requireDisinterested(view, act);
    const status = statusAt(view.at, market);
    if (status !== 'open' && status !== 'locked') {
      const message = `The market is ${status}: an outcome is proposed while it is open or locked.`;
      throw new DomainError('STATE_CONFLICT', message, { status });
    }
    if (isDecided(view.at, market)) {
      const message = `Nobody proposed an outcome until ${isoTime(voidsAt(market))}: the market is void.`;
      throw new DomainError('STATE_CONFLICT', message, { status });
    }
    const { outcome, effectiveAt, operatorId, reason } = act;
    const betting = bettingTimeOf(view.at, market);
    requireEffectiveAt(effectiveAt, betting);
    const disputableUntil = view.at + Number(market.disputeMs);
    const resolved = changed(market, {
      status: 'resolution_proposed',
      lockedAt: betting.lockedAt,
      proposedOutcome: outcome,
      proposedEffectiveAt: effectiveAt,
      evidence: reason,
      resolvedBy: operatorId,
      resolvedAt: view.at,
      disputableUntil,
    });
    const details = { outcome, effectiveAt: isoTime(effectiveAt), was: status };
    return {
      rows: [putRow(predictionMarkets, resolved), auditMarketAct(view.at, act, 'resolve', details)],
      feed: [
        { type: 'prediction.resolution', id: market.id, outcome, effectiveAt, disputableUntil },
      ],
      result: progressOf(view.at, resolved),
    };
  },
};

/** Nobody disputed it in time. */
export const finaliseMarket: Command<Step, MarketProgress> = {
  kind: 'finalise_prediction',
  keys: ({ marketId }) => ({ rows: marketKeys(marketId) }),
  decide(view, { marketId }) {
    const market = requireMarket(view, marketId);
    if (!isDue(view.at, market, 'finalise')) return { result: progressOf(view.at, market) };
    return planFinal(view, market, proposedResolution(market));
  },
};

/** What an operator proposed. */
export function proposedResolution(market: MarketRow): Resolution {
  const { proposedOutcome: outcome, proposedEffectiveAt: effectiveAt, id } = market;
  if (outcome === null || effectiveAt === null) {
    throw new DomainError('STATE_CONFLICT', `No outcome of ${id} was proposed.`);
  }
  return { outcome, effectiveAt };
}

/** The outcome stands, never to be undone. */
export function planFinal(
  view: View,
  market: MarketRow,
  { outcome, effectiveAt }: Resolution,
): Decision<MarketProgress> {
  const final = changed(market, { status: 'final', outcome, effectiveAt, finalAt: view.at });
  return {
    rows: [putRow(predictionMarkets, final)],
    feed: [{ type: 'prediction.final', id: market.id, outcome, effectiveAt }],
    result: progressOf(view.at, final),
  };
}
