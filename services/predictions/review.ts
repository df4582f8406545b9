// What becomes of a proposed market (DESIGN 2.8): an operator approves it, with the fee of that moment, or rejects it;
// unanswered it expires. A seed that is not needed goes back in the same commit.
import { assert, DomainError } from '../../domain/errors';
import { isoTime } from '../../domain/time';
import { parameterValue } from '../../domain/parameters';
import { predictionAccount, userAccount } from '../../ledger/accounts';
import {
  moveBetween,
  putRow,
  rowKey,
  type Command,
  type Decision,
  type View,
} from '../../ledger/command';
import { parameters } from '../parameters';
import { lotIdOf, predictionLots } from './lot-rows';
import {
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
import { actKeys, auditMarketAct, requireDisinterested, type MarketAct } from './operator-act';

/** @throws DomainError STATE_CONFLICT unless it is still to be reviewed */
function requireProposed(at: number, market: MarketRow): void {
  const { status, expiresAt } = market;
  if (status !== 'proposed') {
    const message = `The market is ${status}: it was reviewed already.`;
    throw new DomainError('STATE_CONFLICT', message, { status });
  }
  if (isDecided(at, market)) {
    const message = `It could be approved until ${isoTime(expiresAt)}: it is expired.`;
    throw new DomainError('STATE_CONFLICT', message, { status });
  }
}

/**
 * @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, PREDICTION_NOT_FOUND, ACTION_BY_INTERESTED_OPERATOR,
 * STATE_CONFLICT unless it is proposed and still to be approved
 */
export const approveMarket: Command<MarketAct, MarketProgress> = {
  kind: 'approve_prediction',
  keys: actKeys,
  decide(view, act) {
    const market = requireDisinterested(view, act);
    requireProposed(view.at, market);
    const feeBps = parameterValue(view.projection(parameters), 'predictions.feeBps');
    const opened = changed(market, {
      status: 'open',
      openedAt: view.at,
      feeBps,
      reviewedBy: act.operatorId,
      reviewReason: act.reason,
    });
    return {
      rows: [
        putRow(predictionMarkets, opened),
        auditMarketAct(view.at, act, 'approve', { feeBps, closesAt: isoTime(market.closesAt) }),
      ],
      feed: [{ type: 'prediction.opened', id: market.id, closesAt: market.closesAt, feeBps }],
      result: progressOf(view.at, opened),
    };
  },
};

/** Ends a market that never opened; its seed, the one lot there is, goes back whole. */
function planReturn(view: View, market: MarketRow): Omit<Decision<never>, 'result'> {
  const { seed } = readPool(view, market.id);
  const id = lotIdOf(market.id, 0);
  const lot = view.row(predictionLots, id);
  assert(lot, 'the seed is the first lot');
  const pool = predictionAccount(market.id, 'pool');
  const owner = userAccount(market.proposerId, 'available', 'LCO');
  return {
    transfers: [moveBetween('prediction_return', pool, owner, seed, id)],
    rows: [
      putRow(predictionMarkets, market),
      putRow(predictionLots, { ...lot, paid: seed, fee: 0n }),
    ],
  };
}

/** @throws DomainError as `approveMarket` does */
export const rejectMarket: Command<MarketAct, MarketProgress> = {
  kind: 'reject_prediction',
  keys: (act) => ({
    rows: [...actKeys(act).rows, rowKey(predictionLots, lotIdOf(act.marketId, 0))],
  }),
  decide(view, act) {
    const market = requireDisinterested(view, act);
    requireProposed(view.at, market);
    const rejected = changed(market, {
      status: 'rejected',
      reviewedBy: act.operatorId,
      reviewReason: act.reason,
      endedAt: view.at,
    });
    const { transfers = [], rows = [] } = planReturn(view, rejected);
    return {
      transfers,
      rows: [...rows, auditMarketAct(view.at, act, 'reject')],
      result: progressOf(view.at, rejected),
    };
  },
};

/** Asked again, or too early, it changes nothing and says what comes next. */
export const expireMarket: Command<Step, MarketProgress> = {
  kind: 'expire_prediction',
  keys: ({ marketId }) => ({
    rows: [...marketKeys(marketId), rowKey(predictionLots, lotIdOf(marketId, 0))],
  }),
  decide(view, { marketId }) {
    const market = requireMarket(view, marketId);
    if (!isDue(view.at, market, 'expire')) return { result: progressOf(view.at, market) };
    const expired = changed(market, { status: 'expired', endedAt: view.at });
    return { ...planReturn(view, expired), result: progressOf(view.at, expired) };
  },
};
