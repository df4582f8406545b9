// What a user may call because of IMOs (DESIGN 2.7), as the owner is told of it among the entitlements.
import type { Knex } from 'knex';
import { isoTime } from '../../domain/time';

/** A quota that calls may use now. */
export type QuotaEntitlement = {
  readonly kind: 'imo_quota';
  readonly imoId: string;
  readonly model: string;
  readonly unit: string;
  readonly allocation: number;
  /** Units that neither were used nor are held. */
  readonly left: number;
  readonly endsAt: string;
};

interface QuotaRow {
  readonly imoId: string;
  readonly model: string;
  readonly unit: string;
  readonly allocation: bigint;
  readonly left: bigint;
  readonly expiresAt: number;
}

/** A user's open quotas, the one that is used first before the others. */
export async function readQuotaEntitlements(db: Knex, userId: string): Promise<QuotaEntitlement[]> {
  const rows: unknown = await db({ s: 'imo_subscriptions' })
    .join({ i: 'imos' }, 'i.id', 's.imo_id')
    .join({ m: 'models' }, 'm.id', 'i.model_id')
    .select({
      imoId: 'i.id',
      model: 'i.model_id',
      unit: 'i.unit',
      allocation: 's.allocation',
      left: db.raw('s.allocation - s.used - s.held'),
      expiresAt: 'i.expires_at',
    })
    // Of a model that is open to all by now calls use no quota.
    .where({ 's.user_id': userId, 'i.status': 'active', 'm.access': 'imo' })
    .where('s.allocation', '>', 0)
    .whereNull('s.returned_at')
    .whereRaw('i.expires_at > clock_timestamp()')
    .orderBy(['i.expires_at', 'i.id']);
  return (rows as QuotaRow[]).map(({ imoId, model, unit, allocation, left, expiresAt }) => ({
    kind: 'imo_quota',
    imoId,
    model,
    unit,
    allocation: Number(allocation),
    left: Number(left),
    endsAt: isoTime(expiresAt),
  }));
}
