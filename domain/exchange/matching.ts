// Matching (DESIGN 2.4 and 2.13): what an order that comes in would do to the book. It plans and changes nothing; the
// plan is carried out by what it leads to, in the commit.
import { Decimal } from 'decimal.js';
import { bpsDivisor } from '../money';
import { notionalOf, oppositeOf, type Side } from './market';
import type { OrderBook, RestingOrder } from './order-book';

export type SelfTradePrevention = 'expire_taker' | 'expire_maker' | 'expire_both';

export interface Taker {
  readonly ownerId: string;
  readonly side: Side;
  /** The worst price that it may fill at: a limit order's own, or a market order's band. */
  readonly limitTicks: number;
  /** null: as many as `quoteBudget` buys. */
  readonly lots: number | null;
  /** Base units of CREDIT, fee included; for a market buy by what it spends. */
  readonly quoteBudget: bigint | null;
  readonly takerFeeBps: number;
  readonly stp: SelfTradePrevention;
  readonly fillOrKill: boolean;
  readonly postOnly: boolean;
  readonly maxFills: number;
  /** The order that an amendment replaces: as if it were not there. */
  readonly ignoredOrderId?: string;
}

export interface Fill {
  /** The book's own: what is left of it changes when the fill is carried out. */
  readonly maker: RestingOrder;
  readonly ticks: number;
  readonly lots: number;
}

/** Why matching went no further. */
export type MatchEnd =
  /** Nothing is left of it; of an order by what it spends, nothing that buys another lot. */
  | 'filled'
  /** Nobody is left to trade with. */
  | 'book_empty'
  /** Only beyond its limit. */
  | 'limit'
  | 'self_trade'
  | 'fill_limit'
  /** Fill-or-kill that would not fill wholly: nothing happens. */
  | 'killed'
  /** Post-only that would match: nothing happens. */
  | 'would_take';

export interface MatchPlan {
  readonly fills: readonly Fill[];
  /** Own orders that self-trade prevention ends, in the order met. */
  readonly expiredMakers: readonly RestingOrder[];
  /** Lots that are left; 0 for an order by what it spends. */
  readonly restLots: number;
  readonly end: MatchEnd;
}

/** The plan for an order. Pure: the book stays as it is. */
export function planMatch(book: OrderBook, taker: Taker): MatchPlan {
  const rest = taker.lots ?? 0;
  const nothing = { fills: [], expiredMakers: [], restLots: rest };
  if (taker.postOnly) {
    const maker = firstMaker(book, taker);
    if (!maker) return { ...nothing, end: 'book_empty' };
    return { ...nothing, end: isWithin(taker, maker) ? 'would_take' : 'limit' };
  }
  const plan = match(book, taker);
  return taker.fillOrKill && plan.end !== 'filled' ? { ...nothing, end: 'killed' } : plan;
}

function match(book: OrderBook, taker: Taker): MatchPlan {
  const { stp, maxFills, ignoredOrderId } = taker;
  const fills: Fill[] = [];
  const expiredMakers: RestingOrder[] = [];
  const budget = taker.quoteBudget === null ? null : new Budget(taker.quoteBudget, taker);
  let rest = taker.lots ?? Number.MAX_SAFE_INTEGER;
  const ended = (end: MatchEnd): MatchPlan => ({
    fills,
    expiredMakers,
    restLots: taker.lots === null ? 0 : rest,
    end,
  });
  let maker = book.first(oppositeOf(taker.side));
  for (; maker; maker = book.after(maker)) {
    if (maker.id === ignoredOrderId) continue;
    const affordable = budget ? budget.lotsAt(maker.ticks) : rest;
    if (affordable === 0) return ended('filled');
    if (!isWithin(taker, maker)) return ended('limit');
    if (fills.length === maxFills) return ended('fill_limit');
    if (maker.ownerId === taker.ownerId) {
      if (stp !== 'expire_taker') expiredMakers.push(maker);
      if (stp !== 'expire_maker') return ended('self_trade');
      continue;
    }
    const lots = Math.min(rest, maker.lots, affordable);
    fills.push({ maker, ticks: maker.ticks, lots });
    rest -= lots;
    budget?.spend(maker.ticks, lots);
    if (rest === 0 || budget?.lotsAt(maker.ticks) === 0) return ended('filled');
  }
  return ended('book_empty');
}

function firstMaker(book: OrderBook, { side, ignoredOrderId }: Taker): RestingOrder | undefined {
  const maker = book.first(oppositeOf(side));
  return maker && maker.id === ignoredOrderId ? book.after(maker) : maker;
}

function isWithin({ side, limitTicks }: Taker, maker: RestingOrder): boolean {
  return side === 'buy' ? maker.ticks <= limitTicks : maker.ticks >= limitTicks;
}

/** What an order may still spend on notional when its fee, rounded up, comes out of the same sum. */
class Budget {
  private left: bigint;

  constructor(quoteBudget: bigint, { takerFeeBps }: Taker) {
    // N + ceil(N x bps / 10^4) <= Q holds for whole N exactly when N x (10^4 + bps) <= Q x 10^4.
    this.left = (quoteBudget * bpsDivisor) / (bpsDivisor + BigInt(takerFeeBps));
  }

  lotsAt(ticks: number): number {
    const lots = this.left / BigInt(ticks);
    return lots > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(lots);
  }

  spend(ticks: number, lots: number): void {
    this.left -= notionalOf(ticks, lots);
  }
}

const Exact = Decimal.clone({ precision: 40 });
/** Ticks in one Credit. */
const ticksPerCredit = 1_000_000;

/**
 * The average price, Credits for one LCO, of trading `notional` (base units of CREDIT) against what rests on a side,
 * best first; of the last price only the part that is needed counts, also a part of a lot. null when the side is not
 * that deep.
 */
export function impactPrice(book: OrderBook, side: Side, notional: bigint): Decimal | null {
  let left = notional;
  let lots = new Exact(0);
  for (const level of book.eachLevel(side)) {
    const worth = notionalOf(level.ticks, level.lots);
    if (worth >= left) {
      const all = lots.plus(new Exact(left.toString()).div(level.ticks));
      return new Exact(notional.toString()).div(all).div(ticksPerCredit);
    }
    lots = lots.plus(level.lots);
    left -= worth;
  }
  return null;
}
