// Carries out an order that comes to the market (DESIGN 2.4): matches it by plan, and turns the plan into postings,
// rows and events, all of which land in the commit of the command that asked for it.
import { Decimal } from 'decimal.js';
import { addToCandle, candleStart, type Candle } from '../../domain/exchange/candle';
import {
  maxFillsPerCommand,
  maxPriceTicks,
  notionalOf,
  oppositeOf,
  quantityOf,
  tickSize,
  type Side,
} from '../../domain/exchange/market';
import { currentMark } from '../../domain/exchange/mark-price';
import { planMatch, type Fill, type MatchPlan } from '../../domain/exchange/matching';
import type { RestingOrder } from '../../domain/exchange/order-book';
import {
  endingOf,
  feeOf,
  holdOf,
  mayRest,
  restLotsOf,
  type OrderReason,
} from '../../domain/exchange/order';
import { assert } from '../../domain/errors';
import { bpsDivisor, unit } from '../../domain/money';
import type { Account } from '../../ledger/accounts';
import {
  putRow,
  type Entry,
  type FeedEvent,
  type RowWrite,
  type Transfer,
  type View,
} from '../../ledger/command';
import { marketState, type MarketState } from './market-state';
import { assetGivenBy, availableOf, heldOf, tradingFees } from './order-accounts';
import {
  orderChangedEvent,
  orderEvent,
  orders,
  type OrderPatch,
  type OrderRow,
} from './order-rows';
import {
  candleRow,
  candles,
  storedIntervals,
  tradeEvent,
  trades,
  type TradeRow,
} from './trade-rows';

/** What a command writes for all that it does on the market. */
export interface Execution {
  readonly transfers: Transfer[];
  readonly rows: RowWrite[];
  readonly feed: FeedEvent[];
}

export function emptyExecution(): Execution {
  return { transfers: [], rows: [], feed: [] };
}

/** What became of an order that came in. */
export interface Executed {
  readonly order: OrderRow;
  readonly trades: readonly TradeRow[];
}

/** How an order comes in, beyond its own terms. */
export interface Arrival {
  readonly view: View;
  readonly execution: Execution;
  /** The order that it takes the place of. */
  readonly ignoredOrderId?: string;
  /** Its worst price where it has none of its own; null: there is none. */
  readonly limitTicks: number | null;
  /** An order that is known to followers already (a stop that was set off). */
  readonly isKnown?: boolean;
}

/**
 * Matches an order and books what follows. The owner's available funds must cover it: that is the caller's to check.
 * @throws MissingState only.
 */
export function execute(order: OrderRow, arrival: Arrival): Executed {
  const { view } = arrival;
  const state = view.projection(marketState);
  const plan = planMatch(state.book, {
    ownerId: order.ownerId,
    side: order.side,
    limitTicks:
      order.priceTicks ?? arrival.limitTicks ?? (order.side === 'buy' ? maxPriceTicks : 1),
    lots: order.quantityLots === null ? null : restLotsOf(order),
    quoteBudget: order.quoteQuantity,
    takerFeeBps: order.takerFeeBps,
    stp: order.stp,
    fillOrKill: order.timeInForce === 'FOK',
    postOnly: order.postOnly,
    maxFills: maxFillsPerCommand,
    ...(arrival.ignoredOrderId === undefined ? {} : { ignoredOrderId: arrival.ignoredOrderId }),
  });
  view.expect(
    plan.fills.flatMap(({ maker }) => makerAccounts(state, maker)),
    () => accountsInLine(state, oppositeOf(order.side)),
  );
  return bookPlan(order, plan, state, arrival);
}

/** How many of those who are next in line have their accounts loaded with those of one who is met. */
const inLine = 200;

function accountsInLine(state: MarketState, side: Side): Account[] {
  const accounts: Account[] = [];
  let count = 0;
  for (const maker of state.book.orders(side)) {
    if (++count > inLine) break;
    accounts.push(...makerAccounts(state, maker));
  }
  return accounts;
}

/** The accounts that a fill of a resting order moves. */
function makerAccounts(state: MarketState, { id }: RestingOrder): Account[] {
  const maker = state.orders.get(id);
  assert(maker, 'a maker is an open order');
  const credits = availableOf(maker, 'CREDIT');
  return maker.side === 'sell'
    ? [credits, heldOf(maker, 'LCO')]
    : [credits, heldOf(maker, 'CREDIT'), availableOf(maker, 'LCO')];
}

