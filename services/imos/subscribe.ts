// Subscribing to an IMO (DESIGN 2.7): free LCO are locked within the window, by journal time. Of several locks of a user
// the amounts sum, the lowest level counts and the first time breaks ties.
import { DomainError } from '../../domain/errors';
import {
  imoPhaseAt,
  lowerLevel,
  requireLockable,
  requireSubscriber,
  weightOf,
} from '../../domain/imo';
import { tierOf } from '../../domain/tiers';
import { userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command } from '../../ledger/command';
import { requireActiveUser, userStates } from '../identity/user-state';
import { changed, imoKey, requireImo } from './imo-progress';
import {
  holderOf,
  imos,
  imoSubscriptions,
  lockAccounts,
  subscriptionIdOf,
  type SubscriptionRow,
} from './imo-rows';
import { presentSubscription, type Subscription } from './imo-views';

export interface Subscribe {
  readonly imoId: string;
  readonly userId: string;
  /** Base units of LCO. */
  readonly amount: bigint;
}

/**
 * @throws DomainError IMO_NOT_FOUND, USER_FROZEN, STATE_CONFLICT outside the window, ACTION_BY_INTERESTED_OPERATOR for
 * who announced it, IMO_LEVEL_REQUIRED, AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS
 */
export const subscribe: Command<Subscribe, Subscription> = {
  kind: 'imo_subscribe',
  keys: ({ imoId, userId }) => {
    const { available, lock } = lockAccounts(userId);
    return {
      accounts: [available, lock, userAccount(userId, 'staked', 'LCO')],
      rows: [
        rowKey(userStates, userId),
        imoKey(imoId),
        rowKey(imoSubscriptions, subscriptionIdOf(imoId, userId)),
      ],
    };
  },
  decide(view, { imoId, userId, amount }) {
    requireActiveUser(view, userId);
    const imo = requireImo(view, imoId);
    const phase = imoPhaseAt(view.at, imo);
    if (phase !== 'open') {
      const message =
        phase === 'announced'
          ? 'Subscriptions are not open yet.'
          : 'Subscriptions are closed for this IMO.';
      throw new DomainError('STATE_CONFLICT', message, { status: phase });
    }
    if (imo.announcedBy === userId) {
      throw new DomainError(
        'ACTION_BY_INTERESTED_OPERATOR',
        'Who announced an IMO does not subscribe to it.',
      );
    }
    const { level } = tierOf(view.balance(userAccount(userId, 'staked', 'LCO')));
    requireSubscriber(imo.weights, level);
    const { available, lock } = lockAccounts(userId);
    requireLockable(amount, view.balance(available));

    const id = subscriptionIdOf(imoId, userId);
    const before = view.row(imoSubscriptions, id);
    const after: SubscriptionRow = before
      ? { ...before, locked: before.locked + amount, tier: lowerLevel(before.tier, level) }
      : {
          id,
          imoId,
          userId,
          holder: holderOf(userId, imo.modelId),
          locked: amount,
          tier: level,
          subscribedAt: view.at,
          closingStake: null,
          weight: null,
          allocation: null,
          used: 0n,
          held: 0n,
          returnedAt: null,
          returnReason: null,
        };
    const weighted = (row: SubscriptionRow) => row.locked * weightOf(imo.weights, row.tier);
    const count = before ? 0 : 1;
    const grown = changed(imo, {
      subscriptions: imo.subscriptions + count,
      openLocks: imo.openLocks + count,
      locked: imo.locked + amount,
      weightedLocked: imo.weightedLocked + weighted(after) - (before ? weighted(before) : 0n),
    });
    return {
      transfers: [moveBetween('imo_lock', available, lock, amount, id)],
      rows: [putRow(imos, grown), putRow(imoSubscriptions, after)],
      result: presentSubscription(after, grown, view.at),
    };
  },
};
