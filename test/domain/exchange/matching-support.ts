// Orders and takers for the tests of the book and of matching.
import type { Taker } from '../../../domain/exchange/matching';
import { OrderBook, type RestingOrder } from '../../../domain/exchange/order-book';

type Resting = Pick<RestingOrder, 'id' | 'side' | 'ticks' | 'lots'> & { readonly ownerId?: string };

/** A book of these orders, in the order of their arrival; each has an owner of its own unless it names one. */
export function bookOf(...orders: readonly Resting[]): OrderBook {
  const book = new OrderBook();
  orders.forEach((order, number) => {
    book.add({ ownerId: `owner of ${order.id}`, number, ...order });
  });
  return book;
}

export function ask(id: string, ticks: number, lots: number, ownerId?: string): Resting {
  return { id, side: 'sell', ticks, lots, ...(ownerId === undefined ? {} : { ownerId }) };
}

export function bid(id: string, ticks: number, lots: number, ownerId?: string): Resting {
  return { ...ask(id, ticks, lots, ownerId), side: 'buy' };
}

/** A buy of ten lots at up to 100 ticks. */
export function taker(over: Partial<Taker> = {}): Taker {
  return {
    ownerId: 'me',
    side: 'buy',
    limitTicks: 100,
    lots: 10,
    quoteBudget: null,
    takerFeeBps: 10,
    stp: 'expire_taker',
    fillOrKill: false,
    postOnly: false,
    maxFills: 500,
    ...over,
  };
}

/** All that rests, a side after the other, as plain objects. */
export function pictureOf(book: OrderBook): RestingOrder[] {
  return (['buy', 'sell'] as const).flatMap((one) =>
    [...book.orders(one)].map(({ id, ownerId, side, ticks, number, lots }) => ({
      id,
      ownerId,
      side,
      ticks,
      number,
      lots,
    })),
  );
}
