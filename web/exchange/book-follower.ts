// The order book made of what the stream says of it (docs/formats/stream.md, `book`): a snapshot, then its differences. Pure:
// what was is left as it is, and what follows is returned.
import { Decimal } from 'decimal.js';
import type { Level, StreamMessage } from '../live/stream-messages';

export interface Book {
  readonly sequence: number;
  /** ISO 8601, the journal's clock. */
  readonly at: string;
  /** Best first. */
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface FollowedBook {
  /** null until the first snapshot. */
  readonly book: Book | null;
  /** A difference was missed: what is here is old until the next snapshot, which has to be asked for. */
  readonly hasGap: boolean;
}

export type BookMessage = Extract<StreamMessage, { readonly type: 'book.snapshot' | 'book.diff' }>;

export const unknownBook: FollowedBook = { book: null, hasGap: false };

export function followBook(followed: FollowedBook, message: BookMessage): FollowedBook {
  if (message.type === 'book.snapshot') return { book: bookOf(message), hasGap: false };
  const { book, hasGap } = followed;
  if (hasGap) return followed;
  if (!book) return { book, hasGap: true };
  if (message.sequence <= book.sequence) return followed;
  if (message.previousSequence > book.sequence) return { book, hasGap: true };
  const { sequence, at } = message;
  const bids = withLevels(book.bids, message.bids, bestIsHigh);
  const asks = withLevels(book.asks, message.asks, bestIsLow);
  return { book: { sequence, at, bids, asks }, hasGap: false };
}

type Order = (a: string, b: string) => number;
const bestIsHigh: Order = (a, b) => new Decimal(b).comparedTo(a);
const bestIsLow: Order = (a, b) => new Decimal(a).comparedTo(b);

function bookOf({ sequence, at, bids, asks }: BookMessage): Book {
  return { sequence, at, bids, asks };
}

function withLevels(
  levels: readonly Level[],
  changes: readonly Level[],
  order: Order,
): readonly Level[] {
  if (changes.length === 0) return levels;
  const next = [...levels];
  for (const [price, quantity] of changes) {
    const place = placeOf(next, price, order);
    const found = next[place];
    const isThere = found !== undefined && order(found[0], price) === 0;
    if (new Decimal(quantity).isZero()) {
      if (isThere) next.splice(place, 1);
    } else {
      next.splice(place, isThere ? 1 : 0, [price, quantity]);
    }
  }
  return next;
}

/** Where a price is, or belongs: behind all that are better. */
function placeOf(levels: readonly Level[], price: string, order: Order): number {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(levels[middle]?.[0] ?? price, price) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
