// Executes a stop that the mark has set off (DESIGN 2.4): it comes to the market as the order it stands for, with the
// funds that it held. Its owner's freeze does not stop it: it was theirs before.
import { rowKey, type Command } from '../../../ledger/command';
import { execute } from './execution';
import { bandLimit } from './market-band';
import { marketState } from '../market/market-state';
import { noWrites } from '../market/market-writes';
import { tradingAccounts, tradingFees } from './order-accounts';
import { releaseFunds } from './order-holds';
import { orders } from '../market/order-rows';

/** Nothing happens when it does not wait to be executed: it was, or was cancelled. */
export const executeTriggered: Command<{ orderId: string; ownerId: string }, null> = {
  kind: 'execute_stop',
  keys: ({ orderId, ownerId }) => ({
    accounts: [...tradingAccounts(ownerId), tradingFees],
    rows: [rowKey(orders, orderId)],
  }),
  decide(view, { orderId }) {
    const state = view.projection(marketState);
    const stop = state.orders.get(orderId);
    if (!stop || !state.triggered.has(orderId)) return { result: null };
    const writes = noWrites();
    releaseFunds(stop, stop.hold, writes);
    const arriving = { ...stop, hold: 0n, number: state.lastOrderNumber + 1n };
    execute(arriving, {
      view,
      writes,
      limitTicks: bandLimit(state, stop.side, stop.bandBps),
      isKnown: true,
    });
    return { ...writes, result: null };
  },
};