function bookPlan(
  order: OrderRow,
  plan: MatchPlan,
  state: MarketState,
  { view, execution, isKnown }: Arrival,
): Executed {
  let taker = order;
  const made: TradeRow[] = [];
  for (const fill of plan.fills) {
    const id = state.lastTradeId + BigInt(made.length) + 1n;
    const { trade, next } = bookFill(taker, fill, { id, state, view, execution });
    taker = next;
    made.push(trade);
  }
  for (const { id } of plan.expiredMakers) {
    const maker = state.orders.get(id);
    assert(maker, 'a maker is an open order');
    closeOrder(maker, { status: 'expired', reason: 'self_trade_prevention' }, view, execution);
  }
  bookCandles(made, state, view, execution);
  const ended = settleRest(taker, plan, view, execution);
  execution.rows.push(putRow(orders, ended));
  execution.feed.push(isKnown ? orderChangedEvent(ended, patchOf(ended)) : orderEvent(ended));
  return { order: ended, trades: made };
}

interface FillContext {
  readonly id: bigint;
  readonly state: MarketState;
  readonly view: View;
  readonly execution: Execution;
}

/** One trade: what the maker held goes to the taker, what the taker has goes to the maker, the fees to the platform. */
function bookFill(
  taker: OrderRow,
  { maker: resting, ticks, lots }: Fill,
  { id, state, view, execution }: FillContext,
): { trade: TradeRow; next: OrderRow } {
  const maker = state.orders.get(resting.id);
  assert(maker, 'a maker is an open order');
  const notional = notionalOf(ticks, lots);
  const makerFee = feeOf(maker, { maker: notional, taker: 0n }) - maker.feeCharged;
  const takerFee = feeOf(taker, { maker: 0n, taker: notional }) - taker.feeCharged;
  const progress: OrderPatch = {
    filledLots: maker.filledLots + lots,
    makerNotional: maker.makerNotional + notional,
    feeCharged: maker.feeCharged + makerFee,
    updatedAt: view.at,
  };
  const filled = { ...maker, ...progress };
  const isDone = restLotsOf(filled) === 0;
  const hold = holdOf(filled);
  const patch: OrderPatch = {
    ...progress,
    hold,
    ...(isDone ? { status: 'filled', resting: false, closedAt: view.at } : {}),
  };
  const trade: TradeRow = {
    id,
    at: view.at,
    ticks,
    lots,
    takerSide: taker.side,
    source: taker.source,
    makerOrderId: maker.id,
    takerOrderId: taker.id,
    makerOwnerId: maker.ownerId,
    takerOwnerId: taker.ownerId,
    makerFee,
    takerFee,
  };
  execution.transfers.push({
    kind: 'trade',
    reference: id.toString(),
    entries: entriesOf(taker, maker, trade, notional, maker.hold - hold),
  });
  execution.rows.push(putRow(trades, trade), putRow(orders, { ...maker, ...patch }));
  execution.feed.push(orderChangedEvent(maker, patch), tradeEvent(trade));
  return {
    trade,
    next: {
      ...taker,
      filledLots: taker.filledLots + lots,
      takerNotional: taker.takerNotional + notional,
      feeCharged: taker.feeCharged + takerFee,
    },
  };
}

/** @param freed what the maker holds less after it, in what the maker gives. */
function entriesOf(
  taker: OrderRow,
  maker: OrderRow,
  { lots, makerFee, takerFee }: TradeRow,
  notional: bigint,
  freed: bigint,
): Entry[] {
  const quantity = quantityOf(lots);
  const credits = (order: OrderRow) => availableOf(order, 'CREDIT');
  const coins = (order: OrderRow) => availableOf(order, 'LCO');
  const entries: Entry[] =
    taker.side === 'buy'
      ? [
          { account: credits(taker), amount: -notional - takerFee },
          { account: credits(maker), amount: notional - makerFee },
          { account: heldOf(maker, 'LCO'), amount: -quantity },
          { account: coins(taker), amount: quantity },
        ]
      : [
          { account: heldOf(maker, 'CREDIT'), amount: -freed },
          { account: credits(maker), amount: freed - notional - makerFee },
          { account: credits(taker), amount: notional - takerFee },
          { account: coins(taker), amount: -quantity },
          { account: coins(maker), amount: quantity },
        ];
  entries.push({ account: tradingFees, amount: makerFee + takerFee });
  return entries.filter(({ amount }) => amount !== 0n);
}

