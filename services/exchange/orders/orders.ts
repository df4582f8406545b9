// Orders of users (DESIGN 2.4): place, amend, cancel, and what a user sees of them.
import type { Knex } from 'knex';
import type { OrderTerms } from '../../../domain/exchange/order';
import type { Committer } from '../../../ledger/committer';
import type { Caller } from '../../identity/caller';
import { readPage, type Page, type PageRequest } from '../../pages';
import { amendOrder, type AmendOrder } from './amend-order';
import { cancelAllOrders, cancelOrder } from './cancel-orders';
import { fillOf, listArrivalFills, listFills, type OrderFill } from './fills';
import { orderNotFound } from './order-checks';
import { orderColumns, type OrderRow } from '../market/order-rows';
import { presentOrder, type Order } from './order-view';
import { placeOrder, type OrderOutcome } from './place-order';

/** An order, and the fills that the request made. */
export interface PlacedOrder {
  readonly order: Order;
  readonly fills: readonly OrderFill[];
  readonly replayed: boolean;
}

export interface Orders {
  /**
   * A repeat of the same clientOrderId with the same terms answers with the order as it is now.
   * @throws DomainError USER_FROZEN, CLIENT_ORDER_ID_REUSED, INVALID_REQUEST, MARK_UNAVAILABLE, ORDER_BELOW_MINIMUM,
   * OPEN_ORDER_LIMIT, INSUFFICIENT_FUNDS, POST_ONLY_WOULD_TAKE
   */
  place(caller: Caller, clientOrderId: string, terms: OrderTerms): Promise<PlacedOrder>;
  /** @throws DomainError as `place`; ORDER_NOT_FOUND, STATE_CONFLICT, ORDER_AMENDMENT_REFUSED */
  amend(caller: Caller, amendment: Omit<AmendOrder, 'userId'>): Promise<PlacedOrder>;
  /** @throws DomainError ORDER_NOT_FOUND, STATE_CONFLICT when it was filled or expired */
  cancel(caller: Caller, orderId: string): Promise<Order>;
  /** Returns what was open. */
  cancelAll(caller: Caller): Promise<readonly Order[]>;
  /** Newest first. */
  list(userId: string, isOpen: boolean | undefined, page: PageRequest): Promise<Page<Order>>;
  /** @throws DomainError ORDER_NOT_FOUND, also for another user's */
  get(userId: string, orderId: string): Promise<Order>;
  /** Newest first. @throws DomainError ORDER_NOT_FOUND when the order that is named is not the user's */
  fills(userId: string, orderId: string | undefined, page: PageRequest): Promise<Page<OrderFill>>;
}

export function createOrders({ db, committer }: { db: Knex; committer: Committer }): Orders {
  // An order carries its own id: it needs no idempotency key beside it.
  const originOf = ({ userId, requestId }: Caller) => ({ actor: userId, requestId });

  async function find(userId: string, orderId: string): Promise<OrderRow> {
    const row = await db({ o: 'orders' })
      .first<OrderRow | undefined>(orderColumns)
      .where({ 'o.id': orderId, 'o.owner_kind': 'user', 'o.owner_id': userId });
    if (!row) throw orderNotFound();
    return row;
  }

  /** @param clientOrderId the request's: not the order's own where an amendment made it smaller */
  async function present(
    { order, trades, isRepeat }: OrderOutcome,
    clientOrderId: string,
  ): Promise<PlacedOrder> {
    const isArrival = order.clientOrderId === clientOrderId;
    const fills =
      isRepeat && isArrival
        ? await listArrivalFills(db, order)
        : trades.map((trade) => fillOf(trade, order.ownerId));
    return { order: presentOrder(order), fills, replayed: isRepeat };
  }

  return {
    async place(caller, clientOrderId, terms) {
      const input = { userId: caller.userId, clientOrderId, terms };
      const { result } = await committer.submit(placeOrder, input, originOf(caller));
      return present(result, clientOrderId);
    },

    async amend(caller, amendment) {
      const input = { userId: caller.userId, ...amendment };
      const { result } = await committer.submit(amendOrder, input, originOf(caller));
      return present(result, amendment.clientOrderId);
    },

    async cancel(caller, orderId) {
      const input = { userId: caller.userId, orderId };
      const { result } = await committer.submit(cancelOrder, input, originOf(caller));
      return presentOrder(result);
    },

    async cancelAll(caller) {
      const input = { userId: caller.userId };
      const { result } = await committer.submit(cancelAllOrders, input, originOf(caller));
      return result.map(presentOrder);
    },

    async list(userId, isOpen, page) {
      const query = db({ o: 'orders' })
        .select(orderColumns)
        .where({ 'o.owner_kind': 'user', 'o.owner_id': userId });
      if (isOpen === true) void query.where('o.status', 'open');
      if (isOpen === false) void query.whereNot('o.status', 'open');
      const { items, nextCursor } = await readPage<OrderRow>(query, page, [
        { column: 'o.accepted_at', type: 'time', of: ({ acceptedAt }) => acceptedAt },
        { column: 'o.id', type: 'uuid', of: ({ id }) => id },
      ]);
      return { items: items.map(presentOrder), nextCursor };
    },

    get: async (userId, orderId) => presentOrder(await find(userId, orderId)),

    async fills(userId, orderId, page) {
      const order = orderId === undefined ? undefined : await find(userId, orderId);
      return listFills(db, userId, order, page);
    },
  };
}
