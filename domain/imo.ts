// An IMO (whitepaper 4.1, DESIGN 2.7): a scarce model's quota, subscribed to by locking LCO, divided at the close, used up
// by calls. What may be announced and locked, and where its life stands at a time.
import { DomainError } from './errors';
import { formatAmount, unit } from './money';
import { requireFreeCoins } from './staking';
import { tiers, type TierLevel } from './tiers';

/**
 * announced: until the close. weighing, allocating: the close is under way. active: holders may call. expired, cancelled:
 * nobody may, and locks are returned.
 */
export const imoStatuses = [
  'announced',
  'weighing',
  'allocating',
  'active',
  'expired',
  'cancelled',
] as const;
export type ImoStatus = (typeof imoStatuses)[number];

/** As it is shown: what time alone changes is told before anybody has written it. */
export const imoPhases = [
  'announced',
  'open',
  'closing',
  'active',
  'expired',
  'cancelled',
] as const;
export type ImoPhase = (typeof imoPhases)[number];

/** Why a lock came back. */
export const lockReturns = [
  'below_level',
  'no_allocation',
  'used_up',
  'given_up',
  'expired',
  'cancelled',
] as const;
export type LockReturn = (typeof lockReturns)[number];

/** What a lock counts by level; levels that are not among them may not subscribe. */
export type ImoWeights = Readonly<Partial<Record<TierLevel, number>>>;

/** Base units of LCO: the least that is locked at once. */
export const minLock = unit;

/** How far ahead an IMO may end. */
const maxAheadMs = 2 * 366 * 24 * 60 * 60 * 1000;

/** The most units of a quota; sums of it stay exact in JSON. */
export const maxQuota = 9_000_000_000_000_000n;

/** Milliseconds since 1970. */
export interface ImoTimes {
  readonly opensAt: number;
  readonly closesAt: number;
  readonly expiresAt: number;
}

/**
 * Subscriptions from `opensAt` on and before `closesAt`, calls from the close on and before `expiresAt`. A window that
 * should have opened already opens at once.
 * @throws DomainError INVALID_REQUEST
 */
export function imoTimesAt(at: number, times: ImoTimes): ImoTimes {
  const opensAt = Math.max(at, times.opensAt);
  const refuse = (param: keyof ImoTimes, message: string) =>
    new DomainError('INVALID_REQUEST', message, { param });
  if (times.closesAt <= opensAt) {
    throw refuse('closesAt', 'closesAt must be after opensAt, and still to come.');
  }
  if (times.expiresAt <= times.closesAt) {
    throw refuse('expiresAt', 'expiresAt must be after closesAt.');
  }
  if (times.expiresAt > at + maxAheadMs) {
    throw refuse('expiresAt', 'expiresAt must be within two years.');
  }
  return { ...times, opensAt };
}

/** Where an IMO is at a time. */
export function imoPhaseAt(
  at: number,
  { status, opensAt, closesAt, expiresAt }: ImoTimes & { readonly status: ImoStatus },
): ImoPhase {
  switch (status) {
    case 'announced':
      return at < opensAt ? 'announced' : at < closesAt ? 'open' : 'closing';
    case 'weighing':
    case 'allocating':
      return 'closing';
    case 'active':
      return at < expiresAt ? 'active' : 'expired';
    case 'expired':
    case 'cancelled':
      return status;
  }
}

/** @throws DomainError IMO_LEVEL_REQUIRED */
export function requireSubscriber(weights: ImoWeights, level: TierLevel): void {
  if (weightOf(weights, level) > 0n) return;
  const least = tiers.find((tier) => weightOf(weights, tier.level) > 0n);
  throw new DomainError(
    'IMO_LEVEL_REQUIRED',
    `Subscriptions are for ${least?.level ?? 'nobody'} and above: stake at least ${formatAmount(least?.minimumStake ?? 0n)} LCO.`,
    { level, required: least?.level ?? '' },
  );
}

/** What a lock counts at a level; 0: nothing. */
export function weightOf(weights: ImoWeights, level: TierLevel): bigint {
  return BigInt(weights[level] ?? 0);
}

/** Of the levels at subscriptions and at the close the lowest counts. */
export function lowerLevel(a: TierLevel, b: TierLevel): TierLevel {
  return tiers.find(({ level }) => level === a || level === b)?.level ?? a;
}

/**
 * @param available base units of LCO that the user can spend
 * @throws DomainError AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS
 */
export function requireLockable(amount: bigint, available: bigint): void {
  if (amount < minLock) {
    throw new DomainError('AMOUNT_OUT_OF_RANGE', 'At least 1 LCO is locked at once.', {
      minimum: formatAmount(minLock),
    });
  }
  requireFreeCoins(amount, available);
}

/** What an IMO must reach, among those whose lock has weight at the close. */
export interface ImoMinimums {
  readonly minParticipants: number | null;
  /** Base units of LCO. */
  readonly minLocked: bigint | null;
}

/** Whether the minimums are met; without a subscriber there is nobody to allocate to. */
export function meetsMinimums(
  { minParticipants, minLocked }: ImoMinimums,
  reached: { readonly participants: number; readonly locked: bigint },
): boolean {
  return (
    reached.participants >= Math.max(1, minParticipants ?? 1) && reached.locked >= (minLocked ?? 0n)
  );
}
