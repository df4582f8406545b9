// The row that an order begins as (DESIGN 2.4): its terms, and the rates and the band that it keeps.
import type { OrderTerms } from '../../../domain/exchange/order';
import { parameterValue } from '../../../domain/parameters';
import type { View } from '../../../ledger/command';
import { parameters } from '../../parameters';
import { marketState } from '../market/market-state';
import type { OrderRow } from '../market/order-rows';

/** Whose order it is, and how it came. */
export type OrderOrigin = Pick<
  OrderRow,
  'id' | 'ownerKind' | 'ownerId' | 'clientOrderId' | 'triggeredAt' | 'replaces' | 'source'
>;

/** An order as it comes in, with the rates and the band of this moment. */
export function draftOrder(view: View, origin: OrderOrigin, terms: OrderTerms): OrderRow {
  const state = view.projection(marketState);
  const rates = view.projection(parameters);
  // Field by field: spreading is the dearest way to make an object of thirty.
  return {
    id: origin.id,
    ownerKind: origin.ownerKind,
    ownerId: origin.ownerId,
    clientOrderId: origin.clientOrderId,
    number: state.lastOrderNumber + 1n,
    side: terms.side,
    type: terms.type,
    timeInForce: terms.timeInForce,
    postOnly: terms.postOnly,
    stp: terms.stp,
    priceTicks: terms.priceTicks,
    quantityLots: terms.quantityLots,
    requestedLots: terms.quantityLots,
    quoteQuantity: terms.quoteQuantity,
    triggerTicks: terms.triggerTicks,
    triggeredAt: origin.triggeredAt,
    resting: false,
    status: 'open',
    reason: null,
    filledLots: 0,
    makerNotional: 0n,
    takerNotional: 0n,
    feeCharged: 0n,
    hold: 0n,
    makerFeeBps: parameterValue(rates, 'exchange.makerFeeBps'),
    takerFeeBps: parameterValue(rates, 'exchange.takerFeeBps'),
    bandBps: parameterValue(rates, 'exchange.marketBandBps'),
    replaces: origin.replaces,
    source: origin.source,
    acceptedAt: view.at,
    updatedAt: view.at,
    closedAt: null,
  };
}
