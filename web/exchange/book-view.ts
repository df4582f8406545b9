// The book as rows to look at: put together by price steps, with running totals, and what lies between its sides.
import { Decimal } from 'decimal.js';
import type { Level } from '../live/stream-messages';
import type { Book } from './book-follower';

export interface BookRow {
  readonly price: string;
  readonly quantity: string;
  /** Of this row and all better ones. */
  readonly total: string;
  /** The total against the largest that is shown, from 0 to 1: the length of a bar. */
  readonly share: number;
}

const tick = new Decimal('0.000001');
/** In ticks: what rows are put together by. */
export const stepTicks = [1, 10, 100, 1_000] as const;

/** As decimal text: `0.00001`. */
export function stepText(ticks: number): string {
  return tick.times(ticks).toFixed();
}

interface RowsOptions {
  readonly step: string;
  readonly count: number;
  readonly side: 'bids' | 'asks';
}

/** Bids are rounded down to a step and asks up: nobody trades at better prices than shown. */
function rowsOf(levels: readonly Level[], { step, count, side }: RowsOptions) {
  const rounding = side === 'bids' ? Decimal.ROUND_DOWN : Decimal.ROUND_UP;
  const rows: { price: Decimal; quantity: Decimal; total: Decimal }[] = [];
  let total = new Decimal(0);
  for (const [priceText, quantity] of levels) {
    const price = new Decimal(priceText).toNearest(step, rounding);
    total = total.plus(quantity);
    const last = rows.at(-1);
    if (last?.price.equals(price)) {
      last.quantity = last.quantity.plus(quantity);
      last.total = total;
    } else if (rows.length < count) {
      rows.push({ price, quantity: new Decimal(quantity), total });
    } else {
      break;
    }
  }
  return rows;
}

export interface BookRows {
  readonly bids: readonly BookRow[];
  readonly asks: readonly BookRow[];
}

/** Both sides, best first; bars of both have one scale. */
export function bookRows(book: Book, ticks: number, count: number): BookRows {
  const step = stepText(ticks);
  const bids = rowsOf(book.bids, { step, count, side: 'bids' });
  const asks = rowsOf(book.asks, { step, count, side: 'asks' });
  const largest = Decimal.max(1e-8, bids.at(-1)?.total ?? 0, asks.at(-1)?.total ?? 0);
  const decimals = new Decimal(step).decimalPlaces();
  const present = (rows: typeof bids): BookRow[] =>
    rows.map(({ price, quantity, total }) => ({
      price: price.toFixed(decimals),
      quantity: quantity.toFixed(2),
      total: total.toFixed(2),
      share: total.div(largest).toNumber(),
    }));
  return { bids: present(bids), asks: present(asks) };
}

export interface Spread {
  readonly amount: string;
  /** Of the mid. */
  readonly share: string;
  readonly mid: string;
}

type BestPrice = string | null | undefined;

/** Between the best prices; null while a side is empty. */
export function spreadOf(bid: BestPrice, ask: BestPrice): Spread | null {
  if (!bid || !ask) return null;
  const amount = new Decimal(ask).minus(bid);
  const mid = new Decimal(ask).plus(bid).div(2);
  return { amount: amount.toFixed(), mid: mid.toFixed(), share: amount.div(mid).toFixed(8) };
}
