// Orders that trade for a margin position (DESIGN 2.6): with what it holds, at the fee that was pinned when it was opened,
// and never with its owner's own orders.
import { maxQuantityLots, type Side } from '../../../domain/exchange/market';
import type { SelfTradePrevention } from '../../../domain/exchange/matching';
import { bpsDivisor } from '../../../domain/money';
import type { View } from '../../../ledger/command';
import { deriveId } from '../../../ledger/ids';
import type { MarketWrites } from '../market/market-writes';
import type { OrderRow, TradeSource } from '../market/order-rows';
import { execute } from './execution';
import { draftOrder } from './order-draft';

interface PositionOrder {
  readonly positionId: string;
  /** From 1: with the position it names the order. */
  readonly number: number;
  readonly side: Side;
  /** null: it spends `quoteQuantity`. */
  readonly lots: number | null;
  readonly quoteQuantity?: bigint;
  /** The worst price. */
  readonly limitTicks: number;
  /** What is not filled stays in the book at the limit; otherwise it expires. */
  readonly rests?: boolean;
  readonly stp: SelfTradePrevention;
  /** Whose orders count as its own; null: nobody's, once the reserve has taken it over. */
  readonly userId: string | null;
  readonly takerFeeBps: number;
  readonly source: TradeSource;
}

/** Names a position's order. */
function orderNameOf(number: number): string {
  return `position-${number}`;
}

/** Executes an order for a position; what follows is added to `writes`. A decision may match only once. */
export function executeForPosition(
  view: View,
  request: PositionOrder,
  writes: MarketWrites,
): OrderRow {
  const { positionId, number, side, lots, quoteQuantity, limitTicks, rests, stp, userId } = request;
  const clientOrderId = orderNameOf(number);
  const draft = draftOrder(
    view,
    {
      id: deriveId('order', positionId, clientOrderId),
      ownerKind: 'position',
      ownerId: positionId,
      clientOrderId,
      triggeredAt: null,
      replaces: null,
      source: request.source,
    },
    {
      side,
      type: rests ? 'limit' : 'market',
      timeInForce: rests ? 'GTC' : 'IOC',
      postOnly: false,
      stp,
      priceTicks: rests ? limitTicks : null,
      quantityLots: lots,
      quoteQuantity: quoteQuantity ?? null,
      triggerTicks: null,
    },
  );
  const { takerFeeBps } = request;
  // What an order holds is by the larger rate: the pinned one is what its position can pay.
  const makerFeeBps = Math.min(draft.makerFeeBps, takerFeeBps);
  const order = { ...draft, takerFeeBps, makerFeeBps };
  const arrival = { view, writes, limitTicks, ...(userId === null ? {} : { forUserId: userId }) };
  return execute(order, arrival).order;
}

/** Lots that so many Credits pay for at a price, fee included. */
export function affordable(credits: bigint, ticks: number, takerFeeBps: number): number {
  // N + ceil(N x bps / 10^4) <= Q holds for whole N exactly when N x (10^4 + bps) <= Q x 10^4.
  const notional = (credits * bpsDivisor) / (bpsDivisor + BigInt(takerFeeBps));
  const lots = notional / BigInt(ticks);
  return lots > BigInt(maxQuantityLots) ? maxQuantityLots : Number(lots);
}
