// Proof of compute (whitepaper 3.1, DESIGN 2.12): the records of a UTC day that is over get one root, published for
// ever. Journal time never runs backwards, so once a commit at or after the day's end has seen that no record is
// missing, none can come any more: publishing is such a commit.
import type { Knex } from 'knex';
import { assert } from '../../domain/errors';
import { addDays, dayEnd, dayOf, dayStart } from '../../domain/utc-day';
import { putRow, rowKey, type Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { defineLookup, defineTable, type RowOf } from '../../ledger/table';
import { streamCalls } from './usage-roots-leaf';
import { defaultSubtreeSize, UsageTreeBuilder } from './usage-roots-tree';

export const usageRoots = defineTable({
  name: 'usage_roots',
  key: 'day',
  writes: 'insert',
  columns: {
    day: 'text',
    firstSettlement: 'bigint',
    size: 'int',
    root: 'bytea',
    subtreeSize: 'int',
    subtrees: 'bytea',
    charged: 'bigint',
    mined: 'bigint',
    sequence: 'bigint',
    publishedAt: 'timestamptz',
  },
});
export type UsageRoot = RowOf<typeof usageRoots>;

/** A root as it was computed. */
export type BuiltUsageRoot = Omit<UsageRoot, 'sequence' | 'publishedAt'>;

/** When a settlement was, by its number. */
const settlementTimes = defineLookup<{ readonly endedAt: number }>({
  name: 'settlement_times',
  keyType: 'bigint',
  sql: `select settlement_number as key, ended_at as "endedAt"
    from relay_calls where settlement_number = any($1::bigint[])`,
});

const announcedType = 'usage_root';

/** What the journal's feed says of a root. */
export function usageRootEvent({ day, size, root }: Pick<UsageRoot, 'day' | 'size' | 'root'>) {
  return { type: announcedType, day, size, root: root.toString('hex') };
}

/** too_early: a record of that day may still come. */
export type PublishOutcome = 'published' | 'known' | 'too_early';

/** Publishes the root of a day, once, if it holds all records of that day. */
export const publishUsageRoot: Command<BuiltUsageRoot, PublishOutcome> = {
  kind: 'publish_usage_root',
  keys: (root) => ({
    rows: [
      rowKey(usageRoots, root.day),
      rowKey(usageRoots, addDays(root.day, -1)),
      rowKey(settlementTimes, String(nextSettlement(root))),
    ],
  }),
  decide(view, root) {
    if (view.row(usageRoots, root.day)) return { result: 'known' };
    const endsAt = dayEnd(root.day);
    const following = view.row(settlementTimes, String(nextSettlement(root)));
    if (view.at < endsAt || (following && following.endedAt < endsAt))
      return { result: 'too_early' };
    const before = view.row(usageRoots, addDays(root.day, -1));
    const first = before ? nextSettlement(before) : 1n;
    assert(root.firstSettlement === first, `the records of ${root.day} begin with ${first}`);
    return {
      rows: [putRow(usageRoots, { ...root, sequence: view.sequence, publishedAt: view.at })],
      feed: [usageRootEvent(root)],
      result: 'published',
    };
  },
};

/** The number of the first settlement after a day. */
export function nextSettlement({
  firstSettlement,
  size,
}: Pick<UsageRoot, 'firstSettlement' | 'size'>): bigint {
  return firstSettlement + BigInt(size);
}

const missingSql = /* sql */ `
  select (select max(day) from usage_roots) as "lastDay",
    (select ended_at from relay_calls where settlement_number = 1) as "firstAt",
    clock_timestamp() as now`;

/** The days that are over and have no root, since the first record, oldest first. */
export async function findMissingDays(db: Knex, most: number): Promise<string[]> {
  const { rows } = await db.raw<{
    rows: { lastDay: string | null; firstAt: number | null; now: number }[];
  }>(missingSql);
  const [{ lastDay, firstAt, now } = { lastDay: null, firstAt: null, now: 0 }] = rows;
  if (firstAt === null) return [];
  const days: string[] = [];
  let day = lastDay === null ? dayOf(firstAt) : addDays(lastDay, 1);
  for (; days.length < most && dayEnd(day) <= now; day = addDays(day, 1)) days.push(day);
  return days;
}

const firstSettlementSql = /* sql */ `
  select coalesce((select first_settlement + size from usage_roots where day = ?), 1)::bigint as first`;

/**
 * Computes the root of a day from its records.
 * @throws InvariantError when a record is missing or lies before the day: such a tree is not to be published.
 */
export async function buildUsageRoot(
  db: Knex,
  day: string,
  onProgress: (text: string) => void = () => undefined,
  subtreeSize = defaultSubtreeSize,
): Promise<BuiltUsageRoot> {
  const { rows } = await db.raw<{ rows: { first: bigint }[] }>(firstSettlementSql, [
    addDays(day, -1),
  ]);
  const firstSettlement = rows[0]?.first ?? 1n;
  const [startsAt, endsAt] = [dayStart(day), dayEnd(day)];
  const tree = new UsageTreeBuilder(subtreeSize);
  let next = firstSettlement;
  for await (const page of streamCalls(db, firstSettlement)) {
    for (const call of page) {
      if (call.endedAt >= endsAt) return { day, firstSettlement, subtreeSize, ...tree.finish() };
      assert(call.settlementNumber === next, `settlement ${next} of ${day} is there`);
      assert(call.endedAt >= startsAt, `settlement ${next} lies in ${day}`);
      tree.add(call);
      next++;
    }
    onProgress(`${day}: ${next - firstSettlement} records`);
  }
  return { day, firstSettlement, subtreeSize, ...tree.finish() };
}

/**
 * Builds and publishes the root of a day that is over; one that is published already stays as it is.
 * @throws Error that may pass by itself when the day is not over yet by journal time.
 */
export async function makeUsageRoot(
  { db, committer }: { readonly db: Knex; readonly committer: Committer },
  day: string,
  onProgress?: (text: string) => void,
  subtreeSize?: number,
): Promise<BuiltUsageRoot> {
  const built = await buildUsageRoot(db, day, onProgress, subtreeSize);
  const { result } = await committer.submit(publishUsageRoot, built, { actor: 'roots' });
  // An infrastructure fault to whoever retries: clocks, or a settlement that was being committed.
  if (result === 'too_early') throw new Error(`A record of ${day} may still come.`);
  return built;
}
