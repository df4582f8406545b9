// The market as committers and followers keep it in memory (DESIGN 3): the book, all open orders, what was last
// traded, the candles that are still open, and the mark; loaded from rows, advanced by the feed.
import { addToCandle, candleStart, type Candle } from '../../../domain/exchange/candle';
import { notionalOf } from '../../../domain/exchange/market';
import type { MarkState } from '../../../domain/exchange/mark-price';
import { OrderBook } from '../../../domain/exchange/order-book';
import { restLotsOf } from '../../../domain/exchange/order';
import { StopBook } from '../../../domain/exchange/stop-book';
import { assert } from '../../../domain/errors';
import type { FeedEvent, Projection } from '../../../ledger/command';
import type { BatchSql } from '../../../ledger/table';
import { columnList } from '../../column-list';
import { afterTrade } from './maker-fill';
import { readOrderChange, readOrderEvent } from './order-events';
import { orderColumns, type OrderRow } from './order-rows';
import {
  readTradeEvent,
  storedIntervals,
  tradeColumns,
  type StoredInterval,
  type TradeRow,
} from './trade-rows';

interface OpenCandle {
  readonly opensAt: number;
  readonly candle: Candle;
}

export class MarketState {
  readonly book = new OrderBook();
  readonly stops = new StopBook();
  /** Stops that the mark has set off and that were not executed yet, oldest first. */
  readonly triggered = new Set<string>();
  /** Every open order: in the book, or a stop. */
  readonly orders = new Map<string, OrderRow>();
  /** Ids of open orders by owner. */
  private readonly byOwner = new Map<string, Set<string>>();
  lastTradeId = 0n;
  /** At least that of every open order: a new one comes behind them all. */
  lastOrderNumber = 0n;
  lastTrade: { readonly ticks: number; readonly at: number } | null = null;
  /** The last trade that was neither a buyback's nor a liquidation's. */
  lastOrdinaryTicks: number | null = null;
  readonly candles = new Map<StoredInterval, OpenCandle>();
  /** null before the first tick. */
  mark: MarkState | null = null;

  openOrdersOf(ownerId: string): readonly string[] {
    return [...(this.byOwner.get(ownerId) ?? [])];
  }

  openCountOf(ownerId: string): number {
    return this.byOwner.get(ownerId)?.size ?? 0;
  }

  /** The candle of an interval that a trade at a time adds to; null when it is the first of its time. */
  candleAt(interval: StoredInterval, atMs: number): Candle | null {
    const open = this.candles.get(interval);
    return open?.opensAt === candleStart(interval, atMs) ? open.candle : null;
  }

  /** Takes in an order as it is when it was accepted. */
  accept(order: OrderRow): void {
    if (order.number > this.lastOrderNumber) this.lastOrderNumber = order.number;
    if (order.status !== 'open') return;
    assert(!this.orders.has(order.id), 'an order is accepted once');
    this.orders.set(order.id, order);
    let own = this.byOwner.get(order.ownerId);
    if (!own) this.byOwner.set(order.ownerId, (own = new Set()));
    own.add(order.id);
    this.place(order);
  }

  /** Takes in what changed of an order that was open. */
  change(id: string, next: OrderRow): void {
    const order = this.orders.get(id);
    assert(order, 'only an open order changes');
    if (next.number > this.lastOrderNumber) this.lastOrderNumber = next.number;
    if (next.status === 'open') {
      this.orders.set(id, next);
      this.move(order, next);
    } else {
      this.orders.delete(id);
      this.unplace(order);
      const own = this.byOwner.get(order.ownerId);
      own?.delete(id);
      if (own?.size === 0) this.byOwner.delete(order.ownerId);
    }
  }

  /** Takes in a trade, and what it makes of the order that rested. */
  trade(trade: TradeRow): void {
    const maker = this.orders.get(trade.makerOrderId);
    assert(maker, 'a maker is an open order');
    this.change(maker.id, afterTrade(maker, trade));
    this.lastTradeId = trade.id;
    this.lastTrade = { ticks: trade.ticks, at: trade.at };
    if (trade.source === 'order') this.lastOrdinaryTicks = trade.ticks;
    for (const interval of storedIntervals) {
      const candle = addToCandle(this.candleAt(interval, trade.at), {
        ticks: trade.ticks,
        lots: trade.lots,
        notional: notionalOf(trade.ticks, trade.lots),
      });
      this.candles.set(interval, { opensAt: candleStart(interval, trade.at), candle });
    }
  }

