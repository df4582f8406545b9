// What an order must keep before it comes to the market (DESIGN 2.4 and 2.13).
import {
  formatQuantity,
  maxOpenOrders,
  minNotional,
  notionalOf,
  tickSize,
} from '../../../domain/exchange/market';
import { currentMark } from '../../../domain/exchange/mark-price';
import { faultsOf, holdOf, isStop, mayRest, type OrderTerms } from '../../../domain/exchange/order';
import { DomainError } from '../../../domain/errors';
import { formatAmount, unit } from '../../../domain/money';
import type { View } from '../../../ledger/command';
import type { MarketState } from '../market/market-state';
import { assetGivenBy, availableOf } from '../execution/order-accounts';
import type { OrderRow } from '../market/order-rows';

/** @throws DomainError INVALID_REQUEST naming the field that does not go with the others */
export function requireSoundTerms(terms: OrderTerms): void {
  const [fault] = faultsOf(terms);
  if (fault) throw new DomainError('INVALID_REQUEST', `${fault.field}: ${fault.message}.`);
}

/** @throws DomainError MARK_UNAVAILABLE for what goes by the mark before there is one */
export function requireMark(state: MarketState, terms: OrderTerms): void {
  if (terms.type === 'limit' || currentMark(state.mark)) return;
  throw new DomainError(
    'MARK_UNAVAILABLE',
    'There is no mark price yet: only limit orders are taken.',
  );
}

/**
 * price x quantity, quoteQuantity, or mark x quantity, against the least notional; what a sale at market is worth is
 * rounded down.
 * @throws DomainError ORDER_BELOW_MINIMUM
 */
export function requireNotional(state: MarketState, terms: OrderTerms): void {
  const notional = worthOf(state, terms);
  if (notional >= minNotional) return;
  throw new DomainError(
    'ORDER_BELOW_MINIMUM',
    `An order is worth at least ${formatAmount(minNotional)} Credits.`,
    { notional: formatAmount(notional), minimum: formatAmount(minNotional) },
  );
}

function worthOf(state: MarketState, terms: OrderTerms): bigint {
  const { priceTicks, quantityLots, quoteQuantity } = terms;
  if (quoteQuantity !== null) return quoteQuantity;
  const lots = quantityLots ?? 0;
  if (priceTicks !== null) return notionalOf(priceTicks, lots);
  const mark = currentMark(state.mark);
  if (!mark) return 0n;
  return BigInt(mark.times(unit.toString()).div(tickSize.toString()).times(lots).floor().toFixed());
}

/** @throws DomainError OPEN_ORDER_LIMIT when an order that may rest would be one too many */
export function requireRoom(
  state: MarketState,
  userId: string,
  terms: OrderTerms,
  freed: number,
): void {
  if (!mayRest(terms) || state.openCountOf(userId) - freed < maxOpenOrders) return;
  throw new DomainError(
    'OPEN_ORDER_LIMIT',
    `At most ${maxOpenOrders} orders may be open; cancel one first.`,
    { open: maxOpenOrders },
  );
}

/**
 * What an order must have behind it when it comes in, in base units of what it gives: its whole amount, with the
 * larger fee; null for a purchase of a quantity at market, which needs the exact cost of its fills.
 */
export function fundsNeeded(order: OrderRow): bigint | null {
  if (order.quoteQuantity !== null) return order.quoteQuantity;
  if (order.side === 'buy' && order.priceTicks === null) return null;
  return holdOf(order);
}

/**
 * @param freed what an order that it takes the place of gives back, in the same asset
 * @throws DomainError INSUFFICIENT_FUNDS
 */
export function requireFunds(view: View, order: OrderRow, needed: bigint, freed = 0n): void {
  const asset = assetGivenBy(order.side);
  const available = view.balance(availableOf(order, asset)) + freed;
  if (available >= needed) return;
  throw new DomainError('INSUFFICIENT_FUNDS', `This order needs more ${asset} than is available.`, {
    asset,
    needed: formatAmount(needed),
    available: formatAmount(available),
  });
}

/** Whether a repeated request asks for what the order was first asked to be. */
export function isSameOrder(order: OrderRow, terms: OrderTerms): boolean {
  return (
    order.replaces === null &&
    order.side === terms.side &&
    order.type === terms.type &&
    order.timeInForce === terms.timeInForce &&
    order.postOnly === terms.postOnly &&
    order.stp === terms.stp &&
    order.priceTicks === terms.priceTicks &&
    order.requestedLots === terms.quantityLots &&
    order.quoteQuantity === terms.quoteQuantity &&
    order.triggerTicks === terms.triggerTicks
  );
}

export function clientOrderIdReused(): DomainError {
  return new DomainError(
    'CLIENT_ORDER_ID_REUSED',
    'This clientOrderId was used for another request; a new order takes a new one.',
  );
}

export function orderNotFound(): DomainError {
  return new DomainError('ORDER_NOT_FOUND', 'There is no such order.');
}

/** What cannot be done to an order that has ended, or is about to be executed. */
export function orderNotOpen(order: OrderRow): DomainError {
  const status = order.status === 'open' ? 'being executed' : order.status;
  return new DomainError('STATE_CONFLICT', `The order is ${status} already.`, {
    status: order.status,
    filledQuantity: formatQuantity(order.filledLots),
  });
}

export function waitsForMark(order: OrderRow): boolean {
  return isStop(order) && order.triggeredAt === null;
}
