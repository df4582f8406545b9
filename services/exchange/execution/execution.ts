// Carries out an order that comes to the market (DESIGN 2.4): matches it by plan, and turns the plan into postings,
// rows and events, all of which land in the commit of the command that asked for it.
import { maxFillsPerCommand, maxPriceTicks } from '../../../domain/exchange/market';
import { planMatch, type MatchPlan } from '../../../domain/exchange/matching';
import { endingOf, holdOf, mayRest, restLotsOf } from '../../../domain/exchange/order';
import { assert } from '../../../domain/errors';
import { putRow, type View } from '../../../ledger/command';
import { marketState, type MarketState } from '../market/market-state';
import type { MarketWrites } from '../market/market-writes';
import { closeOrder, holdFunds } from './order-holds';
import { orderChangedEvent, orderEvent } from '../market/order-events';
import { orders, type OrderPatch, type OrderRow } from '../market/order-rows';
import { accountsInLine, bookCandles, bookFill, makerAccounts } from './trade-booking';
import type { TradeRow } from '../market/trade-rows';

/** What became of an order that came in. */
export interface Executed {
  readonly order: OrderRow;
  readonly trades: readonly TradeRow[];
}

/** How an order comes in, beyond its own terms. */
export interface Arrival {
  readonly view: View;
  readonly writes: MarketWrites;
  /** The user that it is for, where it is not in their name: with their own orders it must not trade. */
  readonly forUserId?: string;
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
    ownerId: arrival.forUserId ?? order.ownerId,
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
    (commandsLeft) => accountsInLine(state, commandsLeft),
  );
  return bookPlan(order, plan, state, arrival);
}

function bookPlan(
  order: OrderRow,
  plan: MatchPlan,
  state: MarketState,
  { view, writes, isKnown }: Arrival,
): Executed {
  let taker = order;
  const made: TradeRow[] = [];
  for (const fill of plan.fills) {
    const id = state.lastTradeId + BigInt(made.length) + 1n;
    const { trade, next } = bookFill(taker, fill, { id, state, view, writes });
    taker = next;
    made.push(trade);
  }
  for (const { id } of plan.expiredMakers) {
    const maker = state.orders.get(id);
    assert(maker, 'a maker is an open order');
    closeOrder(maker, { status: 'expired', reason: 'self_trade_prevention' }, view, writes);
  }
  bookCandles(made, state, view, writes);
  const ended = settleRest(taker, plan, view, writes);
  writes.rows.push(putRow(orders, ended));
  writes.feed.push(isKnown ? orderChangedEvent(ended, patchOf(ended)) : orderEvent(ended));
  return { order: ended, trades: made };
}

/** What is not filled rests, holding what it gives, or ends. */
function settleRest(taker: OrderRow, plan: MatchPlan, view: View, writes: MarketWrites): OrderRow {
  const met = plan.end === 'book_empty' || plan.end === 'limit';
  if (met && mayRest(taker) && taker.priceTicks !== null && taker.timeInForce === 'GTC') {
    const hold = holdOf(taker);
    holdFunds(taker, hold, writes);
    return { ...taker, resting: true, hold, updatedAt: view.at };
  }
  const ending = endingOf(plan.end, taker.priceTicks === null);
  return { ...taker, ...ending, hold: 0n, updatedAt: view.at, closedAt: view.at };
}

/** All of a known order that its writes may have changed. */
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
