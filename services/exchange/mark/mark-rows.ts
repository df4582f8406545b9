// Where the mark price is kept (DESIGN 2.4): its newest state in one row, and a row a ticked minute, by which decisions
// and reads know its averages over time.
import type { Decimal } from 'decimal.js';
import type { Knex } from 'knex';
import type { MarkState } from '../../../domain/exchange/mark-price';
import {
  averageDepth,
  averageMark,
  minuteOf,
  noSums,
  windowMinute,
  type Depth,
  type MarkSums,
} from '../../../domain/exchange/mark-sums';
import { assert } from '../../../domain/errors';
import { putRow, type RowWrite, type View } from '../../../ledger/command';
import { defineTable, type RowOf } from '../../../ledger/table';
import { marketState } from '../market/market-state';

const markStates = defineTable({
  name: 'mark_state',
  key: 'id',
  writes: 'upsert',
  columns: { id: 'int', state: 'json' },
});

const markMinutes = defineTable({
  name: 'mark_minutes',
  key: 'minute',
  writes: 'insert',
  columns: {
    minute: 'int',
    at: 'timestamptz',
    mark: 'numeric?',
    bid: 'numeric?',
    ask: 'numeric?',
    tickedMs: 'bigint',
    tradedMs: 'bigint',
    tradeSum: 'numeric',
    markedMs: 'bigint',
    markSum: 'numeric',
    bidDepthSum: 'numeric',
    askDepthSum: 'numeric',
  },
});
type SumColumns = Omit<RowOf<typeof markMinutes>, 'minute' | 'at' | 'mark' | 'bid' | 'ask'>;

/** For reads outside the committer, with the table as `m`. */
export const sumColumns = {
  tickedMs: 'm.ticked_ms',
  tradedMs: 'm.traded_ms',
  tradeSum: 'm.trade_sum',
  markedMs: 'm.marked_ms',
  markSum: 'm.mark_sum',
  bidDepthSum: 'm.bid_depth_sum',
  askDepthSum: 'm.ask_depth_sum',
} satisfies Record<keyof SumColumns, string>;

export function toSums(row: SumColumns): MarkSums {
  return {
    tickedMs: Number(row.tickedMs),
    tradedMs: Number(row.tradedMs),
    trade: row.tradeSum,
    markedMs: Number(row.markedMs),
    mark: row.markSum,
    bidDepth: row.bidDepthSum,
    askDepth: row.askDepthSum,
  };
}

/** The rows that a tick writes: the state, and the minute that it completes. */
export function markWrites(before: MarkState, after: MarkState): RowWrite[] {
  const writes = [putRow(markStates, { id: 1, state: after })];
  const minute = minuteOf(after.sums);
  if (minute === minuteOf(before.sums)) return writes;
  const { at, mark, bid, ask, sums } = after;
  const row = {
    minute,
    at,
    mark,
    bid,
    ask,
    tickedMs: BigInt(sums.tickedMs),
    tradedMs: BigInt(sums.tradedMs),
    tradeSum: sums.trade,
    markedMs: BigInt(sums.markedMs),
    markSum: sums.mark,
    bidDepthSum: sums.bidDepth,
    askDepthSum: sums.askDepth,
  };
  return [...writes, putRow(markMinutes, row)];
}

/** The sums at the start of a window of ticked time that ends with a tick; zeros where it begins with the first one. */
export function windowStart(
  view: View,
  sums: Pick<MarkSums, 'tickedMs'>,
  windowMs: number,
): MarkSums {
  const minute = windowMinute(sums, windowMs);
  if (minute === null) return noSums;
  const row = view.row(markMinutes, String(minute));
  assert(row, 'every ticked minute has a row');
  return toSums(row);
}

/**
 * The average mark of the last `windowMs` of ticked time, or of as much of it as there is, in Credits for one LCO; null
 * when there has been no mark in it.
 */
export function twapOfMark(view: View, windowMs: number): Decimal | null {
  const { mark } = view.projection(marketState);
  return mark && averageMark(windowStart(view, mark.sums, windowMs), mark.sums);
}

/** The average of what rested within 4% of the mark, over a window as of `twapOfMark`. */
export function averageDepthAroundMark(view: View, windowMs: number): Depth | null {
  const { mark } = view.projection(marketState);
  return mark && averageDepth(windowStart(view, mark.sums, windowMs), mark.sums);
}

/** `windowStart` outside of a decision. */
export async function readWindowStart(
  db: Knex,
  sums: Pick<MarkSums, 'tickedMs'>,
  windowMs: number,
): Promise<MarkSums> {
  const minute = windowMinute(sums, windowMs);
  if (minute === null) return noSums;
  const row = await db({ m: 'mark_minutes' })
    .first<SumColumns | undefined>(sumColumns)
    .where('m.minute', minute);
  assert(row, 'every ticked minute has a row');
  return toSums(row);
}

/** The newest state; null before the first tick. */
export async function readMarkState(db: Knex): Promise<MarkState | null> {
  const row = await db({ m: 'mark_state' })
    .first<{ state: MarkState } | undefined>({ state: 'm.state' })
    .where('m.id', 1);
  return row?.state ?? null;
}
