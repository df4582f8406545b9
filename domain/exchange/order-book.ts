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
  readonly level: Level;
  previous: Entry | undefined;
  next: Entry | undefined;
}

interface Level {
  readonly ticks: number;
  lots: number;
  first: Entry | undefined;
  last: Entry | undefined;
}

/**
 * One side's levels: a sorted array whose best is last, for most orders come and go near the best, where inserting moves
 * next to nothing, and a binary search finds the place of the rest.
 */
class BookSide {
  private readonly sorted: Level[] = [];
  private readonly byTicks = new Map<number, Level>();
  /** 1 when a higher price is better. */
  private readonly sign: 1 | -1;

  constructor(side: Side) {
    this.sign = side === 'buy' ? 1 : -1;
  }

  get best(): Level | undefined {
    return this.sorted[this.sorted.length - 1];
  }

  level(ticks: number): Level | undefined {
    return this.byTicks.get(ticks);
  }

  /** The level that is next best after one that is there. */
  levelAfter({ ticks }: Level): Level | undefined {
    return this.sorted[this.placeOf(ticks) - 1];
  }

  add({ id, ownerId, side, ticks, number, lots }: RestingOrder): Entry {
    const level = this.byTicks.get(ticks) ?? this.open(ticks);
    const previous = level.last;
    const entry = { id, ownerId, side, ticks, number, lots, level, previous, next: undefined };
    if (previous) previous.next = entry;
    else level.first = entry;
    level.last = entry;
    level.lots += lots;
    return entry;
  }

  remove({ level, previous, next, lots }: Entry): void {
    if (previous) previous.next = next;
    else level.first = next;
    if (next) next.previous = previous;
    else level.last = previous;
    level.lots -= lots;
    if (!level.first) this.close(level);
  }

  *[Symbol.iterator](): Generator<Level> {
    for (let i = this.sorted.length - 1; i >= 0; i--) {
      const level = this.sorted[i];
      if (level) yield level;
    }
  }

  private open(ticks: number): Level {
    const level = { ticks, lots: 0, first: undefined, last: undefined };
    this.byTicks.set(ticks, level);
    this.sorted.splice(this.placeOf(ticks), 0, level);
    return level;
  }

  private close(level: Level): void {
    this.byTicks.delete(level.ticks);
    if (level === this.best) this.sorted.pop();
    else this.sorted.splice(this.placeOf(level.ticks), 1);
  }

  /** Where a price is, or belongs: behind all that are worse. */
  private placeOf(ticks: number): number {
    const { sorted, sign } = this;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((sorted[middle]?.ticks ?? 0) - ticks) * sign < 0) low = middle + 1;
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
  add(order: RestingOrder): void {
    assert(!this.entries.has(order.id), 'an order rests once');
    assert(order.lots > 0, 'what rests has something left');
    this.entries.set(order.id, this.sides[order.side].add(order));
  }

  /** Sets what is left of an order, which is less than before; it keeps its place. */
  reduce(id: string, lots: number): void {
    const entry = this.require(id);
    assert(lots > 0 && lots < entry.lots, 'what is left becomes less, but not nothing');
    entry.level.lots -= entry.lots - lots;
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
    return this.sides[side].best?.ticks;
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
    return this.sides[side].best?.first;
  }

  /** The order that is in line behind one of this book's. */
  after(order: RestingOrder): RestingOrder | undefined {
    const { next, side, level } = order as Entry;
    return next ?? this.sides[side].levelAfter(level)?.first;
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
