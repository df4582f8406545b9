// Takes staked LCO back (DESIGN 2.10): the rights end in the commit that asks, the LCO come back when the cooldown,
// fixed then, is over. Its workflow waits for that.
import { cooldownLeftMs, requireUnstakeable } from '../../domain/staking';
import { assert, DomainError } from '../../domain/errors';
import { moveBetween, putRow, rowKey, type Command, type View } from '../../ledger/command';
import { deriveId } from '../../ledger/ids';
import { requireUser, userStates } from '../identity/user-state';
import { stakeAccounts, stakeEvent, type StakeOutcome } from './stake';
import {
  presentUnstake,
  stakers,
  unstakeAskedMessage,
  unstakes,
  type Unstake,
  type UnstakeRow,
} from './unstake-rows';

interface AskUnstake {
  readonly userId: string;
  /** The request's; with the user it names the unstake. */
  readonly idempotencyKey: string;
  readonly requestId: string;
  /** Base units of LCO. */
  readonly amount: bigint;
  readonly cooldownMs: number;
}

export interface UnstakeOutcome extends StakeOutcome {
  readonly unstake: Unstake;
}

function idOf(userId: string, idempotencyKey: string): string {
  return deriveId('unstake', userId, idempotencyKey);
}

function openUnstakesOf(view: View, userId: string): number {
  return view.row(stakers, userId)?.openUnstakes ?? 0;
}

/**
 * A frozen user may: it gives rights up and frees nothing that could be spent.
 * @throws DomainError INSUFFICIENT_FUNDS, AMOUNT_OUT_OF_RANGE, OPEN_UNSTAKE_LIMIT
 */
export const askUnstake: Command<AskUnstake, UnstakeOutcome> = {
  kind: 'unstake',
  keys: ({ userId, idempotencyKey }) => {
    const { staked, unbonding } = stakeAccounts(userId);
    return {
      accounts: [staked, unbonding],
      rows: [
        rowKey(userStates, userId),
        rowKey(stakers, userId),
        rowKey(unstakes, idOf(userId, idempotencyKey)),
      ],
    };
  },
  decide(view, { userId, idempotencyKey, requestId, amount, cooldownMs }) {
    requireUser(view, userId);
    const { staked, unbonding } = stakeAccounts(userId);
    const open = openUnstakesOf(view, userId);
    requireUnstakeable(amount, view.balance(staked), open);

    const id = idOf(userId, idempotencyKey);
    assert(!view.row(unstakes, id), 'a stored answer stands before a second request');
    const row: UnstakeRow = {
      id,
      userId,
      amount,
      askedAt: view.at,
      unlockAt: view.at + cooldownMs,
      returnedAt: null,
    };
    const left = view.balance(staked) - amount;
    return {
      transfers: [moveBetween('unstake', staked, unbonding, amount, id)],
      rows: [putRow(unstakes, row), putRow(stakers, { userId, openUnstakes: open + 1 })],
      feed: [stakeEvent(userId, left)],
      outbox: [unstakeAskedMessage(row, requestId)],
      result: { unstake: presentUnstake(row), staked: left.toString() },
    };
  },
};

export interface ReturnedUnstake {
  readonly unstake: Unstake;
  /** How much longer it must wait, by journal time; 0: the LCO are returned. */
  readonly waitMs: number;
}

/**
 * Returns the LCO, once, when their time has come; before that it changes nothing. Whether the owner is frozen makes
 * no difference: cooldowns run on.
 * @throws DomainError NOT_FOUND
 */
export const returnUnstaked: Command<
  { readonly unstakeId: string; readonly userId: string },
  ReturnedUnstake
> = {
  kind: 'return_unstaked',
  keys: ({ unstakeId, userId }) => {
    const { available, unbonding } = stakeAccounts(userId);
    return {
      accounts: [available, unbonding],
      rows: [rowKey(unstakes, unstakeId), rowKey(stakers, userId)],
    };
  },
  decide(view, { unstakeId, userId }) {
    const row = view.row(unstakes, unstakeId);
    if (row?.userId !== userId) throw unstakeNotFound();
    const waitMs = cooldownLeftMs(row.unlockAt, view.at);
    if (row.returnedAt !== null || waitMs > 0) {
      const left = row.returnedAt === null ? waitMs : 0;
      return { result: { unstake: presentUnstake(row), waitMs: left } };
    }
    const { available, unbonding } = stakeAccounts(userId);
    const returned: UnstakeRow = { ...row, returnedAt: view.at };
    const openUnstakes = openUnstakesOf(view, userId) - 1;
    return {
      transfers: [moveBetween('unstake_return', unbonding, available, row.amount, row.id)],
      rows: [putRow(unstakes, returned), putRow(stakers, { userId, openUnstakes })],
      result: { unstake: presentUnstake(returned), waitMs: 0 },
    };
  },
};

export function unstakeNotFound(): DomainError {
  return new DomainError('UNSTAKE_NOT_FOUND', 'There is no such unstake.');
}
