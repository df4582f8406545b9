// A call that its user pays for (DESIGN 2.2): bounded by the balance and, where the key has one, by its spending cap.
import type { ChatBound } from '../../domain/chat-bound';
import { DomainError, isRefusal } from '../../domain/errors';
import { minAmount } from '../../domain/money';
import type { View } from '../../ledger/command';
import type { KeyState } from '../identity/user-state';
import type { FundedBound } from './free-calls';
import { availableCredits, reservedOfUser } from './relay-calls';
import type { Reclaimed } from './relay-release';

/** What the key may still spend, or null without a cap: settled + live + this one <= cap. */
function capLeftOf(key: KeyState | null, reclaimed: Reclaimed): bigint | null {
  if (!key || key.spendCap === null) return null;
  return key.spendCap - key.spent - key.reserved + heldByKey(key, reclaimed);
}

/** What calls that end with this one hold of its key's cap. */
export function heldByKey(key: KeyState, { calls }: Reclaimed): bigint {
  return calls
    .filter((call) => call.keyId === key.id)
    .reduce((sum, call) => sum + reservedOfUser(call), 0n);
}

/** The bound of a call that its user pays for. */
export function boundPaidCall(
  view: View,
  userId: string,
  key: KeyState | null,
  reclaimed: Reclaimed,
  bound: (funds: bigint) => ChatBound,
): FundedBound {
  const available = view.balance(availableCredits(userId)) + reclaimed.amount;
  return { ...boundOrRefuse(available, capLeftOf(key, reclaimed), bound), warRoundId: null };
}

/** Bounds by the balance and the key's cap, whichever is less, and names the one that is short. */
function boundOrRefuse<Bound>(
  available: bigint,
  capLeft: bigint | null,
  bound: (funds: bigint) => Bound,
): Bound {
  if (capLeft === null || capLeft >= available) return bound(available);
  try {
    return bound(minAmount(available, capLeft < 0n ? 0n : capLeft));
  } catch (error) {
    if (!isRefusal(error, 'INSUFFICIENT_FUNDS')) throw error;
    throw new DomainError(
      'API_KEY_CAP_EXCEEDED',
      "This call would exceed the key's spending cap.",
      error.details,
    );
  }
}
