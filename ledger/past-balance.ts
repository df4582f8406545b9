// What an account held at a time that is past, read off the journal: by votes and subscriptions, whose weight is what
// was staked when they closed, however much later they are counted. SQL to build queries with.

/**
 * The last batch before a time; null if there was none. Asked under the lock by a batch that is not before the time,
 * or once such a batch is committed, the answer never changes: journal time does not run backwards.
 * @param time a timestamptz expression
 */
export function lastBatchBeforeSql(time: string): string {
  return /* sql */ `(
    select b.sequence from journal_batches b where b.journal_time < ${time}
    order by b.journal_time desc, b.sequence desc limit 1)`;
}

/**
 * What an account held after a batch, in base units; 0 for one that was not used until then. Its own tables are named
 * `a` and `e`: the expressions must not name theirs so.
 * @param key an expression for the account's key (`<owner kind>/<owner>/<purpose>/<asset>`)
 * @param sequence an expression for the batch's number; null: before all of them
 */
export function balanceAfterBatchSql(key: string, sequence: string): string {
  return /* sql */ `coalesce((
    select e.balance_after from accounts a join journal_entries e on e.account_id = a.id
    where a.key = ${key} and e.sequence <= ${sequence}
    order by e.sequence desc, e.transfer desc, e.entry desc limit 1), 0)`;
}
