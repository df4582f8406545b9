// The close of an IMO (DESIGN 2.7), in three kinds of commits: the window ends; some hundred subscribers at a time are
// weighed by the lower of their levels then and now; and some hundred at a time are given their share. What a chunk is
// told, stakes at the close and shares, follows from what cannot change any more (imos.ts reads and computes it beside
// the lock); the rows decide what of it is still to be done.
import { assert } from '../../domain/errors';
import { lowerLevel, meetsMinimums, weightOf } from '../../domain/imo';
import { formatAmount } from '../../domain/money';
import { tierOf } from '../../domain/tiers';
import { putRow, rowKey, type Command, type Keys, type View } from '../../ledger/command';
import { changed, imoKey, isDue, progressOf, requireImo, type ImoProgress } from './imo-progress';
import {
  imos,
  imoSubscriptions,
  lockAccounts,
  subscriptionIdOf,
  type ImoRow,
  type SubscriptionRow,
} from './imo-rows';
import { putSubscriptions } from './locks';

/** What commands on some subscribers at once read; whose lock may be returned needs its accounts. */
export function keysOfSome(imoId: string, userIds: readonly string[]): Keys {
  return {
    accounts: userIds.flatMap((userId) => Object.values(lockAccounts(userId))),
    rows: [
      imoKey(imoId),
      ...userIds.map((userId) => rowKey(imoSubscriptions, subscriptionIdOf(imoId, userId))),
    ],
  };
}

export function subscriptionsOf(
  view: View,
  imoId: string,
  userIds: readonly string[],
): SubscriptionRow[] {
  const rows = view.rows(
    imoSubscriptions,
    userIds.map((userId) => subscriptionIdOf(imoId, userId)),
  );
  return rows.filter((row) => row !== undefined);
}

/** No more subscriptions: asked again, or too early, it changes nothing and says what comes next. */
export const closeImo: Command<{ readonly imoId: string }, ImoProgress> = {
  kind: 'close_imo',
  keys: ({ imoId }) => ({ rows: [imoKey(imoId)] }),
  decide(view, { imoId }) {
    const imo = requireImo(view, imoId);
    if (!isDue(view.at, imo, 'close')) return { result: progressOf(view.at, imo) };
    const closed = changed(imo, { status: 'weighing', closedAt: view.at });
    const next = closed.subscriptions === 0 ? afterWeighing(closed, view.at) : closed;
    return { rows: [putRow(imos, next)], result: progressOf(view.at, next) };
  },
};

/** What a subscriber had staked when the window ended. */
export interface ClosingStake {
  readonly userId: string;
  /** Base units of LCO. */
  readonly staked: bigint;
}

interface Weigh {
  readonly imoId: string;
  readonly stakes: readonly ClosingStake[];
}

/** Weighs those who are not weighed yet; whose level has no weight gets the lock back. */
export const weighSubscriptions: Command<Weigh, ImoProgress> = {
  kind: 'weigh_imo',
  keys: ({ imoId, stakes }) =>
    keysOfSome(
      imoId,
      stakes.map(({ userId }) => userId),
    ),
  decide(view, { imoId, stakes }) {
    const imo = requireImo(view, imoId);
    if (!isDue(view.at, imo, 'weigh')) return { result: progressOf(view.at, imo) };
    const stakeOf = new Map(stakes.map(({ userId, staked }) => [userId, staked]));
    const weighed = subscriptionsOf(view, imoId, [...stakeOf.keys()])
      .filter(({ closingStake }) => closingStake === null)
      .map((row): SubscriptionRow => {
        const closingStake = stakeOf.get(row.userId) ?? 0n;
        const tier = lowerLevel(row.tier, tierOf(closingStake).level);
        return { ...row, tier, closingStake, weight: Number(weightOf(imo.weights, tier)) };
      });
    const participants = weighed.filter(({ weight }) => weight !== 0);
    const isBelow = ({ weight }: SubscriptionRow) => (weight === 0 ? 'below_level' : null);
    const { rows, transfers, returned } = putSubscriptions(weighed, isBelow, view.at);
    const sum = (of: (row: SubscriptionRow) => bigint) =>
      participants.reduce((total, row) => total + of(row), 0n);
    const counted = changed(imo, {
      weighed: imo.weighed + weighed.length,
      openLocks: imo.openLocks - returned,
      participants: imo.participants + participants.length,
      participantsLocked: imo.participantsLocked + sum(({ locked }) => locked),
      participantsWeight: imo.participantsWeight + sum(weightedLock),
    });
    const isLast = counted.weighed === counted.subscriptions;
    const next = isLast ? afterWeighing(counted, view.at) : counted;
    return { transfers, rows: [...rows, putRow(imos, next)], result: progressOf(view.at, next) };
  },
};

