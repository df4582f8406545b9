// Reversals of deposits (DESIGN 2.1), for a typing error by an operator or for a chargeback by the payment
// provider: what the beneficiary has left comes first, then the treasury, then the losses. A user who has spent
// some of it is frozen in the same commit.
import { splitReversal, type ReversalSplit } from '../../domain/deposit';
import { DomainError } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { requireReason } from '../../domain/text';
import { platformAccount } from '../../ledger/accounts';
import {
  putRow,
  rowKey,
  type Command,
  type RowWrite,
  type Transfer,
  type View,
} from '../../ledger/command';
import { auditAct } from '../identity/audit-log';
import {
  accountOfDeposit,
  deposits,
  logAct,
  presentDeposit,
  requireDeposit,
  reserve,
  type ActOnDeposit,
  type Deposit,
  type DepositDecision,
  type DepositRow,
} from './deposit-rows';
import { removeHold } from './redeem-holds';
import {
  requireOperator,
  requireOtherPerson,
  requireUser,
  userStates,
} from '../identity/user-state';

const treasury = platformAccount('treasury', 'CREDIT');
const losses = platformAccount('losses', 'CREDIT');

/** Accounts that every reversal may touch. */
export const reversalAccounts = [reserve, treasury, losses];

/** @throws DomainError STATE_CONFLICT unless there are Credits of the deposit to take back. */
function requireConfirmed({ status }: DepositRow): void {
  if (status !== 'confirmed') {
    const message =
      status === 'reversed'
        ? 'The deposit is reversed already.'
        : `The deposit is ${status}: it made no Credits.`;
    throw new DomainError('STATE_CONFLICT', message, { status });
  }
}

function splitOf(view: View, deposit: DepositRow): ReversalSplit {
  const available = view.balance(accountOfDeposit(deposit));
  // the treasury cannot stand in for itself
  const backing = deposit.account === 'treasury' ? 0n : view.balance(treasury);
  return splitReversal(deposit.amount, available, backing);
}

function transferOf(deposit: DepositRow, split: ReversalSplit): Transfer {
  const entries = [
    { account: accountOfDeposit(deposit), amount: -split.fromBeneficiary },
    { account: treasury, amount: -split.fromTreasury },
    { account: losses, amount: -split.fromLosses },
    { account: reserve, amount: deposit.amount },
  ];
  return {
    kind: 'deposit_reversal',
    reference: deposit.id,
    entries: entries.filter(({ amount }) => amount !== 0n),
  };
}

/** Freezes the user, unless that has happened already. */
function freeze(
  view: View,
  userId: string,
  deposit: DepositRow,
  spent: bigint,
): RowWrite | undefined {
  const user = requireUser(view, userId);
  if (user.frozenAt !== null) return undefined;
  const frozenReason = `Deposit ${deposit.externalRef} was reversed after ${formatAmount(spent)} Credits of it had been spent.`;
  return putRow(userStates, { ...user, frozenAt: view.at, frozenReason });
}

interface Reversal {
  readonly reason: string;
  /** null: the payment provider. */
  readonly by: string | null;
}

interface PlannedReversal {
  readonly decision: DepositDecision;
  /** Whether it freezes the user, who was not frozen before. */
  readonly froze: boolean;
}

/**
 * Plans the reversal of a deposit.
 * @throws DomainError STATE_CONFLICT when it is not confirmed, or reversed already
 */
export function reverse(
  view: View,
  deposit: DepositRow,
  { reason, by }: Reversal,
): PlannedReversal {
  requireConfirmed(deposit);
  const split = splitOf(view, deposit);
  const reversed: DepositRow = {
    ...deposit,
    status: 'reversed',
    reversedAt: view.at,
    reversedBy: by,
    reversalReason: reason,
    reversedFromTreasury: split.fromTreasury,
    reversedFromLosses: split.fromLosses,
  };
  const rows = [putRow(deposits, reversed)];
  const { userId } = deposit;
  if (userId !== null && deposit.redeemableAt !== null)
    rows.push(removeHold(view, userId, deposit.id));
  const spent = deposit.amount - split.fromBeneficiary;
  const frozen = userId !== null && spent > 0n ? freeze(view, userId, deposit, spent) : undefined;
  if (frozen) rows.push(frozen);
  return {
    decision: {
      transfers: [transferOf(deposit, split)],
      rows,
      result: presentDeposit(reversed),
    },
    froze: frozen !== undefined,
  };
}

export const reverseDeposit: Command<ActOnDeposit, Deposit> = {
  kind: 'reverse_deposit',
  keys: ({ operatorId, depositId }) => ({
    accounts: reversalAccounts,
    rows: [rowKey(deposits, depositId), rowKey(userStates, operatorId)],
  }),
  decide(view, act) {
    const { operatorId, depositId, reason, requestId } = act;
    requireOperator(view, operatorId);
    requireReason(reason);
    const deposit = requireDeposit(view, depositId);
    requireOtherPerson(operatorId, deposit.userId);
    const { decision, froze } = reverse(view, deposit, { reason, by: operatorId });
    const rows = [...decision.rows, logAct(view, act, deposit, 'deposit.reverse', { froze })];
    if (froze) {
      rows.push(
        auditAct(view.at, {
          operatorId,
          action: 'user.freeze',
          subjectKind: 'user',
          subjectId: deposit.userId ?? '',
          reason,
          details: { depositId },
          requestId,
        }),
      );
    }
    return { ...decision, rows };
  },
};
