// The market as a follower of the feed sees it (DESIGN 3): book, orders, candles and the day, advanced batch by batch;
// each batch leads to one update, so that nobody sees the middle of it, where the book may be crossed.
import type { Side } from '../../domain/exchange/market';
import { assert } from '../../domain/errors';
import type { FeedEvent } from '../../ledger/command';
import type { FeedBatch } from '../../ledger/feed';
import { afterTrade } from '../exchange/market/maker-fill';
import { applyMarketEvent, type MarketState } from '../exchange/market/market-state';
import { readOrderChange, readOrderEvent } from '../exchange/market/order-events';
import type { OrderRow } from '../exchange/market/order-rows';
import { readTradeEvent, type TradeRow } from '../exchange/market/trade-rows';
import type { Position as MarginPosition } from '../margin/position-views';
import type { DayWindow } from './day-window';
import type { CandleUpdate, RunningCandles } from './running-candles';

export interface Level {
  readonly side: Side;
  readonly ticks: number;
}

/** A position as its owner is told of it. */
export interface PositionNews {
  readonly userId: string;
  readonly position: MarginPosition;
}

/** What one batch changed; orders and levels are named once, and are as they are after it. */
export interface MarketUpdate {
  readonly sequence: bigint;
  readonly at: number;
  /** Price levels whose quantity is another than before. */
  readonly levels: readonly Level[];
  readonly trades: readonly TradeRow[];
  readonly orders: readonly OrderRow[];
  /** Margin positions, each as often as it changed. */
  readonly positions: readonly PositionNews[];
  readonly candles: readonly CandleUpdate[];
  readonly hasMark: boolean;
}

/** Where a view stands in the journal. */
export interface Position {
  readonly sequence: bigint;
  readonly at: number;
}

/** Notes what a batch touches while it is applied. */
class Touched {
  private readonly lots = new Map<string, Level & { readonly before: number }>();
  readonly orders = new Map<string, OrderRow>();
  readonly trades: TradeRow[] = [];
  readonly positions: PositionNews[] = [];
  hasMark = false;

  constructor(private readonly state: MarketState) {}

  /** To be called before the event is applied. */
  note(event: FeedEvent): void {
    switch (event.type) {
      case 'order':
        return this.noteOrder(readOrderEvent(event));
      case 'order.changed': {
        const { id, patch } = readOrderChange(event);
        const order = this.state.orders.get(id);
        assert(order, 'only an open order changes');
        return this.noteOrder({ ...order, ...patch });
      }
      case 'trade': {
        const trade = readTradeEvent(event);
        const maker = this.state.orders.get(trade.makerOrderId);
        assert(maker, 'a maker is an open order');
        this.trades.push(trade);
        return this.noteOrder(afterTrade(maker, trade));
      }
      case 'position':
        this.positions.push(event as unknown as PositionNews);
        return;
      case 'mark':
        this.hasMark = true;
    }
  }

  private noteOrder(order: OrderRow): void {
    this.orders.set(order.id, order);
    const { side, priceTicks: ticks } = order;
    if (ticks === null) return;
    const key = `${side}${ticks}`;
    if (this.lots.has(key)) return;
    this.lots.set(key, { side, ticks, before: this.state.book.lotsAt(side, ticks) });
  }

  changedLevels(): Level[] {
    return [...this.lots.values()]
      .filter(({ side, ticks, before }) => this.state.book.lotsAt(side, ticks) !== before)
      .map(({ side, ticks }) => ({ side, ticks }));
  }
}

export class MarketView {
  private position: Position;
  private lastBookSequence: bigint;

  constructor(
    readonly state: MarketState,
    readonly candles: RunningCandles,
    readonly day: DayWindow,
    position: Position,
  ) {
    this.position = position;
    this.lastBookSequence = position.sequence;
    candles.advance(position.at);
  }

  /** Everything up to this batch is in it. */
  get sequence(): bigint {
    return this.position.sequence;
  }

  /** Journal time of that batch. */
  get at(): number {
    return this.position.at;
  }

  /** The last batch that changed the book, as far as is known here. */
  get bookSequence(): bigint {
    return this.lastBookSequence;
  }

  /** After it has thrown, the view is of no more use. */
  apply({ sequence, at, events }: FeedBatch): MarketUpdate {
    assert(sequence > this.sequence, 'batches are applied once and in order');
    const touched = new Touched(this.state);
    for (const event of events) {
      touched.note(event);
      applyMarketEvent(this.state, event);
    }
    const levels = touched.changedLevels();
    this.position = { sequence, at };
    if (levels.length > 0) this.lastBookSequence = sequence;
    const { trades, positions, hasMark } = touched;
    const orders = [...touched.orders.values()];
    const candles = this.addTrades(at, trades);
    return { sequence, at, levels, trades, orders, positions, candles, hasMark };
  }

  private addTrades(at: number, trades: readonly TradeRow[]): CandleUpdate[] {
    const ended = this.candles.advance(at);
    for (const trade of trades) {
      this.candles.trade(trade);
      this.day.trade(trade);
    }
    if (trades.length === 0) return ended;
    // What is told of a candle that runs on is its last state.
    return [...ended.filter(({ closed }) => closed), ...this.candles.current()];
  }
}
