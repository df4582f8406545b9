// The redemptions' table and what is told of a redemption, to operators and to its user (DESIGN 2.1).
import { formatAmount } from '../../domain/money';
import type { RedemptionStatus } from '../../domain/redemption';
import { isoTime, optionalIsoTime } from '../../domain/time';
import type { OutboxMessage } from '../../ledger/command';
import { defineTable, type RowOf } from '../../ledger/table';

export const redemptions = defineTable({
  name: 'redemptions',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    userId: 'uuid',
    amount: 'bigint',
    destination: 'text',
    status: 'text',
    approvalsNeeded: 'int',
    firstApprover: 'uuid?',
    decidedBy: 'uuid?',
    decidedAt: 'timestamptz?',
    requestedAt: 'timestamptz',
    /** RedemptionStep[], oldest first */
    history: 'json',
  },
});
export type RedemptionRow = RowOf<typeof redemptions>;

/** For reads outside the committer, with the table as `r`. */
export const redemptionColumns = {
  id: 'r.id',
  userId: 'r.user_id',
  amount: 'r.amount',
  destination: 'r.destination',
  status: 'r.status',
  approvalsNeeded: 'r.approvals_needed',
  firstApprover: 'r.first_approver',
  decidedBy: 'r.decided_by',
  decidedAt: 'r.decided_at',
  requestedAt: 'r.requested_at',
  history: 'r.history',
} satisfies Record<keyof RedemptionRow, string>;

/** An operator's decision and the status it led to; times in ISO 8601. */
export interface RedemptionStep {
  readonly status: RedemptionStatus;
  readonly at: string;
  readonly operatorId: string;
  readonly reason: string;
}

/** A redemption as operators see it: amounts as decimal strings, times in ISO 8601. */
export interface Redemption {
  readonly id: string;
  readonly userId: string;
  readonly amount: string;
  readonly destination: string;
  readonly status: RedemptionStatus;
  readonly approvalsNeeded: number;
  readonly requestedAt: string;
  readonly decidedAt: string | null;
  readonly history: readonly RedemptionStep[];
}

/** A redemption as its user sees it: who decided, and why it was approved, is the operators' business. */
export interface OwnRedemption {
  readonly id: string;
  readonly amount: string;
  readonly destination: string;
  readonly status: RedemptionStatus;
  readonly requestedAt: string;
  readonly decidedAt: string | null;
  /** Every status so far, oldest first; a rejection with its reason. */
  readonly history: readonly {
    readonly status: RedemptionStatus;
    readonly at: string;
    readonly reason: string | null;
  }[];
}

/** What starts its workflow. @param requestId of the request for it; not known when it is told of again. */
export function requestedMessage(
  { id, userId, amount }: Pick<RedemptionRow, 'id' | 'userId' | 'amount'>,
  requestId?: string,
): OutboxMessage {
  return {
    kind: 'redemption.requested',
    entityId: id,
    payload: { redemptionId: id, amount: formatAmount(amount), userId, requestId },
  };
}

export function stepsOf({ history }: RedemptionRow): readonly RedemptionStep[] {
  return history as readonly RedemptionStep[];
}

export function presentRedemption(row: RedemptionRow): Redemption {
  return {
    id: row.id,
    userId: row.userId,
    amount: formatAmount(row.amount),
    destination: row.destination,
    status: row.status as RedemptionStatus,
    approvalsNeeded: row.approvalsNeeded,
    requestedAt: isoTime(row.requestedAt),
    decidedAt: optionalIsoTime(row.decidedAt),
    history: stepsOf(row),
  };
}

export function presentOwnRedemption(row: RedemptionRow): OwnRedemption {
  const { id, amount, destination, status, requestedAt, decidedAt } = presentRedemption(row);
  const steps = stepsOf(row).map((step) => ({
    status: step.status,
    at: step.at,
    reason: step.status === 'rejected' ? step.reason : null,
  }));
  return {
    id,
    amount,
    destination,
    status,
    requestedAt,
    decidedAt,
    history: [{ status: 'pending', at: requestedAt, reason: null }, ...steps],
  };
}
