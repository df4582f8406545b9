// What holds for every movement of Credits in and out of the platform (DESIGN 2.1).
import { DomainError } from './errors';
import { formatAmount, maxAmount } from './money';

/** Base units of CREDIT: ten billion Credits. Sums of balances stay well inside a bigint column. */
export const maxCreditsOutstanding = 10n ** 18n;

/** @throws DomainError AMOUNT_OUT_OF_RANGE unless 0 < amount <= `maxAmount`. */
export function requirePositiveAmount(amount: bigint): void {
  if (amount <= 0n || amount > maxAmount) {
    throw new DomainError(
      'AMOUNT_OUT_OF_RANGE',
      `The amount must be above 0 and at most ${formatAmount(maxAmount)}.`,
    );
  }
}

/**
 * Refuses Credits beyond what the ledger is made for; `outstanding` is what exists already.
 * @throws DomainError AMOUNT_OUT_OF_RANGE
 */
export function requireRoomForCredits(outstanding: bigint, amount: bigint): void {
  if (outstanding + amount > maxCreditsOutstanding) {
    throw new DomainError('AMOUNT_OUT_OF_RANGE', 'There cannot be that many Credits.');
  }
}
