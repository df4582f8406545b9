// Usage summed by UTC day (DESIGN 2.2 "Receipt"): what receipts say, to the base unit, added up by the database.
//
// There are no stored sums. A month of a caller with 100,000 calls a year, among a million of others', takes 17 ms by the
// index `relay_calls_usage`, a year of it 0.3 to 0.6 s. An index that has all the columns would make that 8 ms and 0.2 s, at
// 150 bytes a call, and every settlement would write it.
import type { Knex } from 'knex';
import { DomainError } from '../../domain/errors';
import { addDays, dayOf, dayStart } from '../../domain/utc-day';
import { decodeCursor, readPage, type Page, type PageKey, type PageRequest } from '../pages';
import { settledCalls, type UsageFilter } from './usage-rows';

export const dailyGroupings = ['day', 'day,model', 'day,key', 'day,model,key'] as const;
export type DailyGrouping = (typeof dailyGroupings)[number];

export interface DailyFilter extends UsageFilter {
  readonly groupBy: DailyGrouping;
}

/** What was summed. */
interface Period {
  readonly from: number;
  /** undefined: all that ended by now. */
  readonly to: number | undefined;
}

export interface DailySum {
  /** As `2026-11-22`. */
  readonly day: string;
  /** Absent when models are not told apart. */
  readonly modelId?: string;
  /** Absent when keys are not told apart; null: calls of sessions, which have none. */
  readonly keyId?: string | null;
  readonly calls: bigint;
  readonly inputTokens: bigint;
  readonly cachedInputTokens: bigint;
  readonly cacheWriteTokens: bigint;
  readonly outputTokens: bigint;
  /** Base units of CREDIT. */
  readonly charge: bigint;
  /** Base units of LCO. */
  readonly mined: bigint;
  /** Of the calls, those that a champion's perk paid for; their charge is 0. */
  readonly freeCalls: bigint;
}

export type DailyPage = Page<DailySum> & Period;

export const longestPeriodDays = 366;
export const defaultPeriodDays = 30;
const daysAtOnce = 7;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * The period that is asked for: unless it is said otherwise 30 days, the one that it ends in included.
 * @param now milliseconds since 1970
 * @throws DomainError INVALID_REQUEST for one that is too long
 */
export function periodOf({ from, to }: UsageFilter, now: number): Period {
  const lastDay = dayOf((to ?? now + 1) - 1);
  const startsAt = from ?? dayStart(addDays(lastDay, 1 - defaultPeriodDays));
  if ((to ?? now) - startsAt > longestPeriodDays * dayMs) {
    throw new DomainError(
      'INVALID_REQUEST',
      `\`from\` is more than ${longestPeriodDays} days before \`to\` (now, unless it is given).`,
      { param: 'from' },
    );
  }
  return { from: startsAt, to };
}

/** Stands for no key where keys are compared: rows with null have no place in an order. */
const noKey = '00000000-0000-0000-0000-000000000000';

const sums = {
  calls: 'count(*)',
  inputTokens: 'sum(c.input_tokens)::bigint',
  cachedInputTokens: 'sum(c.cached_input_tokens)::bigint',
  cacheWriteTokens: 'sum(c.cache_write_tokens)::bigint',
  // Images, seconds and characters are no tokens.
  outputTokens: `coalesce(sum(c.output_tokens) filter (where v.unit = 'tokens'), 0)::bigint`,
  charge: 'sum(c.charge)::bigint',
  mined: 'sum(c.mined)::bigint',
  freeCalls: 'count(c.war_round_id)',
};

const dayKey: PageKey<DailySum> = { column: 's.day', type: 'utcDay', of: (sum) => sum.day };
const modelKey: PageKey<DailySum> = {
  column: 's.modelId',
  type: 'name',
  of: (sum) => sum.modelId ?? '',
};
const keyKey: PageKey<DailySum> = {
  column: 's.keyOrNone',
  type: 'uuid',
  of: (sum) => sum.keyId ?? noKey,
};

function partsOf(groupBy: DailyGrouping) {
  const parts = groupBy.split(',');
  return { model: parts.includes('model'), key: parts.includes('key') };
}

/** In what order the sums of a grouping come; together it is unique. */
function orderOf(groupBy: DailyGrouping): readonly PageKey<DailySum>[] {
  const { model, key } = partsOf(groupBy);
  return [dayKey, ...(model ? [modelKey] : []), ...(key ? [keyKey] : [])];
}

/** A query of the sums, `s`, in no order yet. */
function selectSums(db: Knex, userId: string, filter: DailyFilter): Knex.QueryBuilder {
  const { model, key } = partsOf(filter.groupBy);
  const dimensions = {
    ...(model ? { modelId: 'c.model_id' } : {}),
    ...(key ? { keyId: 'c.key_id' } : {}),
  };
  const groups = { date: `(c.ended_at at time zone 'UTC')::date`, ...dimensions };
  const grouped = settledCalls(db, userId, filter).join(
    { v: 'price_versions' },
    'v.id',
    'c.price_version_id',
  );
  for (const [name, expression] of Object.entries(groups)) {
    void grouped.select(db.raw(`${expression} as ??`, [name])).groupByRaw(expression);
  }
  for (const [name, expression] of Object.entries(sums)) {
    void grouped.select(db.raw(`${expression} as ??`, [name]));
  }
  const named = db
    .from(grouped.as('g'))
    .select('g.*', db.raw(`to_char(g.date, 'YYYY-MM-DD') as day`));
  if (key) void named.select(db.raw(`coalesce(g.??, '${noKey}') as ??`, ['keyId', 'keyOrNone']));
  const columns = ['day', ...Object.keys(dimensions), ...Object.keys(sums)];
  return db.from(named.as('s')).select(columns.map((name) => `s.${name}`));
}

/** One page of sums, the oldest day first. @throws DomainError INVALID_REQUEST for a cursor that is not this list's */
export async function readDailyPage(
  db: Knex,
  userId: string,
  filter: DailyFilter & Period,
  page: PageRequest,
): Promise<DailyPage> {
  const order = orderOf(filter.groupBy);
  // What the pages before have had is not summed again, except for the day at which they ended.
  const [reached] = page.cursor === undefined ? [] : decodeCursor(order, page.cursor);
  const from = reached === undefined ? filter.from : Math.max(filter.from, dayStart(reached));
  const rest = selectSums(db, userId, { ...filter, from });
  return {
    ...(await readPage<DailySum>(rest, page, order, 'asc')),
    from: filter.from,
    to: filter.to,
  };
}

/** All sums, the oldest day first, a few days at a time: each call is read once, and a batch is soon written. */
export async function* readDailySums(
  db: Knex,
  userId: string,
  filter: DailyFilter & Period,
): AsyncGenerator<readonly DailySum[]> {
  const columns = orderOf(filter.groupBy).map(({ column }) => column);
  const until = filter.to ?? Date.now();
  for (let { from } = filter, isLast = false; !isLast;) {
    const next = dayStart(dayOf(from)) + daysAtOnce * dayMs;
    isLast = next >= until;
    const batch = selectSums(db, userId, { ...filter, from, to: isLast ? filter.to : next });
    yield (await batch.orderBy(columns)) as DailySum[];
    from = next;
  }
}
