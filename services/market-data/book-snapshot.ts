// The book as it is told (DESIGN 2.4): price levels as [price, quantity], best first.
import { formatPrice, formatQuantity, type Side } from '../../domain/exchange/market';
import { isoTime } from '../../domain/time';
import type { MarketView } from './market-view';

/** Credits for one LCO, and LCO. */
export type PriceLevel = [price: string, quantity: string];

export interface BookSnapshot {
  /** The batch that changed the book last; what the stream's differences continue from. */
  readonly sequence: number;
  /** Journal time up to which this is the book. */
  readonly at: string;
  readonly bids: PriceLevel[];
  readonly asks: PriceLevel[];
}

export function presentLevel({ ticks, lots }: { ticks: number; lots: number }): PriceLevel {
  return [formatPrice(ticks), formatQuantity(lots)];
}

export function presentBook(view: MarketView, depth: number): BookSnapshot {
  const levels = (side: Side) => view.state.book.levels(side, depth).map(presentLevel);
  return {
    sequence: Number(view.bookSequence),
    at: isoTime(view.at),
    bids: levels('buy'),
    asks: levels('sell'),
  };
}
