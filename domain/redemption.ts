// Redemptions (DESIGN 2.1): what of a balance may leave, and the steps of a request until an operator's decision.
import { DomainError } from './errors';
import { formatAmount, maxOf } from './money';
import { isoTime } from './time';

export const redemptionStatuses = ['pending', 'awaiting_second', 'approved', 'rejected'] as const;
export type RedemptionStatus = (typeof redemptionStatuses)[number];

export const maxDestinationLength = 200;

/** Credits of a young webhook deposit: they may be spent, but not redeemed while a chargeback is likely. */
export interface RedeemHold {
  readonly depositId: string;
  /** Base units of CREDIT. */
  readonly amount: bigint;
  /** Milliseconds; at that very time the hold is over. */
  readonly until: number;
}

/** What of `available` may be redeemed at a time: all but the Credits on hold. */
export function redeemableOf(available: bigint, holds: readonly RedeemHold[], at: number): bigint {
  const held = holds.reduce((sum, { amount, until }) => (until > at ? sum + amount : sum), 0n);
  return maxOf(0n, available - held);
}

/**
 * Whether the amount can leave now.
 * @throws DomainError INSUFFICIENT_FUNDS, or FUNDS_ON_HOLD, which tells from when the amount can be redeemed as
 * things stand.
 */
export function requireRedeemable(
  amount: bigint,
  available: bigint,
  holds: readonly RedeemHold[],
  at: number,
): void {
  if (amount > available) {
    throw new DomainError('INSUFFICIENT_FUNDS', 'There are not that many Credits available.', {
      available: formatAmount(available),
    });
  }
  const redeemable = redeemableOf(available, holds, at);
  if (amount <= redeemable) return;
  const ends = holds.map(({ until }) => until).sort((a, b) => a - b);
  const from = ends.find((end) => amount <= redeemableOf(available, holds, end)) ?? at;
  const redeemableFrom = isoTime(from);
  throw new DomainError(
    'FUNDS_ON_HOLD',
    `Credits of recent payments cannot be redeemed yet; this amount can be from ${redeemableFrom}.`,
    { redeemable: formatAmount(redeemable), redeemableFrom },
  );
}

/** What decides on a redemption's next step. */
export interface RedemptionState {
  readonly status: RedemptionStatus;
  /** One, or two above the four-eyes limit; fixed at the request. */
  readonly approvalsNeeded: number;
  /** Who approved first, where two are needed. */
  readonly firstApprover: string | null;
}

/** @throws DomainError STATE_CONFLICT when it was decided already. */
export function requireOpen({ status }: Pick<RedemptionState, 'status'>): void {
  if (status === 'approved' || status === 'rejected') {
    throw new DomainError('STATE_CONFLICT', `The redemption is ${status} already.`, { status });
  }
}

/**
 * The status after an approval.
 * @throws DomainError STATE_CONFLICT when it was decided already, or when the same operator approves twice.
 */
export function statusAfterApproval(
  redemption: RedemptionState,
  operatorId: string,
): 'awaiting_second' | 'approved' {
  requireOpen(redemption);
  if (redemption.firstApprover === operatorId) {
    throw new DomainError('STATE_CONFLICT', 'You approved already; a second operator must too.', {
      status: redemption.status,
    });
  }
  return redemption.approvalsNeeded > 1 && redemption.firstApprover === null
    ? 'awaiting_second'
    : 'approved';
}
