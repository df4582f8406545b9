// How an IMO ends (DESIGN 2.7): it expires, or an operator cancels it; then locks are returned, some hundred a commit. A
// holder may give a quota up before that.
import { DomainError } from '../../domain/errors';
import { imoPhaseAt } from '../../domain/imo';
import { requireReason } from '../../domain/text';
import { putRow, rowKey, type Command } from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import { requireOperator, requireUser, userStates } from '../identity/user-state';
import { keysOfSome, subscriptionsOf } from './close-imo';
import { changed, imoKey, isDue, progressOf, requireImo, type ImoProgress } from './imo-progress';
import { imos, imoSubscriptions, lockAccounts, subscriptionIdOf, type ImoRow } from './imo-rows';
import { presentSubscription, type Subscription } from './imo-views';
import { putSubscriptions, returnLock } from './locks';

/** The IMO with so many locks less; settled when none is left and it is over. */
export function withoutLocks(imo: ImoRow, returned: number, at: number): ImoRow {
  const openLocks = imo.openLocks - returned;
  const isSettled = openLocks === 0 && imo.endedAt !== null;
  return changed(imo, { openLocks, settledAt: isSettled ? (imo.settledAt ?? at) : null });
}

/** Asked again, or too early, it changes nothing and says what comes next. */
export const expireImo: Command<{ readonly imoId: string }, ImoProgress> = {
  kind: 'expire_imo',
  keys: ({ imoId }) => ({ rows: [imoKey(imoId)] }),
  decide(view, { imoId }) {
    const imo = requireImo(view, imoId);
    if (!isDue(view.at, imo, 'expire')) return { result: progressOf(view.at, imo) };
    const expired = withoutLocks({ ...imo, status: 'expired', endedAt: view.at }, 0, view.at);
    return { rows: [putRow(imos, expired)], result: progressOf(view.at, expired) };
  },
};

/** An operator's act, as it reaches the engine through the IMO's workflow. */
export interface ImoCancellation {
  readonly imoId: string;
  readonly operatorId: string;
  readonly reason: string;
  /** Tells a repeat from a second act: the id of the workflow's update. */
  readonly decisionKey: string;
  readonly requestId: string;
}

/**
 * Ends an IMO before its time: nobody may call any more, and all locks come back.
 * @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, IMO_NOT_FOUND, STATE_CONFLICT while shares are being
 * given out and once it is over, ACTION_BY_INTERESTED_OPERATOR for who subscribed
 */
export const cancelImo: Command<ImoCancellation, ImoProgress> = {
  kind: 'cancel_imo',
  keys: ({ imoId, operatorId }) => ({
    rows: [
      imoKey(imoId),
      rowKey(userStates, operatorId),
      rowKey(imoSubscriptions, subscriptionIdOf(imoId, operatorId)),
    ],
  }),
  decide(view, { imoId, operatorId, reason, requestId }) {
    requireOperator(view, operatorId);
    requireReason(reason);
    const imo = requireImo(view, imoId);
    const phase = imoPhaseAt(view.at, imo);
    if (phase === 'closing') {
      const message = 'The IMO is being closed; it can be cancelled once shares are given out.';
      throw new DomainError('STATE_CONFLICT', message, { status: phase });
    }
    if (phase === 'expired' || phase === 'cancelled') {
      throw new DomainError('STATE_CONFLICT', `The IMO is ${phase} already.`, { status: phase });
    }
    if (view.row(imoSubscriptions, subscriptionIdOf(imoId, operatorId))) {
      throw new DomainError(
        'ACTION_BY_INTERESTED_OPERATOR',
        'Whoever subscribed to the IMO gets a lock back by it: another operator must decide.',
      );
    }
    const ended = {
      ...imo,
      status: 'cancelled' as const,
      endedAt: view.at,
      cancelledBy: operatorId,
      cancelReason: reason,
    };
    const cancelled = withoutLocks(ended, 0, view.at);
    return {
      rows: [
        putRow(imos, cancelled),
        auditAct(view.at, {
          operatorId,
          action: 'imo.cancel',
          subjectKind: 'imo',
          subjectId: imoId,
          reason,
          details: { model: imo.modelId, was: phase },
          requestId,
        }),
      ],
      result: progressOf(view.at, cancelled),
    };
  },
};

interface ReturnLocks {
  readonly imoId: string;
  readonly userIds: readonly string[];
}

/** Returns the locks of an IMO that is over, those that were not returned yet. */
export const returnLocks: Command<ReturnLocks, ImoProgress> = {
  kind: 'return_imo_locks',
  keys: ({ imoId, userIds }) => keysOfSome(imoId, userIds),
  decide(view, { imoId, userIds }) {
    const imo = requireImo(view, imoId);
    if (!isDue(view.at, imo, 'return_locks')) return { result: progressOf(view.at, imo) };
    const reason = imo.status === 'cancelled' ? 'cancelled' : 'expired';
    const locked = subscriptionsOf(view, imoId, userIds).filter((row) => row.returnedAt === null);
    const { rows, transfers, returned } = putSubscriptions(locked, () => reason, view.at);
    const after = withoutLocks(imo, returned, view.at);
    return { transfers, rows: [...rows, putRow(imos, after)], result: progressOf(view.at, after) };
  },
};

/**
 * Gives a quota up: its lock comes back at once. Calls under way are not affected. A frozen user may: it only gives up.
 * @throws DomainError IMO_NOT_FOUND, NOT_FOUND without a subscription, STATE_CONFLICT unless it is active and the quota
 * is there
 */
export const giveUpQuota: Command<
  { readonly imoId: string; readonly userId: string },
  Subscription
> = {
  kind: 'imo_give_up',
  keys: ({ imoId, userId }) => ({
    accounts: Object.values(lockAccounts(userId)),
    rows: [
      rowKey(userStates, userId),
      imoKey(imoId),
      rowKey(imoSubscriptions, subscriptionIdOf(imoId, userId)),
    ],
  }),
  decide(view, { imoId, userId }) {
    requireUser(view, userId);
    const imo = requireImo(view, imoId);
    const row = view.row(imoSubscriptions, subscriptionIdOf(imoId, userId));
    if (!row) throw new DomainError('NOT_FOUND', 'You have not subscribed to this IMO.');
    if (row.returnedAt !== null) {
      const message = 'This lock was returned already.';
      throw new DomainError('STATE_CONFLICT', message, { returnReason: row.returnReason ?? '' });
    }
    if (imo.status !== 'active') {
      const status = imoPhaseAt(view.at, imo);
      const message = `The IMO is ${status}; a quota is given up while it is active.`;
      throw new DomainError('STATE_CONFLICT', message, { status });
    }
    const { row: returned, transfer } = returnLock(row, 'given_up', view.at);
    const after = withoutLocks(imo, 1, view.at);
    return {
      transfers: [transfer],
      rows: [putRow(imoSubscriptions, returned), putRow(imos, after)],
      result: presentSubscription(returned, after, view.at),
    };
  },
};
