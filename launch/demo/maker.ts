// A demo market maker (DESIGN 7): keeps a ladder of orders around a price that follows the market and wanders a
// little, a few orders at a time, by placing, amending and cancelling over the public API. As it gains one asset and
// loses the other it leans its price, so that others bring it back. What it believes is free of its own leaning:
// following a market that it leans on would drive the price ever farther.
import { randomUUID } from 'node:crypto';
import { formatPrice, formatQuantity } from '../../domain/exchange/market';
import { maxOf, minAmount, unit } from '../../domain/money';
import { ApiRefusal, type ApiClient } from './api-client';
import { ladderAround, type Quote } from './ladder';
import { readFunds, readOpenOrders, readPrice, type Funds, type OpenOrder } from './market-view';
import { levelTicks, PriceWalk } from './price-walk';
import type { Random } from './random';

/** What it puts into each side at most, in base units of CREDIT. */
const mostCredits = 2_500n * unit;
/** What it keeps back, for fees and so that a few refusals do not follow from rounding. */
const reserveCredits = 5n * unit;
/** Orders that it touches at once: a market maker that is seen to act, and costs next to nothing. */
const actionsAtOnce = 4;
/** An order stands well while it is no further from its place than this share of the price, */
const priceTolerance = 0.0012;
/** and has at least this share of its lots left. */
const restTolerance = 0.6;
/** Of the distance to what the market goes by, what a maker makes up each time. */
const followShare = 0.3;
/** How far it leans when all that it has is on one side, as a share of the price. */
const mostLean = 0.01;

export interface MakerOptions {
  readonly api: ApiClient;
  readonly random: Random;
  /** Stretches its ladder. */
  readonly width: number;
}

/** One step of a plan; the worst comes first. */
type Action =
  | { readonly kind: 'amend'; readonly order: OpenOrder; readonly quote: Quote }
  | { readonly kind: 'place'; readonly quote: Quote }
  | { readonly kind: 'cancel'; readonly order: OpenOrder };

/** @returns what the maker does again and again. */
export function createMaker({ api, random, width }: MakerOptions): () => Promise<void> {
  let walk: PriceWalk | undefined;
  let actedAt = performance.now();

  return async () => {
    const [market, funds, orders] = await Promise.all([
      readPrice(api),
      readFunds(api),
      readOpenOrders(api),
    ]);
    walk ??= new PriceWalk(random, market ?? levelTicks);
    const lean = leanOf(funds, market ?? walk.ticks);
    if (market !== undefined) walk.follow(market / lean, followShare);
    const now = performance.now();
    const price = Math.max(1, Math.round(walk.advance(now - actedAt) * lean));
    actedAt = now;
    const quotes = ladderAround(price, fundsFor(funds, price), { random, width });
    for (const action of planQuotes(orders, quotes).slice(0, actionsAtOnce)) {
      await carryOut(api, action);
    }
  };
}

/** What a maker multiplies its price by, so that others bring its two assets back to equal worth. */
export function leanOf(funds: Funds, ticks: number): number {
  const credits = Number(funds.credits + funds.heldCredits);
  const worth = (funds.lots + funds.heldLots) * ticks;
  return credits + worth === 0 ? 1 : 1 + (mostLean * (credits - worth)) / (credits + worth);
}

function fundsFor(funds: Funds, ticks: number) {
  const credits = maxOf(0n, funds.credits + funds.heldCredits - reserveCredits);
  const lots = funds.lots + funds.heldLots;
  return {
    credits: minAmount(mostCredits, credits),
    lots: Math.min(lots, Number(mostCredits / BigInt(ticks))),
  };
}

/**
 * What brings the orders to the quotes: first what others could take at a bad price, then what is missing. An order
 * that stands well enough is left alone, and keeps its place in the queue.
 */
export function planQuotes(orders: readonly OpenOrder[], quotes: readonly Quote[]): Action[] {
  const open = [...orders];
  const missing = quotes.filter((quote) => {
    const index = open.findIndex((order) => standsWell(order, quote));
    if (index < 0) return true;
    open.splice(index, 1);
    return false;
  });
  const actions: Action[] = [];
  for (const order of worstFirst(open, quotes)) {
    const index = missing.findIndex(({ side }) => side === order.side);
    const [quote] = index < 0 ? [] : missing.splice(index, 1);
    actions.push(quote ? { kind: 'amend', order, quote } : { kind: 'cancel', order });
  }
  for (const quote of missing) actions.push({ kind: 'place', quote });
  return actions;
}

function standsWell({ side, ticks, restLots }: OpenOrder, quote: Quote): boolean {
  return (
    side === quote.side &&
    Math.abs(ticks - quote.ticks) <= quote.ticks * priceTolerance &&
    restLots >= quote.lots * restTolerance &&
    restLots <= quote.lots / restTolerance
  );
}

/** The most aggressive price is the one that others would take first. */
function worstFirst(orders: readonly OpenOrder[], quotes: readonly Quote[]): OpenOrder[] {
  const best = (side: Quote['side']) => {
    const prices = quotes.filter((quote) => quote.side === side).map(({ ticks }) => ticks);
    return side === 'buy' ? Math.max(...prices) : Math.min(...prices);
  };
  const danger = ({ side, ticks }: OpenOrder) =>
    side === 'buy' ? ticks - best('buy') : best('sell') - ticks;
  return [...orders].sort((one, other) => danger(other) - danger(one));
}

/** What was overtaken meanwhile (filled, too near, short of funds) is seen at the next look. */
async function carryOut(api: ApiClient, action: Action): Promise<void> {
  try {
    await send(api, action);
  } catch (error) {
    const isPassing = error instanceof ApiRefusal && [404, 409, 422].includes(error.status);
    if (!isPassing) throw error;
  }
}

async function send(api: ApiClient, action: Action): Promise<void> {
  const path = '/api/v1/exchange/orders';
  const clientOrderId = randomUUID();
  switch (action.kind) {
    case 'cancel':
      await api.send('DELETE', `${path}/${action.order.id}`);
      return;
    case 'amend':
      await api.send('PATCH', `${path}/${action.order.id}`, {
        clientOrderId,
        price: formatPrice(action.quote.ticks),
        // What is filled counts in an amendment's quantity.
        quantity: formatQuantity(action.order.filledLots + action.quote.lots),
      });
      return;
    case 'place':
      await api.send('POST', path, {
        clientOrderId,
        side: action.quote.side,
        type: 'limit',
        price: formatPrice(action.quote.ticks),
        quantity: formatQuantity(action.quote.lots),
        postOnly: true,
      });
      return;
  }
}
