// Places an order (DESIGN 2.4): checked, matched, what is left of it in the book, in one commit.
import type { OrderTerms } from '../../../domain/exchange/order';
import { holdOf } from '../../../domain/exchange/order';
import { DomainError } from '../../../domain/errors';
import { putRow, rowKey, type Command, type Keys, type View } from '../../../ledger/command';
import { deriveId } from '../../../ledger/ids';
import { requireActiveUser, userStates } from '../../identity/user-state';
import { amendments } from '../market/amendment-rows';
import { execute } from '../execution/execution';
import { bandLimit } from '../execution/market-band';
import { marketState } from '../market/market-state';
import { noWrites, type MarketWrites } from '../market/market-writes';
import { tradingAccounts, tradingFees } from '../execution/order-accounts';
import {
  clientOrderIdReused,
  fundsNeeded,
  isSameOrder,
  requireFunds,
  requireMark,
  requireNotional,
  requireRoom,
  requireSoundTerms,
  waitsForMark,
} from './order-checks';
import { draftOrder } from '../execution/order-draft';
import { holdFunds } from '../execution/order-holds';
import { orderEvent } from '../market/order-events';
import { orders, type OrderRow } from '../market/order-rows';
import type { TradeRow } from '../market/trade-rows';

export interface PlaceOrder {
  readonly userId: string;
  /** Unique for the user for ever: with the user it names the order. */
  readonly clientOrderId: string;
  readonly terms: OrderTerms;
}

/** An order after a command, with the trades that this made. */
export interface OrderOutcome {
  readonly order: OrderRow;
  readonly trades: readonly TradeRow[];
  /** True when an earlier request did it: then the trades are not told. */
  readonly isRepeat: boolean;
}

export function orderIdOf(userId: string, clientOrderId: string): string {
  return deriveId('order', userId, clientOrderId);
}

/** What every command on a user's orders reads. */
export function tradingKeys(userId: string, orderId: string): Keys {
  return {
    accounts: [...tradingAccounts(userId), tradingFees],
    rows: [rowKey(userStates, userId), rowKey(orders, orderId), rowKey(amendments, orderId)],
  };
}

/**
 * @throws DomainError USER_FROZEN, CLIENT_ORDER_ID_REUSED, INVALID_REQUEST, MARK_UNAVAILABLE, ORDER_BELOW_MINIMUM,
 * OPEN_ORDER_LIMIT, INSUFFICIENT_FUNDS, POST_ONLY_WOULD_TAKE
 */
export const placeOrder: Command<PlaceOrder, OrderOutcome> = {
  kind: 'place_order',
  keys: ({ userId, clientOrderId }) => tradingKeys(userId, orderIdOf(userId, clientOrderId)),
  decide(view, { userId, clientOrderId, terms }) {
    const id = orderIdOf(userId, clientOrderId);
    const earlier = view.row(orders, id);
    if (earlier && isSameOrder(earlier, terms)) {
      return { result: { order: earlier, trades: [], isRepeat: true } };
    }
    if (earlier || view.row(amendments, id)) throw clientOrderIdReused();
    const draft = draftUserOrder(view, { userId, clientOrderId, terms });
    const writes = noWrites();
    const outcome = enterMarket(view, draft, writes);
    return { ...writes, result: { ...outcome, isRepeat: false } };
  },
};

/**
 * A user's new order, as it may come to the market.
 * @throws DomainError USER_FROZEN, INVALID_REQUEST, MARK_UNAVAILABLE, ORDER_BELOW_MINIMUM, OPEN_ORDER_LIMIT
 */
export function draftUserOrder(view: View, { userId, clientOrderId, terms }: PlaceOrder): OrderRow {
  requireActiveUser(view, userId);
  requireSoundTerms(terms);
  const state = view.projection(marketState);
  requireMark(state, terms);
  requireNotional(state, terms);
  requireRoom(state, userId, terms, 0);
  const id = orderIdOf(userId, clientOrderId);
  const own = { ownerKind: 'user', ownerId: userId, source: 'order' } as const;
  const origin = { id, clientOrderId, triggeredAt: null, replaces: null, ...own };
  return draftOrder(view, origin, terms);
}

interface Replacement {
  readonly orderId: string;
  /** What it gives back, in the asset that the new one gives. */
  readonly freed: bigint;
}

/**
 * Brings a user's order to the market, or lets it wait for the mark.
 * @throws DomainError INSUFFICIENT_FUNDS, POST_ONLY_WOULD_TAKE
 */
export function enterMarket(
  view: View,
  draft: OrderRow,
  writes: MarketWrites,
  replaced?: Replacement,
): { readonly order: OrderRow; readonly trades: readonly TradeRow[] } {
  const needed = fundsNeeded(draft);
  if (needed !== null) requireFunds(view, draft, needed, replaced?.freed);
  if (waitsForMark(draft)) return { order: holdStop(draft, writes), trades: [] };

  const state = view.projection(marketState);
  const { order, trades } = execute(draft, {
    view,
    writes,
    limitTicks: bandLimit(state, draft.side, draft.bandBps),
    ...(replaced ? { ignoredOrderId: replaced.orderId } : {}),
  });
  if (order.reason === 'post_only') {
    throw new DomainError('POST_ONLY_WOULD_TAKE', 'A post-only order must not match at once.');
  }
  if (needed === null) requireFunds(view, draft, order.takerNotional + order.feeCharged);
  return { order, trades };
}

function holdStop(draft: OrderRow, writes: MarketWrites): OrderRow {
  const hold = draft.quoteQuantity ?? holdOf(draft);
  const order = { ...draft, hold };
  holdFunds(order, hold, writes);
  writes.rows.push(putRow(orders, order));
  writes.feed.push(orderEvent(order));
  return order;
}
