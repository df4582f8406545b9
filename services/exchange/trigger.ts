// Executes a stop that the mark has set off (DESIGN 2.4): it comes to the market as the order it stands for, with the
// funds that it held. Its owner's freeze does not stop it: it was theirs before.
import { rowKey, type Command } from '../../ledger/command';
import { userAccount } from '../../ledger/accounts';
import { bandLimit, emptyExecution, execute, releaseFunds } from './execution';
import { marketState } from './market-state';
import { tradingFees } from './order-accounts';
import { orders } from './order-rows';

/** Nothing happens when it does not wait to be executed: it was, or was cancelled. */
export const executeTriggered: Command<{ orderId: string; ownerId: string }, null> = {
  kind: 'execute_stop',
  keys: ({ orderId, ownerId }) => ({
    accounts: [
      userAccount(ownerId, 'available', 'CREDIT'),
      userAccount(ownerId, 'available', 'LCO'),
      userAccount(ownerId, 'orders', 'CREDIT'),
      userAccount(ownerId, 'orders', 'LCO'),
      tradingFees,
    ],
    rows: [rowKey(orders, orderId)],
  }),
  decide(view, { orderId }) {
    const state = view.projection(marketState);
    const stop = state.orders.get(orderId);
    if (!stop || !state.triggered.has(orderId)) return { result: null };
    const execution = emptyExecution();
    releaseFunds(stop, stop.hold, execution);
    const arriving = { ...stop, hold: 0n, number: state.lastOrderNumber + 1n };
    execute(arriving, {
      view,
      execution,
      limitTicks: bandLimit(state, stop.side, stop.bandBps),
      isKnown: true,
    });
    return { ...execution, result: null };
  },
};
