// The order book (DESIGN 2.4): what rests, best price first, and at one price in the order of arrival. Prices are whole
// ticks, quantities whole lots; adding, reducing and removing cost the same in a level of ten orders and of ten thousand.
import { assert } from '../errors';
import type { Side } from './market';

export interface RestingOrder {
  readonly id: string;
  /** Whose it is: nobody trades with themselves. */
  readonly ownerId: string;
  readonly side: Side;
  readonly ticks: number;
  /** Order of arrival. */
  readonly number: number;
  /** What is left of it. */
  readonly lots: number;
}

/** An order in its level's list. */
interface Entry extends RestingOrder {
  lots: number;
  previous: Entry | undefined;
  next: Entry | undefined;
}

interface Level {
  readonly ticks: number;
  lots: number;
  first: Entry;
  last: Entry;
}

/**
 * One side's levels. Their prices are a sorted array whose best is last: most orders come and go near the best, where
 * inserting moves next to nothing, and a search in an array is faster than a walk in a tree at any size a book has.
 */
class BookSide {
  private readonly prices: number[] = [];
  private readonly levels = new Map<number, Level>();
  /** 1 when a higher price is better. */
  private readonly sign: 1 | -1;

  constructor(side: Side) {
    this.sign = side === 'buy' ? 1 : -1;
  }

  get bestTicks(): number | undefined {
    return this.prices.at(-1);
  }

  level(ticks: number): Level | undefined {
    return this.levels.get(ticks);
  }

  get bestLevel(): Level | undefined {
    const ticks = this.prices.at(-1);
    return ticks === undefined ? undefined : this.levels.get(ticks);
  }

  /** The level that is next best after one that is there. */
  levelAfter(ticks: number): Level | undefined {
    const next = this.prices[this.placeOf(ticks) - 1];
    return next === undefined ? undefined : this.levels.get(next);
  }

  add(entry: Entry): void {
    const level = this.levels.get(entry.ticks);
    if (!level) {
      const { ticks, lots } = entry;
      this.levels.set(ticks, { ticks, lots, first: entry, last: entry });
      this.prices.splice(this.placeOf(ticks), 0, ticks);
      return;
    }
    entry.previous = level.last;
    level.last.next = entry;
    level.last = entry;
    level.lots += entry.lots;
  }

  remove(entry: Entry): void {
    const level = this.levels.get(entry.ticks);
    assert(level, 'an order rests in a level');
    const { previous, next } = entry;
    level.lots -= entry.lots;
    if (previous) previous.next = next;
    if (next) next.previous = previous;
    if (!previous && !next) {
      this.levels.delete(entry.ticks);
      this.prices.splice(this.placeOf(entry.ticks), 1);
    } else if (!previous && next) {
      level.first = next;
    } else if (previous && !next) {
      level.last = previous;
    }
  }

  *[Symbol.iterator](): Generator<Level> {
    for (let i = this.prices.length - 1; i >= 0; i--) {
      const level = this.levels.get(this.prices[i] ?? 0);
      if (level) yield level;
    }
  }

  /** Where a price is, or belongs: behind all that are worse. */
  private placeOf(ticks: number): number {
    const { prices, sign } = this;
    let low = 0;
    let high = prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((prices[middle] ?? 0) - ticks) * sign < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class OrderBook {
  private readonly entries = new Map<string, Entry>();
  private readonly sides = { buy: new BookSide('buy'), sell: new BookSide('sell') };

  get size(): number {
    return this.entries.size;
  }

  /** Adds an order behind all others at its price. */
  add({ id, ownerId, side, ticks, number, lots }: RestingOrder): void {
    assert(!this.entries.has(id), 'an order rests once');
    assert(lots > 0, 'what rests has something left');
    const entry = {
      id,
      ownerId,
      side,
      ticks,
      number,
      lots,
      previous: undefined,
      next: undefined,
    };
    this.entries.set(id, entry);
    this.sides[side].add(entry);
  }

  /** Sets what is left of an order, which is less than before; it keeps its place. */
  reduce(id: string, lots: number): void {
    const entry = this.require(id);
    assert(lots > 0 && lots < entry.lots, 'what is left becomes less, but not nothing');
    const level = this.sides[entry.side].level(entry.ticks);
    assert(level, 'an order rests in a level');
    level.lots -= entry.lots - lots;
    entry.lots = lots;
  }

  remove(id: string): void {
    const entry = this.require(id);
    this.entries.delete(id);
    this.sides[entry.side].remove(entry);
  }

  get(id: string): RestingOrder | undefined {
    return this.entries.get(id);
  }

  bestTicks(side: Side): number | undefined {
    return this.sides[side].bestTicks;
  }

  /** Aggregated, best first. */
  levels(side: Side, depth: number): { readonly ticks: number; readonly lots: number }[] {
    const levels: { ticks: number; lots: number }[] = [];
    for (const { ticks, lots } of this.sides[side]) {
      if (levels.length >= depth) break;
      levels.push({ ticks, lots });
    }
    return levels;
  }

  /** The same one by one, for who does not know how many it takes. */
  eachLevel(side: Side): Iterable<{ readonly ticks: number; readonly lots: number }> {
    return this.sides[side];
  }

  /** Lots that rest at one price; 0 when none do. */
  lotsAt(side: Side, ticks: number): number {
    return this.sides[side].level(ticks)?.lots ?? 0;
  }

  /** The order that is first in line on a side. */
  first(side: Side): RestingOrder | undefined {
    return this.sides[side].bestLevel?.first;
  }

  /** The order that is in line behind one of this book's. */
  after(order: RestingOrder): RestingOrder | undefined {
    const { next, side, ticks } = order as Entry;
    return next ?? this.sides[side].levelAfter(ticks)?.first;
  }

  /** All of a side in line. */
  *orders(side: Side): Iterable<RestingOrder> {
    for (let order = this.first(side); order; order = this.after(order)) yield order;
  }

  private require(id: string): Entry {
    const entry = this.entries.get(id);
    assert(entry, 'the order rests');
    return entry;
  }
}