  private move(order: OrderRow, next: OrderRow): void {
    if (order.resting && next.resting) {
      const rest = restLotsOf(next);
      if (rest !== restLotsOf(order)) this.book.reduce(order.id, rest);
    } else if (order.resting !== next.resting || order.triggeredAt !== next.triggeredAt) {
      this.unplace(order);
      this.place(next);
    }
  }

  private place(order: OrderRow): void {
    const { id, ownerId, side, type, priceTicks, triggerTicks, triggeredAt } = order;
    const number = Number(order.number);
    if (order.resting) {
      assert(priceTicks !== null, 'what rests has a price');
      this.book.add({ id, ownerId, side, ticks: priceTicks, number, lots: restLotsOf(order) });
    } else if (triggeredAt === null) {
      assert(triggerTicks !== null, 'what waits has a trigger');
      this.stops.add({ id, side, type, triggerTicks, number });
    } else {
      this.triggered.add(id);
    }
  }

  private unplace({ id, resting, triggeredAt }: OrderRow): void {
    if (resting) this.book.remove(id);
    else if (triggeredAt === null) this.stops.remove(id);
    else this.triggered.delete(id);
  }
}

/** Applies an event of the feed, if it is about the market. */
export function applyMarketEvent(state: MarketState, event: FeedEvent): void {
  switch (event.type) {
    case 'order':
      return state.accept(readOrderEvent(event));
    case 'order.changed': {
      const { id, patch } = readOrderChange(event);
      const order = state.orders.get(id);
      assert(order, 'only an open order changes');
      return state.change(id, { ...order, ...patch });
    }
    case 'trade':
      return state.trade(readTradeEvent(event));
    case 'mark':
      state.mark = event['state'] as MarkState;
  }
}

const openOrdersSql = /* sql */ `
  select ${columnList(orderColumns)} from orders o where o.status = 'open' order by o.number`;

const lastTradesSql = /* sql */ `
  (select ${columnList(tradeColumns)} from trades t order by t.id desc limit 1)
  union all
  (select ${columnList(tradeColumns)} from trades t where t.source = 'order' order by t.id desc limit 1)`;

const openCandlesSql = /* sql */ `
  select n.interval, n.opens_at as "opensAt", n.open, n.high, n.low, n.close, n.lots, n.notional, n.trades
  from (values ${storedIntervals.map((interval) => `('${interval}')`).join(', ')}) as i (interval)
  cross join lateral (
    select c.interval, c.opens_at, c.open, c.high, c.low, c.close, c.lots, c.notional, c.trades
    from candles c where c.interval = i.interval order by c.opens_at desc limit 1
  ) n`;

/** Where the mark is kept; see mark-rows. */
const markSql = /* sql */ `select m.state from mark_state m where m.id = 1`;

/** The market as committed rows have it, in the snapshot that the queries run in. */
export async function loadMarketState(sql: BatchSql): Promise<MarketState> {
  const state = new MarketState();
  const read = async <Row>(name: string, text: string) =>
    (await sql.query(`load market ${name}`, text, [])).rows as Row[];
  const [open, lastTrades, openCandles, [mark]] = await Promise.all([
    read<OrderRow>('orders', openOrdersSql),
    read<TradeRow>('trades', lastTradesSql),
    read<Candle & { interval: StoredInterval; opensAt: number }>('candles', openCandlesSql),
    read<{ state: MarkState }>('mark', markSql),
  ]);
  for (const order of open) state.accept(order);
  const [newest] = lastTrades;
  if (newest) {
    state.lastTradeId = newest.id;
    state.lastTrade = { ticks: newest.ticks, at: newest.at };
  }
  state.lastOrdinaryTicks = lastTrades.find(({ source }) => source === 'order')?.ticks ?? null;
  for (const { interval, opensAt, ...candle } of openCandles) {
    state.candles.set(interval, { opensAt, candle });
  }
  state.mark = mark?.state ?? null;
  return state;
}

/** What decisions read of the market: `view.projection(marketState)`. They change nothing of it. */
export const marketState: Projection<MarketState> = {
  name: 'market',
  load: loadMarketState,
  apply: applyMarketEvent,
};
