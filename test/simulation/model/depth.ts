// The model of what rests in the book as the mark and margin measure it (DESIGN 2.4, 2.6): prices at depth, depth around
// the mark, and its average over the time that was ticked.
import { lcoOf, restOf, worthOf } from './market';
import { impactNotionalOf } from './parameters';
import { isLess, type Fraction } from './positions';
import type { State } from './state';
import type { Order } from './trading';

/** What was ticked so far; a day is never over here. */
export interface Ticks {
  /** The last one. */
  at: number | null;
  isTwoSided: boolean;
  /** While there was a mark: milliseconds, and sums of what was times so many. */
  ms: bigint;
  mark: bigint;
  bids: bigint;
  asks: bigint;
}

export function noTicks(): Ticks {
  return { at: null, isTwoSided: false, ms: 0n, mark: 0n, bids: 0n, asks: 0n };
}

function resting(state: State, side: 'buy' | 'sell'): Order[] {
  const sign = side === 'buy' ? -1 : 1;
  const found = state.orders.filter((order) => order.rests && order.side === side);
  return found.sort((a, b) => sign * ((a.price ?? 0) - (b.price ?? 0)));
}

/** The average price, in Credits for one LCO, of filling the impact notional on a side; null: it is not that deep. */
export function impactPrice(state: State, side: 'buy' | 'sell'): Fraction | null {
  const notional = impactNotionalOf(state);
  let [left, lots] = [notional, 0n];
  for (const order of resting(state, side)) {
    const ticks = BigInt(order.price ?? 0);
    const worth = worthOf(order.price ?? 0, restOf(order));
    if (worth >= left) {
      return { num: notional * ticks, den: (lots * ticks + left) * 1_000_000n };
    }
    lots += BigInt(restOf(order));
    left -= worth;
  }
  return null;
}

/** Both sides are deep, and no more than 5% apart. */
export function isTwoSided(state: State): boolean {
  const [bid, ask] = [impactPrice(state, 'buy'), impactPrice(state, 'sell')];
  if (!bid || !ask) return false;
  return !isLess({ num: bid.num * 105n, den: bid.den * 100n }, ask);
}

/** Within so much of the mark, edges included: bids in base units of CREDIT, asks in base units of LCO. */
export function depthWithin(state: State, percent: bigint): { bids: bigint; asks: bigint } {
  const mark = state.mark ?? 0n;
  // Both sides in ticks times 10^8.
  const isInside = (ticks: number, sign: bigint) => {
    const away = (BigInt(ticks) * 10n ** 8n - mark * 100n) * sign;
    return away <= mark * percent;
  };
  const bids = resting(state, 'buy').filter(({ price }) => isInside(price ?? 0, -1n));
  const asks = resting(state, 'sell').filter(({ price }) => isInside(price ?? 0, 1n));
  return {
    bids: bids.reduce((sum, order) => sum + worthOf(order.price ?? 0, restOf(order)), 0n),
    asks: asks.reduce((sum, order) => sum + lcoOf(restOf(order)), 0n),
  };
}

/** A tick counts for the time since the one before, a second at most. */
export function countTick(state: State): void {
  const { ticks, now, mark } = state;
  const ms = BigInt(ticks.at === null ? 0 : Math.min(now - ticks.at, 1_000));
  if (mark !== null) {
    const { bids, asks } = depthWithin(state, 4n);
    ticks.ms += ms;
    ticks.mark += mark * ms;
    ticks.bids += bids * ms;
    ticks.asks += asks * ms;
  }
  ticks.at = now;
  ticks.isTwoSided = isTwoSided(state);
}
