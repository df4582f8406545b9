// IMOs and subscriptions as they are shown: LCO as decimal strings, units of a quota as whole numbers, times in ISO 8601.
import { imoPhaseAt, weightOf, type ImoPhase, type LockReturn } from '../../domain/imo';
import { formatAmount, minAmount, mulDivDown } from '../../domain/money';
import type { TierLevel } from '../../domain/tiers';
import { isoTime, optionalIsoTime } from '../../domain/time';
import type { ImoRow, SubscriptionRow } from './imo-rows';

export interface Imo {
  readonly id: string;
  readonly model: string;
  readonly unit: string;
  readonly quota: number;
  readonly status: ImoPhase;
  readonly opensAt: string;
  readonly closesAt: string;
  readonly expiresAt: string;
  readonly capPerUser: number | null;
  readonly minParticipants: number | null;
  readonly minLocked: string | null;
  readonly weights: Readonly<Record<string, number>>;
  readonly announcedAt: string;
  readonly subscriptions: number;
  readonly locked: string;
  /** By the levels at subscription; what a share is of, if it closed now. */
  readonly weightedLocked: string;
  readonly closedAt: string | null;
  /** Those whose lock has weight at the close; null before it. */
  readonly participants: number | null;
  readonly participantsLocked: string | null;
  /** Units that were given out; null before. */
  readonly allocatedQuota: number | null;
  readonly activatedAt: string | null;
  readonly endedAt: string | null;
  readonly cancelReason: string | null;
  readonly openLocks: number;
  /** When the last lock was returned. */
  readonly settledAt: string | null;
}

/** Its owner's. */
export interface Subscription {
  readonly imoId: string;
  readonly locked: string;
  readonly tier: TierLevel;
  readonly weight: number;
  readonly subscribedAt: string;
  /** What it would be, were the window closed now and nobody's level had changed; null once it is closed. */
  readonly expectedAllocation: number | null;
  readonly allocation: number | null;
  readonly used: number;
  readonly held: number;
  /** What calls may still take; 0 where they may not. */
  readonly left: number;
  readonly returnedAt: string | null;
  readonly returnReason: LockReturn | null;
}

/** @param at milliseconds: phases that time alone brings are told by it */
export function presentImo(row: ImoRow, at: number): Imo {
  const isWeighed = row.activatedAt !== null || row.status === 'allocating';
  return {
    id: row.id,
    model: row.modelId,
    unit: row.unit,
    quota: Number(row.quota),
    status: imoPhaseAt(at, row),
    opensAt: isoTime(row.opensAt),
    closesAt: isoTime(row.closesAt),
    expiresAt: isoTime(row.expiresAt),
    capPerUser: row.capPerUser === null ? null : Number(row.capPerUser),
    minParticipants: row.minParticipants,
    minLocked: row.minLocked === null ? null : formatAmount(row.minLocked),
    weights: { ...row.weights },
    announcedAt: isoTime(row.announcedAt),
    subscriptions: row.subscriptions,
    locked: formatAmount(row.locked),
    weightedLocked: formatAmount(row.weightedLocked),
    closedAt: optionalIsoTime(row.closedAt),
    participants: isWeighed ? row.participants : null,
    participantsLocked: isWeighed ? formatAmount(row.participantsLocked) : null,
    allocatedQuota: row.activatedAt === null ? null : Number(row.allocatedQuota),
    activatedAt: optionalIsoTime(row.activatedAt),
    endedAt: optionalIsoTime(row.endedAt),
    cancelReason: row.cancelReason,
    openLocks: row.openLocks,
    settledAt: optionalIsoTime(row.settledAt),
  };
}

export function presentSubscription(row: SubscriptionRow, imo: ImoRow, at: number): Subscription {
  const weight = row.weight === null ? weightOf(imo.weights, row.tier) : BigInt(row.weight);
  const phase = imoPhaseAt(at, imo);
  const mayCall = phase === 'active' && row.returnedAt === null;
  return {
    imoId: row.imoId,
    locked: formatAmount(row.locked),
    tier: row.tier,
    weight: Number(weight),
    subscribedAt: isoTime(row.subscribedAt),
    expectedAllocation:
      imo.status === 'announced' ? Number(expectedAllocation(row.locked * weight, imo)) : null,
    // It is given to everybody or to nobody.
    allocation: imo.activatedAt === null || row.allocation === null ? null : Number(row.allocation),
    used: Number(row.used),
    held: Number(row.held),
    left: mayCall ? Number((row.allocation ?? 0n) - row.used - row.held) : 0,
    returnedAt: optionalIsoTime(row.returnedAt),
    returnReason: row.returnReason,
  };
}

/** Rounded down, and without what others' caps would leave. */
function expectedAllocation(
  weighted: bigint,
  { quota, capPerUser, weightedLocked }: ImoRow,
): bigint {
  if (weightedLocked === 0n) return 0n;
  return minAmount(mulDivDown(quota, weighted, weightedLocked), capPerUser ?? quota);
}
