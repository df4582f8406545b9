// The deposits' table, what is told of a deposit, and the postings of its confirmation (DESIGN 2.1), shared by
// the operators' commands, the reversals and the payment webhook.
import { requireRoomForCredits } from '../../domain/credits';
import type { CapitalAccount, DepositContent, DepositStatus } from '../../domain/deposit';
import { assert, DomainError, type ErrorDetails } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { isoTime, optionalIsoTime } from '../../domain/time';
import { platformAccount, userAccount, type Account } from '../../ledger/accounts';
import { moveBetween, putRow, type Decision, type RowWrite, type View } from '../../ledger/command';
import { deriveId } from '../../ledger/ids';
import { defineTable, type RowOf } from '../../ledger/table';
import { auditAct } from '../identity/audit-log';
import { putHold } from './redeem-holds';

export const deposits = defineTable({
  name: 'deposits',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    externalRef: 'text',
    /** operator | webhook */
    source: 'text',
    userId: 'uuid?',
    account: 'text?',
    amount: 'bigint',
    status: 'text',
    reason: 'text?',
    recordedBy: 'uuid?',
    recordedAt: 'timestamptz',
    decidedBy: 'uuid?',
    decidedAt: 'timestamptz?',
    decisionReason: 'text?',
    confirmedAt: 'timestamptz?',
    redeemableAt: 'timestamptz?',
    reversedAt: 'timestamptz?',
    reversedBy: 'uuid?',
    reversalReason: 'text?',
    reversedFromTreasury: 'bigint?',
    reversedFromLosses: 'bigint?',
  },
});
export type DepositRow = RowOf<typeof deposits>;

/** For reads outside the committer, with the table as `d`. */
export const depositColumns = {
  id: 'd.id',
  externalRef: 'd.external_ref',
  source: 'd.source',
  userId: 'd.user_id',
  account: 'd.account',
  amount: 'd.amount',
  status: 'd.status',
  reason: 'd.reason',
  recordedBy: 'd.recorded_by',
  recordedAt: 'd.recorded_at',
  decidedBy: 'd.decided_by',
  decidedAt: 'd.decided_at',
  decisionReason: 'd.decision_reason',
  confirmedAt: 'd.confirmed_at',
  redeemableAt: 'd.redeemable_at',
  reversedAt: 'd.reversed_at',
  reversedBy: 'd.reversed_by',
  reversalReason: 'd.reversal_reason',
  reversedFromTreasury: 'd.reversed_from_treasury',
  reversedFromLosses: 'd.reversed_from_losses',
} satisfies Record<keyof DepositRow, string>;

/** A deposit as it is told: amounts as decimal strings, times in ISO 8601. */
export interface Deposit {
  readonly id: string;
  readonly externalRef: string;
  readonly source: 'operator' | 'webhook';
  readonly userId: string | null;
  readonly account: CapitalAccount | null;
  readonly amount: string;
  readonly status: DepositStatus;
  readonly reason: string | null;
  readonly recordedBy: string | null;
  readonly recordedAt: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly decisionReason: string | null;
  readonly confirmedAt: string | null;
  /** Until then the Credits may be spent but not redeemed; null: there is no hold. */
  readonly redeemableAt: string | null;
  readonly reversal: {
    readonly at: string;
    /** null: the payment provider. */
    readonly by: string | null;
    readonly reason: string;
    readonly fromBeneficiary: string;
    readonly fromTreasury: string;
    readonly fromLosses: string;
  } | null;
}

export function presentDeposit(row: DepositRow): Deposit {
  const treasury = row.reversedFromTreasury ?? 0n;
  const losses = row.reversedFromLosses ?? 0n;
  return {
    id: row.id,
    externalRef: row.externalRef,
    source: row.source as Deposit['source'],
    userId: row.userId,
    account: row.account as CapitalAccount | null,
    amount: formatAmount(row.amount),
    status: row.status as DepositStatus,
    reason: row.reason,
    recordedBy: row.recordedBy,
    recordedAt: isoTime(row.recordedAt),
    decidedBy: row.decidedBy,
    decidedAt: optionalIsoTime(row.decidedAt),
    decisionReason: row.decisionReason,
    confirmedAt: optionalIsoTime(row.confirmedAt),
    redeemableAt: optionalIsoTime(row.redeemableAt),
    reversal:
      row.reversedAt === null
        ? null
        : {
            at: isoTime(row.reversedAt),
            by: row.reversedBy,
            reason: row.reversalReason ?? '',
            fromBeneficiary: formatAmount(row.amount - treasury - losses),
            fromTreasury: formatAmount(treasury),
            fromLosses: formatAmount(losses),
          },
  };
}

