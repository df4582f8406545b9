// An order as its owner sees it (DESIGN 6).
import { formatPrice, formatQuantity, type Side } from '../../../domain/exchange/market';
import {
  averagePriceOf,
  isStop,
  type OrderReason,
  type OrderStatus,
  type OrderType,
  type TimeInForce,
} from '../../../domain/exchange/order';
import type { SelfTradePrevention } from '../../../domain/exchange/matching';
import { formatAmount } from '../../../domain/money';
import { isoTime, optionalIsoTime } from '../../../domain/time';
import type { OrderRow } from '../market/order-rows';

/** Amounts as decimal strings, times in ISO 8601. */
export interface Order {
  readonly id: string;
  readonly clientOrderId: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly stp: SelfTradePrevention;
  readonly price: string | null;
  readonly quantity: string | null;
  readonly quoteQuantity: string | null;
  readonly triggerPrice: string | null;
  readonly triggeredAt: string | null;
  readonly status: OrderStatus;
  readonly reason: OrderReason | null;
  readonly filledQuantity: string;
  readonly filledNotional: string;
  readonly averagePrice: string | null;
  readonly fee: string;
  /** What it still holds, Credits of a buy and LCO of a sale. */
  readonly held: string;
  readonly replaces: string | null;
  readonly acceptedAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
}

export function optional<T>(value: T | null, format: (value: T) => string): string | null {
  return value === null ? null : format(value);
}

export function presentOrder(order: OrderRow): Order {
  return {
    id: order.id,
    clientOrderId: order.clientOrderId,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    postOnly: order.postOnly,
    stp: order.stp,
    price: optional(order.priceTicks, formatPrice),
    quantity: optional(order.quantityLots, formatQuantity),
    quoteQuantity: optional(order.quoteQuantity, formatAmount),
    triggerPrice: optional(order.triggerTicks, formatPrice),
    triggeredAt: isStop(order) ? optionalIsoTime(order.triggeredAt) : null,
    status: order.status,
    reason: order.reason,
    filledQuantity: formatQuantity(order.filledLots),
    filledNotional: formatAmount(order.makerNotional + order.takerNotional),
    averagePrice: optional(averagePriceOf(order), formatAmount),
    fee: formatAmount(order.feeCharged),
    held: formatAmount(order.hold),
    replaces: order.replaces,
    acceptedAt: isoTime(order.acceptedAt),
    updatedAt: isoTime(order.updatedAt),
    closedAt: optionalIsoTime(order.closedAt),
  };
}
