// Orders as rows and as the feed tells them (DESIGN 2.4).
import type { Side } from '../../../domain/exchange/market';
import type {
  OrderProgress,
  OrderReason,
  OrderStatus,
  OrderTerms,
  OrderType,
  TimeInForce,
} from '../../../domain/exchange/order';
import type { SelfTradePrevention } from '../../../domain/exchange/matching';
import type { FeedEvent } from '../../../ledger/command';
import { defineTable, type RowOf, type Table } from '../../../ledger/table';

/** Whose money an order moves: a user's, one of the platform's funds', or a margin position's. */
export type OrderOwnerKind = 'user' | 'platform' | 'position';
export type TradeSource = 'order' | 'buyback' | 'liquidation';

const orderTable = defineTable({
  name: 'orders',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'uuid',
    ownerKind: 'text',
    ownerId: 'text',
    clientOrderId: 'text',
    number: 'bigint',
    side: 'text',
    type: 'text',
    timeInForce: 'text',
    postOnly: 'boolean',
    stp: 'text',
    priceTicks: 'int?',
    quantityLots: 'int?',
    requestedLots: 'int?',
    quoteQuantity: 'bigint?',
    triggerTicks: 'int?',
    triggeredAt: 'timestamptz?',
    resting: 'boolean',
    status: 'text',
    reason: 'text?',
    filledLots: 'int',
    makerNotional: 'bigint',
    takerNotional: 'bigint',
    feeCharged: 'bigint',
    hold: 'bigint',
    makerFeeBps: 'int',
    takerFeeBps: 'int',
    bandBps: 'int',
    replaces: 'uuid?',
    source: 'text',
    acceptedAt: 'timestamptz',
    updatedAt: 'timestamptz',
    closedAt: 'timestamptz?',
  },
});

type StoredOrder = RowOf<typeof orderTable>;

/** An order as the committer writes it: times in milliseconds, amounts in base units. */
export interface OrderRow
  extends
    Omit<
      StoredOrder,
      'ownerKind' | 'side' | 'type' | 'timeInForce' | 'stp' | 'status' | 'reason' | 'source'
    >,
    OrderTerms,
    OrderProgress {
  readonly ownerKind: OrderOwnerKind;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly stp: SelfTradePrevention;
  readonly status: OrderStatus;
  readonly reason: OrderReason | null;
  readonly source: TradeSource;
}

export const orders = orderTable as unknown as Table<OrderRow>;

/** For reads outside the committer, with the table as `o`. */
export const orderColumns = {
  id: 'o.id',
  ownerKind: 'o.owner_kind',
  ownerId: 'o.owner_id',
  clientOrderId: 'o.client_order_id',
  number: 'o.number',
  side: 'o.side',
  type: 'o.type',
  timeInForce: 'o.time_in_force',
  postOnly: 'o.post_only',
  stp: 'o.stp',
  priceTicks: 'o.price_ticks',
  quantityLots: 'o.quantity_lots',
  requestedLots: 'o.requested_lots',
  quoteQuantity: 'o.quote_quantity',
  triggerTicks: 'o.trigger_ticks',
  triggeredAt: 'o.triggered_at',
  resting: 'o.resting',
  status: 'o.status',
  reason: 'o.reason',
  filledLots: 'o.filled_lots',
  makerNotional: 'o.maker_notional',
  takerNotional: 'o.taker_notional',
  feeCharged: 'o.fee_charged',
  hold: 'o.hold',
  makerFeeBps: 'o.maker_fee_bps',
  takerFeeBps: 'o.taker_fee_bps',
  bandBps: 'o.band_bps',
  replaces: 'o.replaces',
  source: 'o.source',
  acceptedAt: 'o.accepted_at',
  updatedAt: 'o.updated_at',
  closedAt: 'o.closed_at',
} satisfies Record<keyof OrderRow, string>;

/** The columns of an order that are base units: JSON carries them as decimal strings. */
const bigintFields = [
  'number',
  'quoteQuantity',
  'makerNotional',
  'takerNotional',
  'feeCharged',
  'hold',
] as const satisfies readonly (keyof OrderRow)[];

/** Changes of an order that is open, or that end it. */
export type OrderPatch = Partial<
  Pick<
    OrderRow,
    | 'number'
    | 'quantityLots'
    | 'triggeredAt'
    | 'resting'
    | 'status'
    | 'reason'
    | 'filledLots'
    | 'makerNotional'
    | 'takerNotional'
    | 'feeCharged'
    | 'hold'
    | 'updatedAt'
    | 'closedAt'
  >
>;

/** What most orders are: the feed leaves it out. */
const usual = {
  ownerKind: 'user',
  postOnly: false,
  stp: 'expire_taker',
  quoteQuantity: null,
  triggerTicks: null,
  triggeredAt: null,
  resting: false,
  reason: null,
  filledLots: 0,
  makerNotional: 0n,
  takerNotional: 0n,
  feeCharged: 0n,
  hold: 0n,
  replaces: null,
  source: 'order',
  closedAt: null,
} as const satisfies Partial<OrderRow>;

function toJsonFields(row: OrderPatch, left: Partial<OrderRow>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name in row) {
    const value: unknown = row[name as keyof OrderPatch];
    if (value === left[name as keyof OrderRow] && name in left) continue;
    fields[name] = typeof value === 'bigint' ? value.toString() : value;
  }
  return fields;
}

function readFields(fields: Record<string, unknown>): Record<string, unknown> {
  for (const name of bigintFields) {
    const value = fields[name];
    if (typeof value === 'string') fields[name] = BigInt(value);
  }
  return fields;
}

// An event is applied as it is by the process that made it, and as it was read by the others: what it says in JSON is
// told by `toJSON`, so that the first need not convert it twice.

/** Tells followers of an order that was accepted, as it is after its first commit. */
export function orderEvent(order: OrderRow): FeedEvent {
  return {
    type: 'order',
    order,
    toJSON: () => ({ type: 'order', order: toJsonFields(order, usual) }),
  };
}

/** Tells followers what changed of an order. */
export function orderChangedEvent({ id, ownerId }: OrderRow, patch: OrderPatch): FeedEvent {
  const type = 'order.changed';
  return {
    type,
    id,
    ownerId,
    patch,
    toJSON: () => ({ type, id, ownerId, patch: toJsonFields(patch, {}) }),
  };
}

export function readOrderEvent(event: FeedEvent): OrderRow {
  const order = event['order'] as Record<string, unknown>;
  if (typeof order['number'] === 'bigint') return order as unknown as OrderRow;
  return readFields({ ...usual, ...order }) as unknown as OrderRow;
}

export function readOrderChange(event: FeedEvent): {
  readonly id: string;
  readonly ownerId: string;
  readonly patch: OrderPatch;
} {
  const { id, ownerId, patch } = event as unknown as {
    id: string;
    ownerId: string;
    patch: Record<string, unknown>;
  };
  return { id, ownerId, patch: readFields({ ...patch }) };
}
