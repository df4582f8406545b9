// Amends an open order (DESIGN 2.4 and 2.13): a smaller quantity keeps its place in the book, anything else takes the
// order out and brings a new one in, in one commit; if the new one is refused, the old one stays.
import { formatQuantity } from '../../../domain/exchange/market';
import { holdOf } from '../../../domain/exchange/order';
import { DomainError } from '../../../domain/errors';
import { putRow, rowKey, type Command, type View } from '../../../ledger/command';
import { requireActiveUser } from '../../identity/user-state';
import { amendmentEvent, amendments, type AmendmentRow } from '../market/amendment-rows';
import { requireOwnOrder } from './cancel-orders';
import { marketState } from '../market/market-state';
import { noWrites, type MarketWrites } from '../market/market-writes';
import {
  clientOrderIdReused,
  orderNotOpen,
  requireMark,
  requireNotional,
  requireRoom,
  waitsForMark,
} from './order-checks';
import { draftOrder } from '../execution/order-draft';
import { closeOrder, releaseFunds } from '../execution/order-holds';
import { orderChangedEvent } from '../market/order-events';
import { orders, type OrderPatch, type OrderRow } from '../market/order-rows';
import { enterMarket, orderIdOf, tradingKeys, type OrderOutcome } from './place-order';

export interface AmendOrder {
  readonly userId: string;
  readonly orderId: string;
  /** Names the amendment, and the order that it may lead to. */
  readonly clientOrderId: string;
  /** null: as it was. */
  readonly priceTicks: number | null;
  /** The new total, filled included; null: as it was. */
  readonly quantityLots: number | null;
}

/**
 * @throws DomainError USER_FROZEN, ORDER_NOT_FOUND, STATE_CONFLICT, CLIENT_ORDER_ID_REUSED, ORDER_AMENDMENT_REFUSED,
 * and what `placeOrder` refuses with
 */
export const amendOrder: Command<AmendOrder, OrderOutcome> = {
  kind: 'amend_order',
  keys: ({ userId, orderId, clientOrderId }) => {
    const keys = tradingKeys(userId, orderIdOf(userId, clientOrderId));
    return { ...keys, rows: [...(keys.rows ?? []), rowKey(orders, orderId)] };
  },
  decide(view, input) {
    const id = orderIdOf(input.userId, input.clientOrderId);
    const earlier = view.row(amendments, id);
    if (earlier) return { result: repeatOf(view, earlier, input) };
    if (view.row(orders, id)) throw clientOrderIdReused();
    requireActiveUser(view, input.userId);
    const order = requireOwnOrder(view, input.userId, input.orderId);
    if (order.status !== 'open' || (!order.resting && !waitsForMark(order))) {
      throw orderNotOpen(order);
    }
    requireAmendable(order, input);

    const writes = noWrites();
    const outcome = isReduction(order, input)
      ? { order: reduceOrder(view, order, input.quantityLots, writes), trades: [] }
      : replaceOrder(view, order, input, writes);
    const amendment: AmendmentRow = {
      id,
      orderId: order.id,
      priceTicks: input.priceTicks,
      quantityLots: input.quantityLots,
      resultId: outcome.order.id,
      amendedAt: view.at,
    };
    writes.rows.push(putRow(amendments, amendment));
    writes.feed.push(amendmentEvent(amendment));
    return { ...writes, result: { ...outcome, isRepeat: false } };
  },
};

function repeatOf(view: View, earlier: AmendmentRow, input: AmendOrder): OrderOutcome {
  const isSame =
    earlier.orderId === input.orderId &&
    earlier.priceTicks === input.priceTicks &&
    earlier.quantityLots === input.quantityLots;
  if (!isSame) throw clientOrderIdReused();
  return {
    order: requireOwnOrder(view, input.userId, earlier.resultId),
    trades: [],
    isRepeat: true,
  };
}

function requireAmendable(order: OrderRow, { priceTicks, quantityLots }: AmendOrder): void {
  const refuse = (why: string) => {
    throw new DomainError('ORDER_AMENDMENT_REFUSED', why, {
      filledQuantity: formatQuantity(order.filledLots),
    });
  };
  if (priceTicks === null && quantityLots === null) refuse('Name a new price or a new quantity.');
  if (priceTicks !== null && order.priceTicks === null) {
    refuse('An order that executes at market has no price to amend.');
  }
  if (quantityLots !== null && order.quantityLots === null) {
    refuse('An order by quoteQuantity has no quantity to amend.');
  }
  if (quantityLots !== null && quantityLots <= order.filledLots) {
    refuse('The new quantity is the total: it must be more than what is filled already.');
  }
}

function isReduction(order: OrderRow, { priceTicks, quantityLots }: AmendOrder): boolean {
  const isSamePrice = priceTicks === null || priceTicks === order.priceTicks;
  return isSamePrice && quantityLots !== null && quantityLots < (order.quantityLots ?? 0);
}

function reduceOrder(
  view: View,
  order: OrderRow,
  quantityLots: number | null,
  writes: MarketWrites,
): OrderRow {
  const reduced = { ...order, quantityLots };
  requireNotional(view.projection(marketState), reduced);
  const hold = holdOf(reduced);
  releaseFunds(order, order.hold - hold, writes);
  const patch: OrderPatch = { quantityLots, hold, updatedAt: view.at };
  const next = { ...order, ...patch };
  writes.rows.push(putRow(orders, next));
  writes.feed.push(orderChangedEvent(order, patch));
  return next;
}

function replaceOrder(
  view: View,
  order: OrderRow,
  input: AmendOrder,
  writes: MarketWrites,
): { readonly order: OrderRow; readonly trades: OrderOutcome['trades'] } {
  const state = view.projection(marketState);
  const total = input.quantityLots ?? order.quantityLots;
  const terms = {
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    postOnly: order.postOnly,
    stp: order.stp,
    priceTicks: input.priceTicks ?? order.priceTicks,
    quantityLots: total === null ? null : total - order.filledLots,
    quoteQuantity: order.quoteQuantity,
    triggerTicks: order.triggerTicks,
  };
  if (waitsForMark(order)) requireMark(state, terms);
  requireNotional(state, { ...terms, quantityLots: total });
  requireRoom(state, input.userId, terms, 1);
  closeOrder(order, { status: 'cancelled', reason: 'replaced' }, view, writes);
  const origin = {
    id: orderIdOf(input.userId, input.clientOrderId),
    ownerKind: order.ownerKind,
    ownerId: order.ownerId,
    source: order.source,
    clientOrderId: input.clientOrderId,
    // One that was set off stays so: what takes its place comes to the market at once.
    triggeredAt: order.triggeredAt,
    replaces: order.id,
  };
  const draft = draftOrder(view, origin, terms);
  const replaced = { orderId: order.id, freed: order.hold };
  return enterMarket(view, draft, writes, replaced);
}
