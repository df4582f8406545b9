// Users with Credits and LCO that they mined, and orders of theirs on a market of its own.
import { randomUUID } from 'node:crypto';
import { lotsOf, ticksOf } from '../../domain/exchange/market';
import { initialMarkState } from '../../domain/exchange/mark-price';
import { defaultTimeInForce, type OrderTerms } from '../../domain/exchange/order';
import { parseAmount } from '../../domain/money';
import { putRow, type Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { executeTriggered } from '../../services/exchange/execution/trigger';
import { createOrders, type PlacedOrder } from '../../services/exchange/orders/orders';
import { marketState } from '../../services/exchange/market/market-state';
import { orderChangedEvent } from '../../services/exchange/market/order-events';
import { orders as orderRows } from '../../services/exchange/market/order-rows';
import type { Order } from '../../services/exchange/orders/order-view';
import { callerOf } from '../credits/world';
import { createWorld as createRelayWorld } from '../relay-calls/world';

/** An order as a request asks for it, prices and amounts as decimal strings. */
export interface Ask {
  readonly side: 'buy' | 'sell';
  readonly type?: OrderTerms['type'];
  readonly timeInForce?: OrderTerms['timeInForce'];
  readonly price?: string;
  readonly quantity?: string;
  readonly quoteQuantity?: string;
  readonly postOnly?: boolean;
  readonly triggerPrice?: string;
  readonly stp?: OrderTerms['stp'];
}

export function termsOf(ask: Ask): OrderTerms {
  const type = ask.type ?? (ask.price === undefined ? 'market' : 'limit');
  const priceTicks = ask.price === undefined ? null : ticksOf(parseAmount(ask.price));
  return {
    side: ask.side,
    type,
    timeInForce: ask.timeInForce ?? defaultTimeInForce({ type, priceTicks }),
    postOnly: ask.postOnly ?? false,
    stp: ask.stp ?? 'expire_taker',
    priceTicks,
    quantityLots: ask.quantity === undefined ? null : lotsOf(parseAmount(ask.quantity)),
    quoteQuantity: ask.quoteQuantity === undefined ? null : parseAmount(ask.quoteQuantity),
    triggerTicks: ask.triggerPrice === undefined ? null : ticksOf(parseAmount(ask.triggerPrice)),
  };
}

/** Sets the mark, as the ticks of a market that has warmed up would have. */
const setMark: Command<{ mark: string }, null> = {
  kind: 'test_mark',
  keys: () => ({}),
  decide(view, { mark }) {
    const state = { ...initialMarkState(view.at), mark };
    return { feed: [{ type: 'mark', state }], result: null };
  },
};

/** Sets stops off, as the tick whose mark has passed their triggers does. */
const setOff: Command<{ orderId: string }, null> = {
  kind: 'test_set_off',
  keys: () => ({}),
  decide(view, { orderId }) {
    const order = view.projection(marketState).orders.get(orderId);
    if (!order) throw new Error('no such stop');
    const patch = { triggeredAt: view.at };
    return {
      rows: [putRow(orderRows, { ...order, ...patch })],
      feed: [orderChangedEvent(order, patch)],
      result: null,
    };
  },
};

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld() {
  // A call of 100,000 tokens costs 1,000 Credits and mines 10,000 LCO at first.
  const relay = await createRelayWorld({ list: '10000', cost: '5000' });
  const { db, committer } = relay;
  const orders = createOrders({ db, committer });

  /** At least so many LCO, from calls that are paid with Credits deposited for them. */
  async function mine(userId: string, lco: string): Promise<void> {
    for (let mined = 0; mined < Number(lco); mined += 10_000) {
      await relay.deposit(userId, '1000');
      const call = await relay.reserve(userId, 100_000);
      await relay.settle(call, 100_000);
    }
  }

  return {
    ...relay,
    orders,
    marketState,
    ordersOn: (other: Committer) => createOrders({ db, committer: other }),

    mine,

    /** A user with so many Credits, and at least so many LCO from calls that somebody paid for. */
    async addTrader(credits: string, lco = '0'): Promise<string> {
      const userId = await relay.addCaller(credits);
      await mine(userId, lco);
      return userId;
    },

    place(userId: string, ask: Ask, clientOrderId: string = randomUUID()): Promise<PlacedOrder> {
      return orders.place(callerOf(userId), clientOrderId, termsOf(ask));
    },

    amend(
      userId: string,
      orderId: string,
      { price, quantity }: { price?: string; quantity?: string },
      clientOrderId: string = randomUUID(),
    ): Promise<PlacedOrder> {
      return orders.amend(callerOf(userId), {
        orderId,
        clientOrderId,
        priceTicks: price === undefined ? null : ticksOf(parseAmount(price)),
        quantityLots: quantity === undefined ? null : lotsOf(parseAmount(quantity)),
      });
    },

    cancel: (userId: string, orderId: string): Promise<Order> =>
      orders.cancel(callerOf(userId), orderId),
    cancelAll: (userId: string) => orders.cancelAll(callerOf(userId)),

    /** What a user can spend and what orders hold, as [available, held] of both assets. */
    async fundsOf(userId: string) {
      const [credits, lco] = await relay.balances.of(userId);
      return {
        credits: [credits?.available, credits?.orders],
        lco: [lco?.available, lco?.orders],
      };
    },

    setMark: (mark: string) => committer.submit(setMark, { mark }, { actor: 'test' }),

    /** Sets a stop off and executes it, as the ticker does. */
    async trigger(order: Order, ownerId: string) {
      await committer.submit(setOff, { orderId: order.id }, { actor: 'test' });
      await committer.submit(executeTriggered, { orderId: order.id, ownerId }, { actor: 'test' });
      return orders.get(ownerId, order.id);
    },
  };
}
