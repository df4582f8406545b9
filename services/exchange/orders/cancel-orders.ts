// Cancels a user's orders, one or all (DESIGN 2.4). A frozen user may.
import { rowKey, type Command, type View } from '../../../ledger/command';
import { marketState } from '../market/market-state';
import { noWrites } from '../market/market-writes';
import { tradingAccounts } from '../execution/order-accounts';
import { orderNotFound, orderNotOpen } from './order-checks';
import { closeOrder } from '../execution/order-holds';
import { orders, type OrderRow } from '../market/order-rows';

const byOwner = { status: 'cancelled', reason: 'cancelled_by_owner' } as const;

/** The user's own order as it stands. @throws DomainError ORDER_NOT_FOUND, also for another user's */
export function requireOwnOrder(view: View, userId: string, orderId: string): OrderRow {
  const order = view.projection(marketState).orders.get(orderId) ?? view.row(orders, orderId);
  if (order?.ownerId !== userId || order.ownerKind !== 'user') throw orderNotFound();
  return order;
}

/**
 * A repeat answers with the cancelled order.
 * @throws DomainError ORDER_NOT_FOUND, STATE_CONFLICT when it was filled or expired
 */
export const cancelOrder: Command<{ userId: string; orderId: string }, OrderRow> = {
  kind: 'cancel_order',
  keys: ({ userId, orderId }) => ({
    accounts: tradingAccounts(userId),
    rows: [rowKey(orders, orderId)],
  }),
  decide(view, { userId, orderId }) {
    const order = requireOwnOrder(view, userId, orderId);
    if (order.status === 'cancelled') return { result: order };
    if (order.status !== 'open') throw orderNotOpen(order);
    const writes = noWrites();
    const cancelled = closeOrder(order, byOwner, view, writes);
    return { ...writes, result: cancelled };
  },
};

/** Cancels all that is open; answers with what that was. */
export const cancelAllOrders: Command<{ userId: string }, readonly OrderRow[]> = {
  kind: 'cancel_all_orders',
  keys: ({ userId }) => ({ accounts: tradingAccounts(userId) }),
  decide(view, { userId }) {
    const state = view.projection(marketState);
    const writes = noWrites();
    const cancelled = state.openOrdersOf(userId).flatMap((id) => {
      const order = state.orders.get(id);
      return order ? [closeOrder(order, byOwner, view, writes)] : [];
    });
    return { ...writes, result: cancelled };
  },
};
