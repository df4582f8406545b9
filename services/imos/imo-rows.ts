// The tables of the IMO launchpad (DESIGN 2.7): IMOs, and what each subscriber locked, was given and has used.
import type { ImoStatus, ImoWeights, LockReturn } from '../../domain/imo';
import type { TierLevel } from '../../domain/tiers';
import { isoTime } from '../../domain/time';
import { userAccount } from '../../ledger/accounts';
import type { OutboxMessage } from '../../ledger/command';
import { defineTable, type RowOf, type Table } from '../../ledger/table';

const imoTable = defineTable({
  name: 'imos',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    modelId: 'text',
    unit: 'text',
    quota: 'bigint',
    opensAt: 'timestamptz',
    closesAt: 'timestamptz',
    expiresAt: 'timestamptz',
    capPerUser: 'bigint?',
    minParticipants: 'int?',
    minLocked: 'bigint?',
    weights: 'json',
    announcedAt: 'timestamptz',
    announcedBy: 'uuid?',
    status: 'text',
    revision: 'int',
    subscriptions: 'int',
    locked: 'bigint',
    weightedLocked: 'bigint',
    openLocks: 'int',
    closedAt: 'timestamptz?',
    weighed: 'int',
    participants: 'int',
    participantsLocked: 'bigint',
    participantsWeight: 'bigint',
    allocated: 'int',
    allocatedQuota: 'bigint',
    activatedAt: 'timestamptz?',
    endedAt: 'timestamptz?',
    cancelledBy: 'uuid?',
    cancelReason: 'text?',
    settledAt: 'timestamptz?',
  },
});

export type ImoRow = Omit<RowOf<typeof imoTable>, 'status' | 'weights'> & {
  readonly status: ImoStatus;
  readonly weights: ImoWeights;
};
export const imos = imoTable as unknown as Table<ImoRow>;

/** For reads outside the committer, with the table as `i`. */
export const imoColumns = {
  id: 'i.id',
  modelId: 'i.model_id',
  unit: 'i.unit',
  quota: 'i.quota',
  opensAt: 'i.opens_at',
  closesAt: 'i.closes_at',
  expiresAt: 'i.expires_at',
  capPerUser: 'i.cap_per_user',
  minParticipants: 'i.min_participants',
  minLocked: 'i.min_locked',
  weights: 'i.weights',
  announcedAt: 'i.announced_at',
  announcedBy: 'i.announced_by',
  status: 'i.status',
  revision: 'i.revision',
  subscriptions: 'i.subscriptions',
  locked: 'i.locked',
  weightedLocked: 'i.weighted_locked',
  openLocks: 'i.open_locks',
  closedAt: 'i.closed_at',
  weighed: 'i.weighed',
  participants: 'i.participants',
  participantsLocked: 'i.participants_locked',
  participantsWeight: 'i.participants_weight',
  allocated: 'i.allocated',
  allocatedQuota: 'i.allocated_quota',
  activatedAt: 'i.activated_at',
  endedAt: 'i.ended_at',
  cancelledBy: 'i.cancelled_by',
  cancelReason: 'i.cancel_reason',
  settledAt: 'i.settled_at',
} satisfies Record<keyof ImoRow, string>;

const subscriptionTable = defineTable({
  name: 'imo_subscriptions',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    imoId: 'uuid',
    userId: 'uuid',
    holder: 'text',
    locked: 'bigint',
    tier: 'text',
    subscribedAt: 'timestamptz',
    closingStake: 'bigint?',
    weight: 'int?',
    allocation: 'bigint?',
    used: 'bigint',
    held: 'bigint',
    returnedAt: 'timestamptz?',
    returnReason: 'text?',
  },
});

export type SubscriptionRow = Omit<RowOf<typeof subscriptionTable>, 'tier' | 'returnReason'> & {
  readonly tier: TierLevel;
  readonly returnReason: LockReturn | null;
};
export const imoSubscriptions = subscriptionTable as unknown as Table<SubscriptionRow>;

/** For reads outside the committer, with the table as `s`. */
export const subscriptionColumns = {
  id: 's.id',
  imoId: 's.imo_id',
  userId: 's.user_id',
  holder: 's.holder',
  locked: 's.locked',
  tier: 's.tier',
  subscribedAt: 's.subscribed_at',
  closingStake: 's.closing_stake',
  weight: 's.weight',
  allocation: 's.allocation',
  used: 's.used',
  held: 's.held',
  returnedAt: 's.returned_at',
  returnReason: 's.return_reason',
} satisfies Record<keyof SubscriptionRow, string>;

export function subscriptionIdOf(imoId: string, userId: string): string {
  return `${imoId}/${userId}`;
}

/** What a user's quotas of a model are found by. */
export function holderOf(userId: string, modelId: string): string {
  return `${userId}/${modelId}`;
}

/** Where a lock comes from and goes back to, and where it is held. */
export function lockAccounts(userId: string) {
  return {
    available: userAccount(userId, 'available', 'LCO'),
    lock: userAccount(userId, 'imo', 'LCO'),
  };
}

/** What its workflow is started with. */
export interface ImoTerms {
  readonly imoId: string;
  readonly modelId: string;
  /** ISO 8601. */
  readonly closesAt: string;
  readonly expiresAt: string;
}

/** Tells the worker of an IMO that was announced. @param requestId not known when it is told of again */
export function imoAnnouncedMessage(
  { id, modelId, closesAt, expiresAt }: Pick<ImoRow, 'id' | 'modelId' | 'closesAt' | 'expiresAt'>,
  requestId?: string,
): OutboxMessage {
  const terms: ImoTerms = {
    imoId: id,
    modelId,
    closesAt: isoTime(closesAt),
    expiresAt: isoTime(expiresAt),
  };
  return { kind: 'imo.announced', entityId: id, payload: { ...terms, requestId } };
}
