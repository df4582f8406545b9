// A holder disputes the proposed outcome with a bond (DESIGN 2.8), once a market; a second operator rules, and that is
// final. Nobody ruled in time: what was proposed stands, and the bond returns.
import { DomainError } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import {
  bondOf,
  overturns,
  requireEffectiveAt,
  requireEvidence,
  statusAt,
  type Resolution,
} from '../../domain/predictions/market';
import { requireFreeCoins } from '../../domain/staking';
import { isoTime } from '../../domain/time';
import { predictionAccount, userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command } from '../../ledger/command';
import { requireActiveUser, userStates } from '../identity/user-state';
import { bondKeys, planBond } from './bond';
import { holdsPosition, positionKey } from './lot-rows';
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
import { disputedMessage, marketKeys, predictionMarkets } from './market-rows';
import {
  actKeys,
  auditMarketAct,
  requireDisinterested,
  requireSecondOperator,
  type MarketAct,
} from './operator-act';
import { planFinal, proposedResolution } from './resolve';
import { textHash } from './text-hash';

export interface Dispute {
  readonly marketId: string;
  readonly userId: string;
  readonly evidence: string;
  readonly requestId: string;
}

export interface DisputeOutcome {
  readonly marketId: string;
  /** LCO. */
  readonly bond: string;
  readonly disputedAt: string;
  /** Until then a second operator may rule. */
  readonly rulingUntil: string;
}

/**
 * @throws DomainError USER_FROZEN, INVALID_REQUEST, PREDICTION_NOT_FOUND, FORBIDDEN without a position, STATE_CONFLICT
 * unless an outcome is proposed and can be disputed, INSUFFICIENT_FUNDS for the bond
 */
export const disputeMarket: Command<Dispute, DisputeOutcome> = {
  kind: 'dispute_prediction',
  keys: ({ marketId, userId }) => ({
    accounts: [userAccount(userId, 'available', 'LCO'), predictionAccount(marketId, 'bond')],
    rows: [rowKey(userStates, userId), ...marketKeys(marketId), positionKey(marketId, userId)],
  }),
  decide(view, { marketId, userId, evidence, requestId }) {
    requireActiveUser(view, userId);
    requireEvidence(evidence);
    const market = requireMarket(view, marketId);
    if (!holdsPosition(view, marketId, userId)) {
      throw new DomainError('FORBIDDEN', 'Only who holds a position in the market disputes it.');
    }
    const status = statusAt(view.at, market);
    if (status !== 'resolution_proposed' || isDecided(view.at, market)) {
      const message =
        status === 'disputed' || market.disputedAt !== null
          ? 'The outcome was disputed already: a market has one dispute.'
          : 'There is no proposed outcome that can be disputed now.';
      throw new DomainError('STATE_CONFLICT', message, { status });
    }
    const bond = bondOf(readPool(view, marketId).staked);
    const available = userAccount(userId, 'available', 'LCO');
    requireFreeCoins(bond, view.balance(available));
    const rulingUntil = view.at + Number(market.rulingMs);
    const disputed = changed(market, {
      status: 'disputed',
      disputedBy: userId,
      disputedAt: view.at,
      disputeEvidence: evidence,
      bond,
      bondFate: 'held',
      rulingUntil,
    });
    const held = predictionAccount(marketId, 'bond');
    return {
      transfers: [moveBetween('prediction_bond', available, held, bond, marketId)],
      rows: [putRow(predictionMarkets, disputed)],
      feed: [
        {
          type: 'prediction.disputed',
          id: marketId,
          bond: bond.toString(),
          rulingUntil,
          evidenceHash: textHash(evidence),
        },
      ],
      outbox: [disputedMessage(disputed, requestId)],
      result: {
        marketId,
        bond: formatAmount(bond),
        disputedAt: isoTime(view.at),
        rulingUntil: isoTime(rulingUntil),
      },
    };
  },
};

/** What an operator rules. */
export interface Ruling extends Pick<Resolution, 'outcome'> {
  /** Milliseconds since 1970; null: as it was proposed. */
  readonly effectiveAt: number | null;
}

/**
 * A second operator rules on a dispute: that is final. The bond returns if the ruling says anything else than what was
 * disputed, and is burned otherwise.
 * @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, PREDICTION_NOT_FOUND, ACTION_BY_INTERESTED_OPERATOR,
 * STATE_CONFLICT unless it is disputed and still to be ruled on
 */
export const ruleOnDispute: Command<MarketAct & Ruling, MarketProgress> = {
  kind: 'rule_prediction',
  keys: (act) => {
    const bond = bondKeys(act.marketId);
    return { accounts: bond.accounts, rows: [...actKeys(act).rows, ...bond.rows] };
  },
  decide(view, act) {
    const { outcome, operatorId, reason } = act;
    const market = requireDisinterested(view, act);
    requireSecondOperator(act, market);
    const { status } = market;
    if (status !== 'disputed') {
      const message = `The market is ${statusAt(view.at, market)}: there is no dispute to rule on.`;
      throw new DomainError('STATE_CONFLICT', message, { status });
    }
    if (isDecided(view.at, market)) {
      const message = `Nobody ruled until ${isoTime(market.rulingUntil ?? 0)}: the proposed outcome stands.`;
      throw new DomainError('STATE_CONFLICT', message, { status });
    }
    const proposed = proposedResolution(market);
    const effectiveAt = act.effectiveAt ?? proposed.effectiveAt;
    requireEffectiveAt(effectiveAt, bettingTimeOf(view.at, market));
    const isOverturned = overturns({ outcome, effectiveAt }, proposed);
    const bond = planBond(view, market, isOverturned ? 'returned' : 'burned');
    const ruled = {
      ...market,
      ...bond.market,
      ruledBy: operatorId,
      ruledAt: view.at,
      rulingReason: reason,
    };
    const plan = planFinal(view, ruled, { outcome, effectiveAt });
    const details = {
      outcome,
      effectiveAt: isoTime(effectiveAt),
      bond: isOverturned ? 'returned' : 'burned',
    };
    return {
      ...plan,
      transfers: bond.transfers,
      rows: [...(plan.rows ?? []), ...bond.rows, auditMarketAct(view.at, act, 'rule', details)],
      feed: [...(plan.feed ?? []), ...bond.feed],
    };
  },
};

/** Nobody ruled in time. Asked again, or too early, it changes nothing and says what comes next. */
export const letStand: Command<Step, MarketProgress> = {
  kind: 'let_prediction_stand',
  keys: ({ marketId }) => ({
    accounts: [predictionAccount(marketId, 'bond')],
    rows: marketKeys(marketId),
  }),
  decide(view, { marketId }) {
    const market = requireMarket(view, marketId);
    if (!isDue(view.at, market, 'let_stand')) return { result: progressOf(view.at, market) };
    const bond = planBond(view, market, 'returned');
    const plan = planFinal(view, { ...market, ...bond.market }, proposedResolution(market));
    return { ...plan, transfers: bond.transfers };
  },
};
