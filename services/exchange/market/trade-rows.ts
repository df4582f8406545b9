// Trades and the candles they make, as rows and as the feed tells them (DESIGN 2.4). One row a trade holds both of
// its sides.
import type { Candle } from '../../../domain/exchange/candle';
import type { Side } from '../../../domain/exchange/market';
import type { FeedEvent } from '../../../ledger/command';
import { defineTable, type RowOf, type Table } from '../../../ledger/table';
import type { TradeSource } from './order-rows';

const tradeTable = defineTable({
  name: 'trades',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'bigint',
    at: 'timestamptz',
    ticks: 'int',
    lots: 'int',
    takerSide: 'text',
    source: 'text',
    makerOrderId: 'uuid',
    takerOrderId: 'uuid',
    makerOwnerId: 'text',
    takerOwnerId: 'text',
    makerFee: 'bigint',
    takerFee: 'bigint',
  },
});

export interface TradeRow extends Omit<RowOf<typeof tradeTable>, 'takerSide' | 'source'> {
  readonly takerSide: Side;
  readonly source: TradeSource;
}

export const trades = tradeTable as unknown as Table<TradeRow>;

/** For reads outside the committer, with the table as `t`. */
export const tradeColumns = {
  id: 't.id',
  at: 't.at',
  ticks: 't.ticks',
  lots: 't.lots',
  takerSide: 't.taker_side',
  source: 't.source',
  makerOrderId: 't.maker_order_id',
  takerOrderId: 't.taker_order_id',
  makerOwnerId: 't.maker_owner_id',
  takerOwnerId: 't.taker_owner_id',
  makerFee: 't.maker_fee',
  takerFee: 't.taker_fee',
} satisfies Record<keyof TradeRow, string>;

/** Tells followers of a trade; in JSON, what is usual is left out (see order-rows). */
export function tradeEvent(trade: TradeRow): FeedEvent {
  return {
    type: 'trade',
    trade,
    toJSON() {
      const { id, makerFee, takerFee, source, ...rest } = trade;
      return {
        type: 'trade',
        trade: {
          ...rest,
          id: id.toString(),
          takerFee: takerFee.toString(),
          ...(makerFee === 0n ? {} : { makerFee: makerFee.toString() }),
          ...(source === 'order' ? {} : { source }),
        },
      };
    },
  };
}

export function readTradeEvent(event: FeedEvent): TradeRow {
  const trade = event['trade'] as Record<'id' | 'takerFee' | 'makerFee', bigint | string>;
  if (typeof trade.id === 'bigint') return trade as unknown as TradeRow;
  return {
    source: 'order',
    ...trade,
    id: BigInt(trade.id),
    makerFee: BigInt(trade.makerFee ?? 0),
    takerFee: BigInt(trade.takerFee),
  } as unknown as TradeRow;
}

/** The intervals that are kept as rows; the others are rolled up from them when they are read. */
export const storedIntervals = ['1m', '1h'] as const;
export type StoredInterval = (typeof storedIntervals)[number];

export const candles = defineTable({
  name: 'candles',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    interval: 'text',
    opensAt: 'timestamptz',
    open: 'int',
    high: 'int',
    low: 'int',
    close: 'int',
    lots: 'bigint',
    notional: 'bigint',
    trades: 'int',
  },
});
export type CandleRow = RowOf<typeof candles>;

export function candleRow(interval: StoredInterval, opensAt: number, candle: Candle): CandleRow {
  return { id: `${interval}/${opensAt}`, interval, opensAt, ...candle };
}
