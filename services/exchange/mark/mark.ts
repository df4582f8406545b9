// The tick of the mark price (DESIGN 2.4): once a second the mark is computed anew from the book and the trades, the stops
// that it has passed are set off, and the margin positions whose key it has crossed are fenced.
import { Decimal } from 'decimal.js';
import { ticksOfPrice, tickSize, type Side } from '../../../domain/exchange/market';
import {
  advanceMark,
  countedMs,
  currentMark,
  initialMarkState,
  tradeWindowMs,
  type MarkInputs,
  type MarkSettings,
  type MarkState,
} from '../../../domain/exchange/mark-price';
import { depthAround } from '../../../domain/exchange/mark-depth';
import { impactPrice } from '../../../domain/exchange/matching';
import { assert } from '../../../domain/errors';
import { unit } from '../../../domain/money';
import { parameterValue } from '../../../domain/parameters';
import {
  putRow,
  type Command,
  type FeedEvent,
  type RowWrite,
  type View,
} from '../../../ledger/command';
import { planCrossings, type TriggeredPosition } from '../../margin/crossings';
import { poolKeys } from '../../margin/pool';
import { parameters } from '../../parameters';
import { markWrites, windowStart } from './mark-rows';
import { marketState, type MarketState } from '../market/market-state';
import { orderChangedEvent } from '../market/order-events';
import { orders, type OrderRow } from '../market/order-rows';

/** How many stops a tick sets off, and how many it names to be executed. */
const maxStops = 100;

/** A stop that was set off, as `executeTriggered` takes it. */
export interface TriggeredStop {
  readonly orderId: string;
  readonly ownerId: string;
}

export interface Tick {
  readonly state: MarkState;
  /** Those that were set off, by this tick or an earlier one, and are not executed yet: oldest first. */
  readonly waiting: readonly TriggeredStop[];
  /** Positions whose stop-loss or take-profit was set off and that are not closed yet: each in its turn. */
  readonly positions: readonly TriggeredPosition[];
  /** Whether there may be more than it could name or set off. */
  readonly hasMore: boolean;
  /** Whether there may be more positions whose key or trigger the mark has crossed. */
  readonly hasMoreCrossed: boolean;
}

/** A tick, and whether it leaves positions alone: for when one of them cannot be dealt with. */
interface TickMark extends MarkSettings {
  readonly leavesPositions?: boolean;
}

/** Ticks at any pace are harmless: each counts for the time since the one before, a second at most. */
export const tickMark: Command<TickMark, Tick> = {
  kind: 'tick_mark',
  keys: () => poolKeys('CREDIT', 'LCO'),
  decide(view, settings) {
    const market = view.projection(marketState);
    const before = market.mark ?? initialMarkState(view.at);
    const state = advanceMark(before, inputsOf(view, market, before), settings);
    const crossings = planCrossings(view, settings.leavesPositions ? null : currentMark(state));
    const crossed = crossedStops(market, state).filter(({ id }) => !crossings.cancelled.has(id));
    const patch = { triggeredAt: view.at, updatedAt: view.at };
    const rows: RowWrite[] = [...markWrites(before, state), ...crossings.rows];
    const feed: FeedEvent[] = [{ type: 'mark', state }, ...crossings.feed];
    for (const stop of crossed) {
      rows.push(putRow(orders, { ...stop, ...patch }));
      feed.push(orderChangedEvent(stop, patch));
    }
    const left = [...market.triggered]
      .filter((id) => !crossings.cancelled.has(id))
      .slice(0, maxStops)
      .map((id) => openOrder(market, id));
    const waiting = [...left, ...crossed]
      .slice(0, maxStops)
      .map(({ id, ownerId }) => ({ orderId: id, ownerId }));
    const hasMore =
      crossed.length === maxStops || market.triggered.size + crossed.length > maxStops;
    const { transfers, outbox, triggered: positions, hasMore: hasMoreCrossed } = crossings;
    const result = { state, waiting, positions, hasMore, hasMoreCrossed };
    return { transfers, rows, feed, outbox, result };
  },
};

function inputsOf(view: View, market: MarketState, before: MarkState): MarkInputs {
  const { at } = view;
  const { book, lastTrade, lastOrdinaryTicks } = market;
  const notional = parameterValue(view.projection(parameters), 'mark.impactNotional');
  const tickedMs = before.sums.tickedMs + countedMs(before, at);
  const price = (side: Side) => impactPrice(book, side, notional);
  const mark = currentMark(before);
  return {
    at,
    bid: price('buy'),
    ask: price('sell'),
    last: lastTrade && priceOf(lastTrade.ticks),
    lastOrdinary: lastOrdinaryTicks === null ? null : priceOf(lastOrdinaryTicks),
    depth: mark && depthAround(book, ticksOfPrice(mark)),
    windowStart: windowStart(view, { tickedMs }, tradeWindowMs),
  };
}

/** Credits for one LCO. */
function priceOf(ticks: number): Decimal {
  return new Decimal(ticks).times(tickSize.toString()).div(unit.toString());
}

function crossedStops(market: MarketState, state: MarkState): OrderRow[] {
  const mark = currentMark(state);
  if (!mark) return [];
  const ticks = ticksOfPrice(mark);
  return market.stops
    .crossed(ticks.floor().toNumber(), ticks.ceil().toNumber(), maxStops)
    .map((id) => openOrder(market, id));
}

function openOrder(market: MarketState, id: string): OrderRow {
  const order = market.orders.get(id);
  assert(order, 'a stop that waits is an open order');
  return order;
}
