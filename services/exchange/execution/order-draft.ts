// The row that an order begins as (DESIGN 2.4): its terms, and the rates and the band that it keeps.
import type { OrderTerms } from '../../../domain/exchange/order';
import { parameterValue } from '../../../domain/parameters';
import type { View } from '../../../ledger/command';
import { parameters } from '../../parameters';
import { marketState } from '../market/market-state';
import type { OrderRow } from '../market/order-rows';

interface NewOrder
  extends
    OrderTerms,
    Pick<
      OrderRow,
      'id' | 'ownerKind' | 'ownerId' | 'clientOrderId' | 'triggeredAt' | 'replaces' | 'source'
    > {}

/** An order as it comes in, with the rates and the band of this moment. */
export function draftOrder(view: View, order: NewOrder): OrderRow {
  const state = view.projection(marketState);
  const rates = view.projection(parameters);
  // Field by field: spreading is the dearest way to make an object of thirty.
  return {
    id: order.id,
    ownerKind: order.ownerKind,
    ownerId: order.ownerId,
    clientOrderId: order.clientOrderId,
    number: state.lastOrderNumber + 1n,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    postOnly: order.postOnly,
    stp: order.stp,
    priceTicks: order.priceTicks,
    quantityLots: order.quantityLots,
    requestedLots: order.quantityLots,
    quoteQuantity: order.quoteQuantity,
    triggerTicks: order.triggerTicks,
    triggeredAt: order.triggeredAt,
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
    replaces: order.replaces,
    source: order.source,
    acceptedAt: view.at,
    updatedAt: view.at,
    closedAt: null,
  };
}
