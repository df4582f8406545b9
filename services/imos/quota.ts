// The quota of an IMO on the relay (DESIGN 2.7): the right of access to its model. It is held when a call is reserved,
// exactly like Credits, used up when it is settled, and given back otherwise; with its last unit the lock comes back.
import { clampToQuota, type ChatDemand, type QuotaBound } from '../../domain/chat-bound';
import { assert, DomainError } from '../../domain/errors';
import { imoPhaseAt } from '../../domain/imo';
import { minAmount } from '../../domain/money';
import type { PriceUnit } from '../../domain/pricing';
import {
  putRow,
  rowKey,
  type Keys,
  type RowKey,
  type RowWrite,
  type Transfer,
  type View,
} from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import { withoutLocks } from './end-imo';
import {
  holderOf,
  imos,
  imoSubscriptions,
  lockAccounts,
  subscriptionIdOf,
  type SubscriptionRow,
} from './imo-rows';
import { returnLock } from './locks';

interface HeldQuotas {
  readonly imoIds: readonly string[];
}

/** The IMOs of which a user has quota of a model, by holder; what expires first is used first. */
const quotasOfHolder = defineLookup<HeldQuotas>({
  name: 'imo quotas',
  keyType: 'text',
  sql: /* sql */ `
    select s.holder as key, json_agg(s.imo_id order by i.expires_at, i.id) as "imoIds"
    from imo_subscriptions s join imos i on i.id = s.imo_id
    where s.holder = any($1::text[]) and s.allocation > 0 and s.returned_at is null and i.status = 'active'
    group by s.holder`,
});

/** The quota that a call is to hold. */
export interface QuotaHold extends QuotaBound {
  readonly imoId: string;
}

/** Who wants to call which model. */
interface Wanted {
  readonly userId: string;
  readonly modelId: string;
  /** What the model is priced by, and its quota counts; absent: tokens. */
  readonly unit?: PriceUnit;
}

/** For the keys of a reservation. */
export function quotasKey({ userId, modelId }: Wanted): RowKey {
  return rowKey(quotasOfHolder, holderOf(userId, modelId));
}

/** For those of a settlement: what may end with it. */
export function quotaKeys(imoId: string, userId: string): Required<Keys> {
  return {
    accounts: Object.values(lockAccounts(userId)),
    rows: [rowKey(imos, imoId), rowKey(imoSubscriptions, subscriptionIdOf(imoId, userId))],
  };
}

/** A call as far as its quota goes: units that it holds or, settled, has used; null, both: it needs none. */
interface CallWithQuota {
  readonly userId: string;
  readonly imoId: string | null;
  readonly quota: bigint | null;
}

/** The calls of dead processes that are released in the same decision. */
type Released = readonly CallWithQuota[];

/**
 * The quota that a call of a scarce model uses: never split, the one that expires first; one in which the call fits whole
 * before one that would shorten its answer.
 * @throws DomainError IMO_QUOTA_REQUIRED without one, or when what is left reaches for no answer
 */
export function boundByQuota(
  view: View,
  { userId, modelId, unit = 'tokens' }: Wanted,
  demand: ChatDemand,
  released: Released,
): QuotaHold {
  const imoIds = view.row(quotasOfHolder, holderOf(userId, modelId))?.imoIds ?? [];
  view.rows(imos, imoIds);
  const rows = view.rows(
    imoSubscriptions,
    imoIds.map((imoId) => subscriptionIdOf(imoId, userId)),
  );
  const quotas = rows.filter((row) => row !== undefined).filter((row) => mayUse(view, row));
  const holds = quotas.flatMap((row): QuotaHold[] => {
    const bound = clampToQuota(demand, leftOf(row, released));
    return bound ? [{ ...bound, imoId: row.imoId }] : [];
  });
  const hold = holds.find(({ clamped }) => !clamped) ?? holds[0];
  if (hold) return hold;
  const left = quotas.reduce((sum, row) => sum + leftOf(row, released), 0n);
  throw new DomainError(
    'IMO_QUOTA_REQUIRED',
    quotas.length === 0
      ? `The model ${modelId} answers only to holders of quota from its IMO (GET /api/v1/imos?model=${modelId}).`
      : `Your quota of ${modelId} does not reach for this call: ${left} ${unit} are left.`,
    { param: 'model', left: left.toString() },
  );
}

function mayUse(view: View, row: SubscriptionRow): boolean {
  const imo = view.row(imos, row.imoId);
  return (
    imo !== undefined &&
    imoPhaseAt(view.at, imo) === 'active' &&
    row.allocation !== null &&
    row.returnedAt === null
  );
}

function leftOf(row: SubscriptionRow, released: Released): bigint {
  return (row.allocation ?? 0n) - row.used - row.held + heldBy(row, released);
}

function heldBy({ imoId }: SubscriptionRow, released: Released): bigint {
  return released
    .filter((call) => call.imoId === imoId)
    .reduce((sum, { quota }) => sum + (quota ?? 0n), 0n);
}

/** The row with the hold of a call that is reserved, and without those of calls that are released with it. */
export function holdQuota(
  view: View,
  userId: string,
  { imoId, units }: { readonly imoId: string; readonly units: bigint },
  released: Released,
): RowWrite {
  const row = requireSubscription(view, imoId, userId);
  return putRow(imoSubscriptions, { ...row, held: row.held - heldBy(row, released) + units });
}

/** Gives back what calls held that end without using it, all of one user. */
export function releaseQuota(view: View, calls: Released): RowWrite[] {
  const [first] = calls;
  if (!first) return [];
  const imoIds = [...new Set(calls.flatMap(({ imoId }) => (imoId === null ? [] : [imoId])))];
  return imoIds.map((imoId) => {
    const row = requireSubscription(view, imoId, first.userId);
    return putRow(imoSubscriptions, { ...row, held: row.held - heldBy(row, calls) });
  });
}

export interface QuotaUse {
  /** Units that were used; null: the call used no quota. */
  readonly units: bigint | null;
  readonly rows: readonly RowWrite[];
  readonly transfers: readonly Transfer[];
}

/**
 * What a settled call used of the quota that it held, at most all of that. The lock may be back by then; with the last
 * unit it comes back now.
 * @param used units that the upstream counted; null: nobody could, so that all that was held is used
 */
export function useQuota(view: View, call: CallWithQuota, used: bigint | null): QuotaUse {
  const { imoId, quota, userId } = call;
  if (imoId === null || quota === null) return { units: null, rows: [], transfers: [] };
  const row = requireSubscription(view, imoId, userId);
  const units = minAmount(used ?? quota, quota);
  const after = { ...row, held: row.held - quota, used: row.used + units };
  if (after.used < (after.allocation ?? 0n) || after.returnedAt !== null) {
    return { units, rows: [putRow(imoSubscriptions, after)], transfers: [] };
  }
  const imo = view.row(imos, imoId);
  assert(imo, 'the IMO of a quota exists');
  const { row: returned, transfer } = returnLock(after, 'used_up', view.at);
  return {
    units,
    rows: [putRow(imoSubscriptions, returned), putRow(imos, withoutLocks(imo, 1, view.at))],
    transfers: [transfer],
  };
}

function requireSubscription(view: View, imoId: string, userId: string): SubscriptionRow {
  const row = view.row(imoSubscriptions, subscriptionIdOf(imoId, userId));
  assert(row, 'a quota that is held has a subscription');
  return row;
}
