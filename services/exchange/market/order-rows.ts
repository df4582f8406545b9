// Orders as rows (DESIGN 2.4).
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