/** W of the formula. */
export function weightedLock({ locked, weight }: Pick<SubscriptionRow, 'locked' | 'weight'>) {
  return locked * BigInt(weight ?? 0);
}

/** All are weighed: their shares are next, or the end where a minimum was not met. */
function afterWeighing(imo: ImoRow, at: number): ImoRow {
  const { participants, participantsLocked: locked, minParticipants, minLocked } = imo;
  if (meetsMinimums(imo, { participants, locked })) return { ...imo, status: 'allocating' };
  const least = [
    `${minParticipants ?? 1} participant${(minParticipants ?? 1) === 1 ? '' : 's'}`,
    ...(minLocked === null ? [] : [`${formatAmount(minLocked)} LCO`]),
  ].join(' and ');
  return {
    ...imo,
    status: 'cancelled',
    endedAt: at,
    settledAt: imo.openLocks === 0 ? at : null,
    cancelReason: `It needed ${least}; there were ${participants} with ${formatAmount(locked)} LCO.`,
  };
}

/** What a participant is given: units of the quota. */
export interface Share {
  readonly userId: string;
  readonly allocation: bigint;
}

interface Allocate {
  readonly imoId: string;
  readonly shares: readonly Share[];
}

/** Gives shares to those who have none yet; with the last one the quota may be used. */
export const allocateShares: Command<Allocate, ImoProgress> = {
  kind: 'allocate_imo',
  keys: ({ imoId, shares }) =>
    keysOfSome(
      imoId,
      shares.map(({ userId }) => userId),
    ),
  decide(view, { imoId, shares }) {
    const imo = requireImo(view, imoId);
    if (!isDue(view.at, imo, 'allocate')) return { result: progressOf(view.at, imo) };
    const shareOf = new Map(shares.map(({ userId, allocation }) => [userId, allocation]));
    const given = subscriptionsOf(view, imoId, [...shareOf.keys()])
      .filter(({ weight, allocation }) => weight !== 0 && allocation === null)
      .map((row): SubscriptionRow => ({ ...row, allocation: shareOf.get(row.userId) ?? 0n }));
    const isNothing = ({ allocation }: SubscriptionRow) =>
      allocation === 0n ? 'no_allocation' : null;
    const { rows, transfers, returned } = putSubscriptions(given, isNothing, view.at);
    const units = given.reduce((sum, { allocation }) => sum + (allocation ?? 0n), 0n);
    const counted = changed(imo, {
      allocated: imo.allocated + given.length,
      allocatedQuota: imo.allocatedQuota + units,
      openLocks: imo.openLocks - returned,
    });
    const next = counted.allocated === counted.participants ? activated(counted, view.at) : counted;
    return { transfers, rows: [...rows, putRow(imos, next)], result: progressOf(view.at, next) };
  },
};

function activated(imo: ImoRow, at: number): ImoRow {
  const { quota, capPerUser, allocatedQuota } = imo;
  assert(
    allocatedQuota === quota || (capPerUser !== null && allocatedQuota < quota),
    `the whole quota of ${imo.id} is given out, unless all are capped`,
  );
  return { ...imo, status: 'active', activatedAt: at };
}
