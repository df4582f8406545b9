// What an open order holds (DESIGN 2.4 and 4): taken from what its owner can spend, given back when it ends.
import type { OrderReason } from '../../../domain/exchange/order';
import { putRow, type View } from '../../../ledger/command';
import type { MarketWrites } from '../market/market-writes';
import { assetGivenBy, availableOf, heldOf } from './order-accounts';
import { orderChangedEvent } from '../market/order-events';
import { orders, type OrderPatch, type OrderRow } from '../market/order-rows';

/** Moves what an order holds from what its owner can spend. */
export function holdFunds(order: OrderRow, hold: bigint, writes: MarketWrites): void {
  if (hold === 0n) return;
  const asset = assetGivenBy(order.side);
  writes.transfers.push({
    kind: 'order_hold',
    reference: order.id,
    entries: [
      { account: availableOf(order, asset), amount: -hold },
      { account: heldOf(order, asset), amount: hold },
    ],
  });
}

/** Gives back what an order holds. */
export function releaseFunds(order: OrderRow, amount: bigint, writes: MarketWrites): void {
  if (amount === 0n) return;
  const asset = assetGivenBy(order.side);
  writes.transfers.push({
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
  writes: MarketWrites,
): OrderRow {
  releaseFunds(order, order.hold, writes);
  const patch: OrderPatch = {
    ...ending,
    resting: false,
    hold: 0n,
    updatedAt: view.at,
    closedAt: view.at,
  };
  const closed = { ...order, ...patch };
  writes.rows.push(putRow(orders, closed));
  writes.feed.push(orderChangedEvent(order, patch));
  return closed;
}
