// What an account held at a time that is past, read off the journal: by votes and subscriptions, whose weight is what
// was staked when they closed, however much later they are counted. SQL to build queries with.

/**
 * The last batch before a time; null if there was none. Asked under the lock by a batch that is not before the time,
 * or once such a batch is committed, the answer never changes: journal time does not run backwards.
 * @param time a timestamptz expression
 */
export function lastBatchBeforeSql(time: string): string {
  return /* sql */ `(
    select past_batch.sequence from journal_batches past_batch where past_batch.journal_time < ${time}
    order by past_batch.journal_time desc, past_batch.sequence desc limit 1)`;
}

/**
 * What an account held after a batch, in base units; 0 for one that was not used until then.
 * @param key an expression for the account's key (`<owner kind>/<owner>/<purpose>/<asset>`)
 * @param sequence an expression for the batch's number; null: before all of them
 */
export function balanceAfterBatchSql(key: string, sequence: string): string {
  // Names that no caller's expression has, or they would be taken for these.
  return /* sql */ `coalesce((
    select past_entry.balance_after
    from accounts past_account join journal_entries past_entry on past_entry.account_id = past_account.id
    where past_account.key = ${key} and past_entry.sequence <= ${sequence}
    order by past_entry.sequence desc, past_entry.transfer desc, past_entry.entry desc limit 1), 0)`;
}
