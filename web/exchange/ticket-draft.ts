// An order as it is being written: what the ticket holds, which fields its kind has, and what is sent of it.
import { Decimal } from 'decimal.js';
import type { BodyOf } from '../api/types';

/** What an order and its preview are asked for with. */
export type OrderTerms = BodyOf<'/api/v1/exchange/orders/preview'>;

export interface Draft {
  readonly side: OrderTerms['side'];
  readonly type: OrderTerms['type'];
  /** Of a stop: what it becomes when it is set off. */
  readonly executes: 'market' | 'limit';
  /** Of a market order that buys: what its amount is of. */
  readonly amountIn: 'LCO' | 'CREDIT';
  readonly price: string;
  readonly triggerPrice: string;
  readonly quantity: string;
  readonly quoteQuantity: string;
  readonly timeInForce: 'GTC' | 'IOC' | 'FOK';
  readonly isPostOnly: boolean;
  readonly stp: NonNullable<OrderTerms['stp']>;
}

export const emptyDraft: Draft = {
  side: 'buy',
  type: 'limit',
  executes: 'market',
  amountIn: 'CREDIT',
  price: '',
  triggerPrice: '',
  quantity: '',
  quoteQuantity: '',
  timeInForce: 'GTC',
  isPostOnly: false,
  stp: 'expire_taker',
};

export interface DraftFields {
  readonly isStop: boolean;
  readonly hasPrice: boolean;
  /** A purchase without a price may name what it spends; of a stop it has to. */
  readonly mayQuote: boolean;
  readonly isByQuote: boolean;
  readonly timesInForce: readonly Draft['timeInForce'][];
  readonly mayBePostOnly: boolean;
}

export function fieldsOf(draft: Draft): DraftFields {
  const { side, type, executes, amountIn } = draft;
  const isStop = type === 'stop_loss' || type === 'take_profit';
  const hasPrice = type === 'limit' || (isStop && executes === 'limit');
  const mayQuote = side === 'buy' && !hasPrice;
  const isByQuote = mayQuote && (isStop || amountIn === 'CREDIT');
  const atMarket = isByQuote ? (['IOC'] as const) : (['IOC', 'FOK'] as const);
  return {
    isStop,
    hasPrice,
    mayQuote,
    isByQuote,
    timesInForce: hasPrice ? ['GTC', 'IOC', 'FOK'] : atMarket,
    mayBePostOnly: type === 'limit' && draft.timeInForce === 'GTC',
  };
}

/** With a time in force that its kind has. */
export function timeInForceOf(draft: Draft): Draft['timeInForce'] {
  const { timesInForce } = fieldsOf(draft);
  return timesInForce.find((time) => time === draft.timeInForce) ?? timesInForce[0] ?? 'IOC';
}

/** What is sent: only what goes with its kind. Fields that are empty are left out, and missed by the API. */
export function termsOf(draft: Draft): OrderTerms {
  const { isStop, hasPrice, isByQuote, mayBePostOnly } = fieldsOf(draft);
  const { side, type, stp } = draft;
  return {
    side,
    type,
    stp,
    timeInForce: timeInForceOf(draft),
    ...(mayBePostOnly && draft.isPostOnly ? { postOnly: true } : { postOnly: false }),
    ...named('price', hasPrice, draft.price),
    ...named('triggerPrice', isStop, draft.triggerPrice),
    ...named('quantity', !isByQuote, draft.quantity),
    // Without it the API would miss a quantity, for which there is no field.
    ...(isByQuote && { quoteQuantity: draft.quoteQuantity.trim() }),
  };
}

function named<Name extends string>(name: Name, isPart: boolean, text: string) {
  const written = text.trim();
  return (isPart && written !== '' ? { [name]: written } : {}) as Partial<Record<Name, string>>;
}

/** Whether everything is written that its kind needs, be it right or wrong. */
export function isComplete(draft: Draft): boolean {
  const { isStop, hasPrice, isByQuote } = fieldsOf(draft);
  const amount = isByQuote ? draft.quoteQuantity : draft.quantity;
  const needed = [
    amount,
    ...(hasPrice ? [draft.price] : []),
    ...(isStop ? [draft.triggerPrice] : []),
  ];
  return needed.every((text) => text.trim() !== '');
}

/** Takes a price of the book over; an order that has none becomes one that does. */
export function withPrice(draft: Draft, price: string): Draft {
  return fieldsOf(draft).hasPrice ? { ...draft, price } : { ...draft, type: 'limit', price };
}

const Exact = Decimal.clone({ precision: 40 });
const bpsDivisor = 10_000;
const lotDecimals = 2;
const unitDecimals = 8;

interface Means {
  /** Of what the order gives, as decimal text. */
  readonly available: string;
  readonly largestFeeBps: number;
}

/**
 * A share of what is available, as the amount of an order: of a sale LCO in whole lots, of a purchase at market Credits, of one
 * at a price what that buys with the larger fee. null: there is no price yet.
 */
export function withShare(draft: Draft, percent: number, means: Means): Draft | null {
  const part = new Exact(means.available).times(percent).div(100);
  const { hasPrice, mayQuote } = fieldsOf(draft);
  if (mayQuote) {
    const quoteQuantity = part.toDecimalPlaces(unitDecimals, Decimal.ROUND_DOWN).toFixed();
    return { ...draft, amountIn: 'CREDIT', quoteQuantity };
  }
  const inLots = (lco: Decimal) => lco.toDecimalPlaces(lotDecimals, Decimal.ROUND_DOWN).toFixed();
  if (draft.side === 'sell') return { ...draft, quantity: inLots(part) };
  const price =
    hasPrice && /^\d+(\.\d+)?$/.test(draft.price.trim()) ? new Exact(draft.price.trim()) : null;
  if (!price || price.isZero()) return null;
  const spendable = part.times(bpsDivisor).div(bpsDivisor + means.largestFeeBps);
  return { ...draft, quantity: inLots(spendable.div(price)) };
}
