// A call of the relay as the ledger knows it (whitepaper 3.1, DESIGN 2.2): the row, and what is common to
// reserving, settling and releasing. A settled row is the usage record and the receipt.
import { DomainError } from '../../domain/errors';
import { platformAccount, userAccount, warsAccount, type Account } from '../../ledger/accounts';
import {
  putRow,
  rowKey,
  type Entry,
  type RowKey,
  type RowWrite,
  type View,
} from '../../ledger/command';
import { defineTable, type RowOf } from '../../ledger/table';
import { keyStates, requireUser, userStates } from '../identity/user-state';

export const relayCalls = defineTable({
  name: 'relay_calls',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    userId: 'uuid',
    keyId: 'uuid?',
    /** null: it belongs to the workflow of a video. */
    processId: 'uuid?',
    endpoint: 'text',
    modelId: 'text',
    priceVersionId: 'text',
    tier: 'text',
    priceBps: 'int?',
    reserved: 'bigint',
    status: 'text',
    openedAt: 'timestamptz',
    endedAt: 'timestamptz?',
    ending: 'text?',
    settlementNumber: 'bigint?',
    inputTokens: 'bigint?',
    cachedInputTokens: 'bigint?',
    cacheWriteTokens: 'bigint?',
    outputTokens: 'bigint?',
    tokenSource: 'text?',
    charge: 'bigint?',
    cost: 'bigint?',
    shortfall: 'bigint?',
    excess: 'bigint?',
    mined: 'bigint?',
    epoch: 'int?',
    channelId: 'uuid?',
    latencyMs: 'int?',
    ttftMs: 'int?',
    warRoundId: 'text?',
    freeCharge: 'bigint?',
    imoId: 'uuid?',
    quota: 'bigint?',
  },
});
export type RelayCall = RowOf<typeof relayCalls>;

/** All that was ever charged, what charges did not cover of the cost, and how many calls were settled: one row. */
export const relayTotals = defineTable({
  name: 'relay_totals',
  key: 'id',
  writes: 'update',
  columns: { id: 'int', charged: 'bigint', settledCalls: 'bigint', shortfalls: 'bigint' },
});
export const relayTotalsKey: RowKey = rowKey(relayTotals, '1');

/** What names a call to the commands that end it. */
export interface CallName {
  readonly callId: string;
  readonly userId: string;
  readonly keyId: string | null;
}

/** Whose live calls and spending a call changes. */
export function callerKeys({ userId, keyId }: Omit<CallName, 'callId'>): RowKey[] {
  const keys = [rowKey(userStates, userId)];
  if (keyId !== null) keys.push(rowKey(keyStates, keyId));
  return keys;
}

/** The same and the call, which exists. */
export function callKeys(name: CallName): RowKey[] {
  return [rowKey(relayCalls, name.callId), ...callerKeys(name)];
}

/** The call, which must not have ended. @throws DomainError RESERVATION_ENDED */
export function requireLiveCall(view: View, callId: string): RelayCall {
  const call = view.row(relayCalls, callId);
  if (call?.status !== 'live') throw reservationEnded();
  return call;
}

export function reservationEnded(): DomainError {
  return new DomainError('RESERVATION_ENDED', 'The reservation of this call has ended already.');
}

/** Takes a call that ends out of its user's live calls and its key's reservation, adding what was spent. */
export function endLiveCall(view: View, call: RelayCall, spent: bigint): RowWrite[] {
  const user = requireUser(view, call.userId);
  const rows = [putRow(userStates, { ...user, liveCalls: user.liveCalls - 1 })];
  const key = call.keyId === null ? undefined : view.row(keyStates, call.keyId);
  if (key) {
    rows.push(
      putRow(keyStates, {
        ...key,
        reserved: key.reserved - reservedOfUser(call),
        spent: key.spent + spent,
      }),
    );
  }
  return rows;
}

export const revenue = platformAccount('revenue', 'CREDIT');
export const upstreamCost = platformAccount('upstream_cost', 'CREDIT');
export const mint = platformAccount('mint', 'LCO');

export function availableCredits(userId: string) {
  return userAccount(userId, 'available', 'CREDIT');
}

export function reservedCredits(userId: string) {
  return userAccount(userId, 'relay', 'CREDIT');
}

/** Where a call's reservation came from, and where it is held: the user's own, or of a champion's free calls. */
export function fundsOf({ userId, warRoundId }: Pick<RelayCall, 'userId' | 'warRoundId'>): {
  readonly source: Account;
  readonly held: Account;
} {
  return warRoundId === null
    ? { source: availableCredits(userId), held: reservedCredits(userId) }
    : { source: warsAccount(warRoundId, 'free_calls'), held: warsAccount(warRoundId, 'relay') };
}

/** What a call holds of its user's own Credits, and of its key's cap. */
export function reservedOfUser({
  warRoundId,
  reserved,
}: Pick<RelayCall, 'warRoundId' | 'reserved'>): bigint {
  return warRoundId === null ? reserved : 0n;
}

/** The entries that move anything; none when nothing moves. */
export function nonZero(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ amount }) => amount !== 0n);
}
