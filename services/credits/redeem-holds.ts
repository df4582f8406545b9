// What of a user's Credits may not be redeemed yet (DESIGN 2.1). Derived from the deposits: a decision that
// confirms or reverses a deposit of a payment plans the new holds too, so that its batch sees them.
import type { RedeemHold } from '../../domain/redemption';
import { putRow, type RowWrite, type View } from '../../ledger/command';
import { arrayLiteral } from '../../ledger/sql-array';
import type { Table } from '../../ledger/table';

interface RedeemHoldsOfUser {
  readonly userId: string;
  readonly holds: readonly RedeemHold[];
}

// The head's time here is that of the last batch, never after this one's: what it leaves out is over for certain.
const loadSql = /* sql */ `
  select d.user_id as "userId", d.id as "depositId", d.amount, d.redeemable_at as "until"
  from deposits d
  where d.user_id = any($1::uuid[]) and d.status = 'confirmed'
    and d.redeemable_at > (select h.journal_time from journal_head h where h.id = 1)`;

/** One row a user, empty without holds. */
export const redeemHolds: Table<RedeemHoldsOfUser> = {
  name: 'redeem holds',
  keyOf: ({ userId }) => userId,
  async load(sql, userIds) {
    const { rows } = await sql.query('load redeem holds', loadSql, [arrayLiteral('uuid', userIds)]);
    const held = new Map(userIds.map((userId) => [userId, [] as RedeemHold[]]));
    for (const { userId, ...hold } of rows as (RedeemHold & { userId: string })[]) {
      held.get(userId)?.push(hold);
    }
    return new Map([...held].map(([userId, holds]) => [userId, { userId, holds }]));
  },
  // the deposits' own rows are what is stored
  write: () => null,
};

export function redeemHoldsOf(view: View, userId: string): readonly RedeemHold[] {
  return view.row(redeemHolds, userId)?.holds ?? [];
}

export function putHold(view: View, userId: string, hold: RedeemHold): RowWrite {
  return putRow(redeemHolds, { userId, holds: [...redeemHoldsOf(view, userId), hold] });
}

export function removeHold(view: View, userId: string, depositId: string): RowWrite {
  const holds = redeemHoldsOf(view, userId).filter((hold) => hold.depositId !== depositId);
  return putRow(redeemHolds, { userId, holds });
}
