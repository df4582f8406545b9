// Stakes LCO (DESIGN 2.10): from the commit on they give their owner the level, the price and the rights of all that
// is staked.
import { requireStakeable } from '../../domain/staking';
import { userAccount } from '../../ledger/accounts';
import { moveBetween, rowKey, type Command, type FeedEvent } from '../../ledger/command';
import { requireActiveUser, userStates } from '../identity/user-state';

interface Stake {
  readonly userId: string;
  /** Base units of LCO. */
  readonly amount: bigint;
}

/** What is staked after a command: base units of LCO, as a decimal string. */
export interface StakeOutcome {
  readonly staked: string;
}

export function stakeAccounts(userId: string) {
  return {
    available: userAccount(userId, 'available', 'LCO'),
    staked: userAccount(userId, 'staked', 'LCO'),
    unbonding: userAccount(userId, 'unbonding', 'LCO'),
  };
}

/** Tells followers what a user has staked now. */
export function stakeEvent(userId: string, staked: bigint): FeedEvent {
  return { type: 'stake', userId, staked: staked.toString() };
}

/** @throws DomainError USER_FROZEN, AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS */
export const stake: Command<Stake, StakeOutcome> = {
  kind: 'stake',
  keys: ({ userId }) => {
    const { available, staked } = stakeAccounts(userId);
    return { accounts: [available, staked], rows: [rowKey(userStates, userId)] };
  },
  decide(view, { userId, amount }) {
    requireActiveUser(view, userId);
    const { available, staked } = stakeAccounts(userId);
    requireStakeable(amount, view.balance(available));
    const after = view.balance(staked) + amount;
    return {
      transfers: [moveBetween('stake', available, staked, amount)],
      feed: [stakeEvent(userId, after)],
      result: { staked: after.toString() },
    };
  },
};
