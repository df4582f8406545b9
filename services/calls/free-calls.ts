// A champion's free calls (DESIGN 2.9): measured at the cost of the price version and held of the round's set-aside like
// Credits, clamped and never split. Where it does not reach for a call, that call is paid like any other.
import { boundChat, type ChatBound, type ChatDemand } from '../../domain/chat-bound';
import { isRefusal } from '../../domain/errors';
import { bpsDivisor } from '../../domain/money';
import type { TokenPrices } from '../../domain/pricing';
import { warsAccount } from '../../ledger/accounts';
import type { View } from '../../ledger/command';
import type { Perks } from '../wars/entitlements';

/** A bound, and the round that pays for it; null: the user does. */
export interface FundedBound extends ChatBound {
  readonly warRoundId: string | null;
}

/** The bound of a free call; undefined when no set-aside reaches for it. */
export function boundFreeCall(
  view: View,
  { freeCallRounds }: Perks,
  demand: ChatDemand,
  cost: TokenPrices,
): FundedBound | undefined {
  const rates = { prices: cost, multiplierBps: bpsDivisor };
  for (const warRoundId of freeCallRounds) {
    const funds = view.balance(warsAccount(warRoundId, 'free_calls'));
    // Nothing is left: not even a call without a cost is paid by it.
    if (funds === 0n) continue;
    try {
      return { ...boundChat(demand, rates, funds), warRoundId };
    } catch (error) {
      if (!isRefusal(error, 'INSUFFICIENT_FUNDS')) throw error;
    }
  }
  return undefined;
}