function bookCandles(
  made: readonly TradeRow[],
  state: MarketState,
  view: View,
  execution: Execution,
): void {
  if (made.length === 0) return;
  for (const interval of storedIntervals) {
    let candle: Candle | null = state.candleAt(interval, view.at);
    for (const { ticks, lots } of made) {
      candle = addToCandle(candle, { ticks, lots, notional: notionalOf(ticks, lots) });
    }
    assert(candle, 'a trade makes a candle');
    const row = candleRow(interval, candleStart(interval, view.at), candle);
    execution.rows.push(putRow(candles, row));
  }
}

/** What is not filled rests, holding what it gives, or ends. */
function settleRest(taker: OrderRow, plan: MatchPlan, view: View, execution: Execution): OrderRow {
  const met = plan.end === 'book_empty' || plan.end === 'limit';
  if (met && mayRest(taker) && taker.priceTicks !== null && taker.timeInForce === 'GTC') {
    const hold = holdOf(taker);
    holdFunds(taker, hold, execution);
    return { ...taker, resting: true, hold, updatedAt: view.at };
  }
  const ending = endingOf(plan.end, taker.priceTicks === null);
  return { ...taker, ...ending, hold: 0n, updatedAt: view.at, closedAt: view.at };
}

/** Moves what an order holds from what its owner can spend. */
export function holdFunds(order: OrderRow, hold: bigint, execution: Execution): void {
  if (hold === 0n) return;
  const asset = assetGivenBy(order.side);
  execution.transfers.push({
    kind: 'order_hold',
    reference: order.id,
    entries: [
      { account: availableOf(order, asset), amount: -hold },
      { account: heldOf(order, asset), amount: hold },
    ],
  });
}

/** Gives back what an order holds. */
export function releaseFunds(order: OrderRow, amount: bigint, execution: Execution): void {
  if (amount === 0n) return;
  const asset = assetGivenBy(order.side);
  execution.transfers.push({
    kind: 'order_release',
    reference: order.id,
    entries: [
      { account: heldOf(order, asset), amount: -amount },
      { account: availableOf(order, asset), amount },
    ],
  });
}

/** Ends an open order: what it holds goes back to its owner. */
export function closeOrder(
  order: OrderRow,
  ending: { readonly status: 'cancelled' | 'expired'; readonly reason: OrderReason },
  view: View,
  execution: Execution,
): OrderRow {
  releaseFunds(order, order.hold, execution);
  const patch: OrderPatch = {
    ...ending,
    resting: false,
    hold: 0n,
    updatedAt: view.at,
    closedAt: view.at,
  };
  const closed = { ...order, ...patch };
  execution.rows.push(putRow(orders, closed));
  execution.feed.push(orderChangedEvent(order, patch));
  return closed;
}

/** All of a known order that its execution may have changed. */
function patchOf(order: OrderRow): OrderPatch {
  const { number, resting, status, reason, filledLots, takerNotional, feeCharged } = order;
  const { hold, updatedAt, closedAt } = order;
  return {
    number,
    resting,
    status,
    reason,
    filledLots,
    takerNotional,
    feeCharged,
    hold,
    updatedAt,
    closedAt,
  };
}

/**
 * The worst price of a market order: the mark and a band around it, exactly; a price at the band's very edge is
 * inside (DESIGN 2.13). null without a mark.
 */
export function bandLimit(state: MarketState, side: Side, bandBps: number): number | null {
  const mark = currentMark(state.mark);
  if (!mark) return null;
  const ratio = Number(bpsDivisor) + (side === 'buy' ? bandBps : -bandBps);
  const ticks = mark
    .times(unit.toString())
    .div(tickSize.toString())
    .times(ratio)
    .div(Number(bpsDivisor));
  const whole = side === 'buy' ? ticks.floor() : ticks.ceil();
  return Decimal.min(Decimal.max(whole, 1), maxPriceTicks).toNumber();
}
