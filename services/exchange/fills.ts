// A user's fills: each trade as the side saw it that the user was on (DESIGN 2.4 and 6).
import type { Knex } from 'knex';
import {
  formatPrice,
  formatQuantity,
  notionalOf,
  oppositeOf,
  type Side,
} from '../../domain/exchange/market';
import { formatAmount } from '../../domain/money';
import { isoTime } from '../../domain/time';
import { decodeCursor, readPage, type Page, type PageKey, type PageRequest } from '../pages';
import type { OrderRow } from './order-rows';
import { tradeColumns, type TradeRow } from './trade-rows';

/** Amounts as decimal strings, the time in ISO 8601. */
export interface OrderFill {
  readonly tradeId: string;
  readonly orderId: string;
  readonly side: Side;
  readonly role: 'maker' | 'taker';
  readonly price: string;
  readonly quantity: string;
  readonly notional: string;
  readonly fee: string;
  readonly at: string;
}

/** A trade as the owner of one of its two orders sees it. No trade has the same owner on both sides. */
export function fillOf(trade: TradeRow, ownerId: string): OrderFill {
  const isTaker = trade.takerOwnerId === ownerId;
  return {
    tradeId: trade.id.toString(),
    orderId: isTaker ? trade.takerOrderId : trade.makerOrderId,
    side: isTaker ? trade.takerSide : oppositeOf(trade.takerSide),
    role: isTaker ? 'taker' : 'maker',
    price: formatPrice(trade.ticks),
    quantity: formatQuantity(trade.lots),
    notional: formatAmount(notionalOf(trade.ticks, trade.lots)),
    fee: formatAmount(isTaker ? trade.takerFee : trade.makerFee),
    at: isoTime(trade.at),
  };
}

const newestFirst: readonly PageKey<TradeRow>[] = [
  { column: 't.id', type: 'bigint', of: ({ id }) => id },
];

/** Newest first; of one order, if it is named. */
export async function listFills(
  db: Knex,
  ownerId: string,
  orderId: string | undefined,
  page: PageRequest,
): Promise<Page<OrderFill>> {
  const after = page.cursor === undefined ? [] : decodeCursor(newestFirst, page.cursor);
  // Each side's newest come off an index of their own; the page is merged from these few.
  const side = (owner: string, order: string) => {
    const query = db({ t: 'trades' })
      .select(Object.values(tradeColumns))
      .where(owner, ownerId)
      .orderBy('t.id', 'desc')
      .limit(page.limit + 1);
    if (orderId !== undefined) void query.where(order, orderId);
    if (after[0] !== undefined) void query.where('t.id', '<', after[0]);
    return query;
  };
  const both = db.unionAll(
    [side('t.maker_owner_id', 't.maker_order_id'), side('t.taker_owner_id', 't.taker_order_id')],
    true,
  );
  const query = db.select(tradeColumns).from(both.as('t'));
  const { items, nextCursor } = await readPage<TradeRow>(query, page, newestFirst);
  return { items: items.map((trade) => fillOf(trade, ownerId)), nextCursor };
}

/** The trades that an order's own arrival made, for the answer to a repeated request. */
export async function listArrivalFills(db: Knex, order: OrderRow): Promise<OrderFill[]> {
  const made = await db({ t: 'trades' })
    .select<TradeRow[]>(tradeColumns)
    .where({ 't.taker_owner_id': order.ownerId, 't.taker_order_id': order.id })
    .orderBy('t.id');
  return made.map((trade) => fillOf(trade, order.ownerId));
}
