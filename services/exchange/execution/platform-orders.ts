// Orders of the platform's funds (DESIGN 2.5): market buys by what they spend, at once or not at all, visible in the
// book's history like everybody's.
import { quantityOf } from '../../../domain/exchange/market';
import type { Account } from '../../../ledger/accounts';
import type { View } from '../../../ledger/command';
import { execute } from './execution';
import { noWrites, type MarketWrites } from '../market/market-writes';
import { availableOf, tradingFees, type Fund } from './order-accounts';
import { draftOrder } from './order-draft';
import type { OrderRow, TradeSource } from '../market/order-rows';

interface PlatformOrder {
  /** The order's id: a repeat must not get here. */
  readonly id: string;
  readonly fund: Fund;
  /** Names it among the fund's orders. */
  readonly clientOrderId: string;
  /** Base units of CREDIT, fee included; the fund has them. */
  readonly quoteBudget: bigint;
  /** The worst price that it may pay. */
  readonly limitTicks: number;
  readonly source: TradeSource;
}

export interface PlatformOutcome extends MarketWrites {
  readonly order: OrderRow;
  /** Base units of LCO, now in the fund's account. */
  readonly bought: bigint;
  /** Base units of CREDIT, fee included. */
  readonly spent: bigint;
}

/** What a command that plans such an order reads. */
export function platformOrderAccounts(fund: Fund): Account[] {
  const owner = { ownerKind: 'platform', ownerId: fund } as const;
  return [availableOf(owner, 'CREDIT'), availableOf(owner, 'LCO'), tradingFees];
}

/** Plans a market buy; the caller spreads what it writes into its own decision, which may match only once. */
export function planPlatformOrder(view: View, request: PlatformOrder): PlatformOutcome {
  const { id, fund, clientOrderId, quoteBudget, limitTicks, source } = request;
  const writes = noWrites();
  const origin = {
    id,
    ownerKind: 'platform',
    ownerId: fund,
    clientOrderId,
    triggeredAt: null,
    replaces: null,
    source,
  } as const;
  const draft = draftOrder(view, origin, {
    side: 'buy',
    type: 'market',
    timeInForce: 'IOC',
    postOnly: false,
    stp: 'expire_taker',
    priceTicks: null,
    quantityLots: null,
    quoteQuantity: quoteBudget,
    triggerTicks: null,
  });
  const { order } = execute(draft, { view, writes, limitTicks });
  return {
    ...writes,
    order,
    bought: quantityOf(order.filledLots),
    spent: order.takerNotional + order.feeCharged,
  };
}
