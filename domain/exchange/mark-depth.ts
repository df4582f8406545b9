// How much rests near the mark (DESIGN 2.6): what the debts of margin positions are measured against.
import type { Decimal } from 'decimal.js';
import { notionalOf, quantityOf } from './market';
import type { Depth } from './mark-sums';
import type { OrderBook } from './order-book';

/** Of the mark, to either side: what debts are measured against. */
const debtBand = '0.04';
/** Counting stops there; in a book that has more prices than these within the band, depth is no concern. */
const maxLevels = 10_000;

/**
 * @param markTicks the mark in ticks, which it may lie between. Prices at the band's very edge are inside.
 * @param band share of the mark, to either side
 */
export function depthAround(book: OrderBook, markTicks: Decimal, band = debtBand): Depth {
  const lowest = markTicks.minus(markTicks.times(band)).ceil().toNumber();
  const highest = markTicks.plus(markTicks.times(band)).floor().toNumber();
  let bid = 0n;
  for (const { ticks, lots } of book.levels('buy', maxLevels)) {
    if (ticks < lowest) break;
    bid += notionalOf(ticks, lots);
  }
  let askLots = 0;
  for (const { ticks, lots } of book.levels('sell', maxLevels)) {
    if (ticks > highest) break;
    askLots += lots;
  }
  return { bid, ask: quantityOf(askLots) };
}
