// Deposits (DESIGN 2.1, whitepaper 2.1): what makes Credits, when two operators are needed, and who bears a
// reversal.
import { DomainError } from './errors';
import { minAmount } from './money';

/** Platform accounts that an operator may pay capital into. */
export const capitalAccounts = ['treasury', 'risk_reserve', 'upstream_cost'] as const;
export type CapitalAccount = (typeof capitalAccounts)[number];

export const depositStatuses = ['awaiting_second', 'confirmed', 'rejected', 'reversed'] as const;
export type DepositStatus = (typeof depositStatuses)[number];

export const maxExternalRefLength = 200;

/** What a deposit is: who gets how much. Who recorded it and why does not make it another one. */
export interface DepositContent {
  /** Exactly one of `userId` and `account` is not null. */
  readonly userId: string | null;
  readonly account: string | null;
  /** Base units of CREDIT. */
  readonly amount: bigint;
}

/**
 * A reference names one deposit for ever.
 * @throws DomainError DEPOSIT_REFERENCE_REUSED when it comes back with another beneficiary or amount.
 */
export function requireSameContent(known: DepositContent, asked: DepositContent): void {
  const isSame =
    known.userId === asked.userId &&
    known.account === asked.account &&
    known.amount === asked.amount;
  if (!isSame) {
    throw new DomainError(
      'DEPOSIT_REFERENCE_REUSED',
      'This external reference belongs to a deposit with another beneficiary or amount.',
    );
  }
}

/** Whether a movement needs two operators. */
export function needsSecondOperator(amount: bigint, fourEyesAbove: bigint): boolean {
  return amount > fourEyesAbove;
}

/** Who bears a reversal, in base units; the parts sum to the deposit's amount. */
export interface ReversalSplit {
  readonly fromBeneficiary: bigint;
  readonly fromTreasury: bigint;
  readonly fromLosses: bigint;
}

/** What the beneficiary still has comes first, then the treasury, and nobody's money covers the rest. */
export function splitReversal(
  amount: bigint,
  beneficiaryBalance: bigint,
  treasuryBalance: bigint,
): ReversalSplit {
  const fromBeneficiary = minAmount(amount, beneficiaryBalance);
  const fromTreasury = minAmount(amount - fromBeneficiary, treasuryBalance);
  return { fromBeneficiary, fromTreasury, fromLosses: amount - fromBeneficiary - fromTreasury };
}