/** A reference makes one deposit, whoever brings it. */
export function depositIdOf(externalRef: string): string {
  return deriveId('deposit', externalRef);
}

/** A deposit that nobody has confirmed, decided or reversed yet. */
export function newDeposit(
  view: View,
  given: DepositContent & Pick<DepositRow, 'externalRef' | 'source' | 'reason' | 'recordedBy'>,
): DepositRow {
  return {
    id: depositIdOf(given.externalRef),
    externalRef: given.externalRef,
    source: given.source,
    userId: given.userId,
    account: given.account,
    amount: given.amount,
    reason: given.reason,
    recordedBy: given.recordedBy,
    recordedAt: view.at,
    status: 'awaiting_second',
    decidedBy: null,
    decidedAt: null,
    decisionReason: null,
    confirmedAt: null,
    redeemableAt: null,
    reversedAt: null,
    reversedBy: null,
    reversalReason: null,
    reversedFromTreasury: null,
    reversedFromLosses: null,
  };
}

/** @throws DomainError DEPOSIT_NOT_FOUND */
export function requireDeposit(view: View, depositId: string): DepositRow {
  const deposit = view.row(deposits, depositId);
  if (!deposit) throw new DomainError('DEPOSIT_NOT_FOUND', 'There is no such deposit.');
  return deposit;
}

/** Where a deposit's Credits go. */
export function accountOfDeposit({ userId, account }: DepositRow): Account {
  if (userId !== null) return userAccount(userId, 'available', 'CREDIT');
  assert(account !== null, 'a deposit has a beneficiary');
  return platformAccount(account as CapitalAccount, 'CREDIT');
}

export const reserve = platformAccount('reserve', 'CREDIT');

/** An operator's act on a deposit. */
export interface ActOnDeposit {
  readonly operatorId: string;
  readonly requestId: string;
  readonly depositId: string;
  readonly reason: string;
}

/** The audit log's row of an act on a deposit; `details` explain it further. */
export function logAct(
  view: View,
  { operatorId, requestId, reason }: Omit<ActOnDeposit, 'depositId'>,
  deposit: DepositRow,
  action: string,
  details: ErrorDetails = {},
): RowWrite {
  return auditAct(view.at, {
    operatorId,
    action,
    subjectKind: 'deposit',
    subjectId: deposit.id,
    reason,
    details: {
      externalRef: deposit.externalRef,
      beneficiary: deposit.userId ?? deposit.account ?? '',
      amount: formatAmount(deposit.amount),
      ...details,
    },
    requestId,
  });
}

/** A decision on a deposit, to which the caller may add rows of its own. */
export type DepositDecision = Decision<Deposit> & { readonly rows: readonly RowWrite[] };

/**
 * Makes the Credits of a deposit, which holds everything but its confirmation; `holdMs` keeps them from being
 * redeemed for a while.
 * @throws DomainError AMOUNT_OUT_OF_RANGE when there would be more Credits than the ledger is made for.
 */
export function confirm(view: View, deposit: DepositRow, holdMs = 0): DepositDecision {
  const { id, userId, amount } = deposit;
  requireRoomForCredits(-view.balance(reserve), amount);
  const redeemableAt = holdMs > 0 ? view.at + holdMs : null;
  const confirmed: DepositRow = {
    ...deposit,
    status: 'confirmed',
    confirmedAt: view.at,
    redeemableAt,
  };
  const rows = [putRow(deposits, confirmed)];
  if (userId !== null && redeemableAt !== null) {
    rows.push(putHold(view, userId, { depositId: id, amount, until: redeemableAt }));
  }
  return {
    transfers: [moveBetween('deposit', reserve, accountOfDeposit(deposit), amount, id)],
    rows,
    result: presentDeposit(confirmed),
  };
}
