// What an order is (DESIGN 2.4 and 2.13): its terms and which of them go together, its fee, what it holds, and the
// statuses it ends in.
import { bpsDivisor, maxOf, mulDivUp } from '../money';
import { notionalOf, quantityOf, tickSize, type Side } from './market';
import type { MatchEnd, SelfTradePrevention } from './matching';

export const orderTypes = ['limit', 'market', 'stop_loss', 'take_profit'] as const;
export type OrderType = (typeof orderTypes)[number];
export const timesInForce = ['GTC', 'IOC', 'FOK'] as const;
export type TimeInForce = (typeof timesInForce)[number];
export const selfTradePreventions = [
  'expire_taker',
  'expire_maker',
  'expire_both',
] as const satisfies readonly SelfTradePrevention[];
export const orderStatuses = ['open', 'filled', 'cancelled', 'expired'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

/** Why an order ended before it was filled. */
export type OrderReason =
  | 'cancelled_by_owner'
  | 'replaced'
  | 'self_trade_prevention'
  | 'immediate_or_cancel'
  | 'fill_or_kill'
  | 'price_band'
  | 'no_liquidity'
  | 'fill_limit'
  | 'post_only'
  | 'no_mark'
  /** A margin position of its owner is liquidated. */
  | 'position_liquidated'
  /** The reserve prices what it works off anew. */
  | 'repriced';

export interface OrderTerms {
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly stp: SelfTradePrevention;
  /** null: a market order, or a stop that becomes one. */
  readonly priceTicks: number | null;
  /** null: it spends `quoteQuantity`. */
  readonly quantityLots: number | null;
  /** Base units of CREDIT to spend, fee included. */
  readonly quoteQuantity: bigint | null;
  /** Stops only: the mark price that sets them off. */
  readonly triggerTicks: number | null;
}

/** The rates that an order pays, pinned when it is accepted. */
export interface FeeRates {
  readonly makerFeeBps: number;
  readonly takerFeeBps: number;
}

/** An order's running figures, in base units of CREDIT and in lots. */
export interface OrderProgress extends FeeRates {
  readonly side: Side;
  readonly priceTicks: number | null;
  readonly quantityLots: number | null;
  readonly filledLots: number;
  /** Σ notional of fills in which it rested, and in which it came in. */
  readonly makerNotional: bigint;
  readonly takerNotional: bigint;
  readonly feeCharged: bigint;
}

export function isStop({ type }: Pick<OrderTerms, 'type'>): boolean {
  return type === 'stop_loss' || type === 'take_profit';
}

/** Whether what is not filled at once stays in the book, so that it counts among the open orders. */
export function mayRest(terms: Pick<OrderTerms, 'type' | 'timeInForce'>): boolean {
  return isStop(terms) || (terms.type === 'limit' && terms.timeInForce === 'GTC');
}

export function defaultTimeInForce(terms: Pick<OrderTerms, 'type' | 'priceTicks'>): TimeInForce {
  return terms.priceTicks === null ? 'IOC' : 'GTC';
}

/** A field of an order's terms that does not go with the others. */
export interface TermsFault {
  readonly field:
    'price' | 'quantity' | 'quoteQuantity' | 'triggerPrice' | 'timeInForce' | 'postOnly';
  readonly message: string;
}

/** What is wrong with the terms taken together; empty when nothing is. */
export function faultsOf(terms: OrderTerms): TermsFault[] {
  return [...priceFaults(terms), ...quantityFaults(terms), ...flagFaults(terms)];
}

function priceFaults(terms: OrderTerms): TermsFault[] {
  const faults: TermsFault[] = [];
  if (terms.type === 'limit' && terms.priceTicks === null) {
    faults.push({ field: 'price', message: 'a limit order names its price' });
  }
  if (terms.type === 'market' && terms.priceTicks !== null) {
    faults.push({ field: 'price', message: 'a market order has no price' });
  }
  if (isStop(terms) && terms.triggerTicks === null) {
    faults.push({ field: 'triggerPrice', message: 'a stop names the mark price that sets it off' });
  }
  if (!isStop(terms) && terms.triggerTicks !== null) {
    faults.push({ field: 'triggerPrice', message: 'only stop_loss and take_profit have one' });
  }
  return faults;
}

function quantityFaults(terms: OrderTerms): TermsFault[] {
  const { side, priceTicks, quantityLots, quoteQuantity, type, timeInForce } = terms;
  const mayQuote = side === 'buy' && priceTicks === null && type !== 'limit';
  if (quoteQuantity !== null) {
    if (!mayQuote) return [{ field: 'quoteQuantity', message: 'is for market buys' }];
    if (quantityLots !== null) {
      return [{ field: 'quoteQuantity', message: 'name either quantity or quoteQuantity' }];
    }
    return timeInForce === 'IOC'
      ? []
      : [{ field: 'timeInForce', message: 'an order by quoteQuantity is IOC' }];
  }
  if (quantityLots === null) {
    return [{ field: 'quantity', message: 'is required' }];
  }
  if (isStop(terms) && mayQuote) {
    return [{ field: 'quoteQuantity', message: 'a stop that buys at market names what it spends' }];
  }
  return [];
}

function flagFaults({ priceTicks, timeInForce, postOnly, type }: OrderTerms): TermsFault[] {
  const faults: TermsFault[] = [];
  if (priceTicks === null && type !== 'limit' && timeInForce === 'GTC') {
    faults.push({ field: 'timeInForce', message: 'a market order is IOC or FOK' });
  }
  if (postOnly && (type !== 'limit' || timeInForce !== 'GTC')) {
    faults.push({ field: 'postOnly', message: 'is for limit orders that are GTC' });
  }
  return faults;
}

/** Lots that are not filled; 0 for an order by quote quantity. */
export function restLotsOf({ quantityLots, filledLots }: OrderProgress): number {
  return quantityLots === null ? 0 : quantityLots - filledLots;
}

/**
 * The order's whole fee so far, base units of CREDIT: ceil(Σ notional x the rate of each fill's role), rounded up
 * once for the order, in the platform's favour.
 */
export function feeOf(order: OrderProgress, more = { maker: 0n, taker: 0n }): bigint {
  const maker = (order.makerNotional + more.maker) * BigInt(order.makerFeeBps);
  const taker = (order.takerNotional + more.taker) * BigInt(order.takerFeeBps);
  return mulDivUp(maker + taker, 1n, bpsDivisor);
}

/**
 * What the rest of an order with a price or a quantity holds, in base units of what it gives: a sale its LCO; a buy
 * price x rest and the fee that the larger of the two rates could still ask (DESIGN 2.13).
 */
export function holdOf(order: OrderProgress): bigint {
  const rest = restLotsOf(order);
  if (rest === 0) return 0n;
  if (order.side === 'sell' || order.priceTicks === null) return quantityOf(rest);
  const notional = notionalOf(order.priceTicks, rest);
  const largest = maxOf(BigInt(order.makerFeeBps), BigInt(order.takerFeeBps));
  const charged =
    order.makerNotional * BigInt(order.makerFeeBps) +
    order.takerNotional * BigInt(order.takerFeeBps);
  return notional + mulDivUp(charged + notional * largest, 1n, bpsDivisor) - order.feeCharged;
}

/** Credits paid for one LCO on average, in base units, rounded down; null before the first fill. */
export function averagePriceOf(order: OrderProgress): bigint | null {
  return averagePrice(order.makerNotional + order.takerNotional, order.filledLots);
}

/** The same of any trades: a notional over lots is in ticks. */
export function averagePrice(notional: bigint, lots: number): bigint | null {
  return lots === 0 ? null : (notional * tickSize) / BigInt(lots);
}

/** How an order that does not rest ends, and why. `hasBand`: its limit was the market's band, not its own price. */
export function endingOf(
  end: MatchEnd,
  hasBand: boolean,
): { readonly status: OrderStatus; readonly reason: OrderReason | null } {
  const expired = (reason: OrderReason) => ({ status: 'expired' as const, reason });
  switch (end) {
    case 'filled':
      return { status: 'filled', reason: null };
    case 'self_trade':
      return expired('self_trade_prevention');
    case 'fill_limit':
      return expired('fill_limit');
    case 'killed':
      return expired('fill_or_kill');
    case 'would_take':
      return expired('post_only');
    case 'book_empty':
      return expired(hasBand ? 'no_liquidity' : 'immediate_or_cancel');
    case 'limit':
      return expired(hasBand ? 'price_band' : 'immediate_or_cancel');
  }
}
