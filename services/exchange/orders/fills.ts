// A user's fills: each trade as the side saw it that the user was on (DESIGN 2.4 and 6).
import type { Knex } from 'knex';
import {
  formatPrice,
  formatQuantity,
  notionalOf,
  oppositeOf,
  type Side,
} from '../../../domain/exchange/market';
import { formatAmount } from '../../../domain/money';
import { isoTime } from '../../../domain/time';
import { decodeCursor, readPage, type Page, type PageKey, type PageRequest } from '../../pages';
import type { OrderRow } from '../market/order-rows';
import { tradeColumns, type TradeRow } from '../market/trade-rows';

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

/** Newest first; of one of the owner's orders, if it is named. */
export async function listFills(
  db: Knex,
  ownerId: string,
  order: OrderRow | undefined,
  page: PageRequest,
): Promise<Page<OrderFill>> {
  const after = page.cursor === undefined ? [] : decodeCursor(newestFirst, page.cursor);
  // Each side's newest come off an index of their own; the page is merged from these few.
  const side = (owner: string, orderColumn: string) => {
    const query = db({ t: 'trades' })
      .select(Object.values(tradeColumns))
      .where(owner, ownerId)
      .orderBy('t.id', 'desc')
      .limit(page.limit + 1);
    if (order) void query.where(orderColumn, order.id);
    if (order) boundByLife(query, order);
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

/**
 * Leaves out what was traded before an order came and after it ended, so that an owner's other trades are not read for
 * the few of one order: ids and journal time run together.
 */
function boundByLife(query: Knex.QueryBuilder, { acceptedAt, closedAt }: OrderRow): void {
  void query.whereRaw(
    't.id >= (select f.id from trades f where f.at >= ? order by f.at, f.id limit 1)',
    [new Date(acceptedAt)],
  );
  if (closedAt === null) return;
  void query.whereRaw(
    't.id <= (select l.id from trades l where l.at <= ? order by l.at desc, l.id desc limit 1)',
    [new Date(closedAt)],
  );
}

/**
 * The trades that an order's own arrival made, for the answer to a repeated request: those of its first moment. What
 * an order takes later, as a stop that the mark sets off, is not among them.
 */
export async function listArrivalFills(db: Knex, order: OrderRow): Promise<OrderFill[]> {
  const made = await db({ t: 'trades' })
    .select<TradeRow[]>(tradeColumns)
    .where({ 't.at': new Date(order.acceptedAt), 't.taker_order_id': order.id })
    .orderBy('t.id');
  return made.map((trade) => fillOf(trade, order.ownerId));
}
