// How a prediction market becomes void (DESIGN 2.8), so that every stake comes back at cost: by itself when nobody proposed
// an outcome in time, or by an operator before an outcome is final. (settle.ts: when a side was hardly bet on.)
import { DomainError } from '../../domain/errors';
import { statusAt } from '../../domain/predictions/market';
import { predictionAccount } from '../../ledger/accounts';
import { putRow, type Command, type Decision, type View } from '../../ledger/command';
import { planBond } from './bond';
import {
  bettingTimeOf,
  changed,
  isDecided,
  isDue,
  progressOf,
  readPool,
  requireMarket,
  type MarketProgress,
  type Step,
} from './market-progress';
import { marketKeys, predictionMarkets, type MarketRow } from './market-rows';
import {
  actKeys,
  auditMarketAct,
  requireDisinterested,
  requireSecondOperator,
  type MarketAct,
} from './operator-act';
import { openedSettlement, predictionSettlements } from './settlement-rows';

/** All stakes are to come back. */
function planVoid(
  view: View,
  market: MarketRow,
  changes: Pick<MarketRow, 'voidCause'> & Partial<MarketRow>,
): Decision<MarketProgress> {
  const pool = readPool(view, market.id);
  const { lockedAt } = bettingTimeOf(view.at, market);
  const voided = changed(market, { status: 'voiding', lockedAt, voidedAt: view.at, ...changes });
  return {
    rows: [
      putRow(predictionMarkets, voided),
      putRow(predictionSettlements, openedSettlement(pool, pool, 'none')),
    ],
    feed: [{ type: 'prediction.void', id: market.id, cause: changes.voidCause }],
    result: progressOf(view.at, voided),
  };
}

/** Nobody proposed an outcome in time. */
export const voidUnresolved: Command<Step, MarketProgress> = {
  kind: 'void_unresolved_prediction',
  keys: ({ marketId }) => ({ rows: marketKeys(marketId) }),
  decide(view, { marketId }) {
    const market = requireMarket(view, marketId);
    if (!isDue(view.at, market, 'void_unresolved')) return { result: progressOf(view.at, market) };
    return planVoid(view, market, { voidCause: 'unresolved' });
  },
};

/**
 * An operator voids a market, a second one where an outcome was proposed: all stakes come back, a bond too.
 * @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, PREDICTION_NOT_FOUND, ACTION_BY_INTERESTED_OPERATOR,
 * STATE_CONFLICT before it is open, and once an outcome is final
 */
export const voidMarket: Command<MarketAct, MarketProgress> = {
  kind: 'void_prediction',
  keys: (act) => ({
    accounts: [predictionAccount(act.marketId, 'bond')],
    rows: actKeys(act).rows,
  }),
  decide(view, act) {
    const market = requireDisinterested(view, act);
    requireSecondOperator(act, market);
    const status = statusAt(view.at, market);
    if (status === 'proposed' || isDecided(view.at, market)) {
      const message = 'A market is voided while it is open and until an outcome is final.';
      throw new DomainError('STATE_CONFLICT', message, { status });
    }
    const bond = planBond(view, market, 'returned');
    const plan = planVoid(view, market, {
      voidCause: 'operator',
      voidedBy: act.operatorId,
      voidReason: act.reason,
      ...bond.market,
    });
    return {
      ...plan,
      transfers: bond.transfers,
      rows: [...(plan.rows ?? []), auditMarketAct(view.at, act, 'void', { was: status })],
    };
  },
};
