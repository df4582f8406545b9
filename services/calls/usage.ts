// Usage as its owner reads it (DESIGN 2.2 "Receipt"): receipts one by one, in lists and all of them, and their sums.
import type { Knex } from 'knex';
import { DomainError } from '../../domain/errors';
import { readPage, type Page, type PageRequest } from '../pages';
import {
  periodOf,
  readDailyPage,
  readDailySums,
  type DailyFilter,
  type DailyPage,
  type DailySum,
} from './usage-daily';
import { callKeys, selectRecords, type UsageFilter, type UsageRecord } from './usage-rows';

/** A receipt with the name of its key. */
export interface NamedRecord extends UsageRecord {
  /** null: a session's, which has none. */
  readonly keyName: string | null;
}

export interface Usage {
  /** @throws DomainError NOT_FOUND, also for another user's call. */
  receipt(userId: string, callId: string): Promise<UsageRecord>;
  /** Newest first. */
  list(userId: string, filter: UsageFilter, page: PageRequest): Promise<Page<UsageRecord>>;
  /** The same, all of it in batches; each is a query of its own, and nothing is held in between. */
  all(userId: string, filter: UsageFilter): AsyncGenerator<readonly NamedRecord[]>;
  /**
   * Sums by UTC day, the oldest first, then by model and key.
   * @throws DomainError INVALID_REQUEST when the period is too long
   */
  daily(userId: string, filter: DailyFilter, page: PageRequest): Promise<DailyPage>;
  /** The same, all of it in batches. @throws DomainError as `daily` does, at once */
  allDaily(userId: string, filter: DailyFilter): AsyncGenerator<readonly DailySum[]>;
}

/** Two milliseconds of writing as CSV (4.6 for 500), for which this process does nothing else. */
const recordsAtOnce = 250;

async function* readAll(
  db: Knex,
  userId: string,
  filter: UsageFilter,
): AsyncGenerator<readonly NamedRecord[]> {
  // By pages, not by a cursor in the database: who reads slowly would keep a connection and an old snapshot for as long.
  let cursor: string | undefined;
  do {
    const query = selectRecords(db, userId, filter)
      .leftJoin({ k: 'api_keys' }, 'k.id', 'c.key_id')
      .select({ keyName: 'k.name' });
    const page = await readPage<NamedRecord>(query, { limit: recordsAtOnce, cursor }, callKeys);
    yield page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

export function createUsage(db: Knex): Usage {
  return {
    async receipt(userId, callId) {
      const record = (await selectRecords(db, userId, {}).where('c.id', callId).first()) as
        UsageRecord | undefined;
      if (!record) throw new DomainError('NOT_FOUND', 'There is no receipt of this request.');
      return record;
    },
    list: (userId, filter, page) =>
      readPage<UsageRecord>(selectRecords(db, userId, filter), page, callKeys),
    all: (userId, filter) => readAll(db, userId, filter),
    daily: async (userId, filter, page) =>
      readDailyPage(db, userId, { ...filter, ...periodOf(filter, Date.now()) }, page),
    allDaily: (userId, filter) =>
      readDailySums(db, userId, { ...filter, ...periodOf(filter, Date.now()) }),
  };
}
