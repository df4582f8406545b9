// How locks come back (DESIGN 2.7): each once, whole, for the reason that its row then says.
import { assert } from '../../domain/errors';
import type { LockReturn } from '../../domain/imo';
import { moveBetween, putRow, type RowWrite, type Transfer } from '../../ledger/command';
import { imoSubscriptions, lockAccounts, type SubscriptionRow } from './imo-rows';

interface ReturnedLock {
  readonly row: SubscriptionRow;
  readonly transfer: Transfer;
}

/** A subscription without its lock from now on. @param at journal time, in milliseconds */
export function returnLock(row: SubscriptionRow, reason: LockReturn, at: number): ReturnedLock {
  assert(row.returnedAt === null, `the lock ${row.id} is returned once`);
  const { available, lock } = lockAccounts(row.userId);
  return {
    row: { ...row, returnedAt: at, returnReason: reason },
    transfer: moveBetween('imo_return', lock, available, row.locked, row.id),
  };
}

interface ChangedSubscriptions {
  readonly rows: readonly RowWrite[];
  readonly transfers: readonly Transfer[];
  /** How many locks were returned. */
  readonly returned: number;
}

/** Writes subscriptions that a step changed, those for which `reasonOf` knows one without their locks. */
export function putSubscriptions(
  changed: readonly SubscriptionRow[],
  reasonOf: (row: SubscriptionRow) => LockReturn | null,
  at: number,
): ChangedSubscriptions {
  const transfers: Transfer[] = [];
  const rows = changed.map((row) => {
    const reason = reasonOf(row);
    if (reason === null) return putRow(imoSubscriptions, row);
    const returned = returnLock(row, reason, at);
    transfers.push(returned.transfer);
    return putRow(imoSubscriptions, returned.row);
  });
  return { rows, transfers, returned: transfers.length };
}
