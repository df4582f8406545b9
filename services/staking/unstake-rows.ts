// The tables of staking (DESIGN 2.10): each unstake under way or over, and how many of a user are under way. What is
// staked and what is unbonding are balances.
import type { UnstakeStatus } from '../../domain/staking';
import { formatAmount } from '../../domain/money';
import { isoTime, optionalIsoTime } from '../../domain/time';
import type { OutboxMessage } from '../../ledger/command';
import { defineTable, type RowOf } from '../../ledger/table';

export const unstakes = defineTable({
  name: 'unstakes',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    userId: 'uuid',
    amount: 'bigint',
    askedAt: 'timestamptz',
    unlockAt: 'timestamptz',
    returnedAt: 'timestamptz?',
  },
});
export type UnstakeRow = RowOf<typeof unstakes>;

/** For reads outside the committer, with the table as `u`. */
export const unstakeColumns = {
  id: 'u.id',
  userId: 'u.user_id',
  amount: 'u.amount',
  askedAt: 'u.asked_at',
  unlockAt: 'u.unlock_at',
  returnedAt: 'u.returned_at',
} satisfies Record<keyof UnstakeRow, string>;

export const stakers = defineTable({
  name: 'stakers',
  key: 'userId',
  writes: 'upsert',
  columns: { userId: 'uuid', openUnstakes: 'int' },
});

/** Amounts as decimal strings, times in ISO 8601. */
export interface Unstake {
  readonly id: string;
  readonly userId: string;
  readonly amount: string;
  readonly status: UnstakeStatus;
  readonly askedAt: string;
  readonly unlockAt: string;
  readonly returnedAt: string | null;
}

export function presentUnstake(row: UnstakeRow): Unstake {
  return {
    id: row.id,
    userId: row.userId,
    amount: formatAmount(row.amount),
    status: row.returnedAt === null ? 'unbonding' : 'returned',
    askedAt: isoTime(row.askedAt),
    unlockAt: isoTime(row.unlockAt),
    returnedAt: optionalIsoTime(row.returnedAt),
  };
}

/** What starts its workflow. @param requestId of the request for it; not known when it is told of again. */
export function unstakeAskedMessage(
  { id, userId, amount, unlockAt }: Pick<UnstakeRow, 'id' | 'userId' | 'amount' | 'unlockAt'>,
  requestId?: string,
): OutboxMessage {
  return {
    kind: 'unstake.asked',
    entityId: id,
    payload: {
      unstakeId: id,
      userId,
      amount: formatAmount(amount),
      unlockAt: isoTime(unlockAt),
      requestId,
    },
  };
}
