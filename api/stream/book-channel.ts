// The book's channel: a snapshot, and then differences in a chain, each naming the one before, so that whoever misses
// one knows. They are told after whole batches only, and at most twenty times a second.
import { formatPrice, formatQuantity, type Side } from '../../domain/exchange/market';
import { isoTime } from '../../domain/time';
import { presentBook, type PriceLevel } from '../../services/market-data/book-snapshot';
import type { Level, MarketUpdate, MarketView } from '../../services/market-data/market-view';
import type { Connection } from './connection';
import { encode } from './frame';
import type { Hub } from './hub';

const minGapMs = 50;

export class BookChannel {
  /** Levels that changed since the last difference: also those that changed back, for snapshots in between. */
  private readonly changed = new Map<string, Level>();
  private sequence = 0n;
  private view: MarketView | undefined;
  private toldAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private made: { readonly sequence: bigint; readonly text: Buffer } | undefined;

  constructor(private readonly hub: Hub) {}

  /** Begins with a market: all who follow begin with it, too. */
  begin(view: MarketView): void {
    this.view = view;
    this.sequence = view.bookSequence;
    this.forget();
    this.made = undefined;
    this.hub.send('book', this.snapshot(view));
  }

  take({ levels }: MarketUpdate): void {
    for (const level of levels) this.changed.set(`${level.side}${level.ticks}`, level);
    if (levels.length === 0 || this.timer) return;
    const waitMs = this.toldAt + minGapMs - performance.now();
    if (waitMs <= 0) this.tell();
    else this.timer = setTimeout(() => this.tell(), waitMs);
  }

  /** A snapshot for one client, on the chain that all others are on. */
  greet(connection: Connection): void {
    this.tell();
    if (this.view) connection.send(this.snapshot(this.view));
  }

  close(): void {
    this.forget();
  }

  private forget(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changed.clear();
  }

  /** The whole book; made once for as long as it does not change. */
  private snapshot(view: MarketView): Buffer {
    if (this.made?.sequence !== view.bookSequence) {
      const message = { type: 'book.snapshot', ...presentBook(view, Infinity) };
      this.made = { sequence: view.bookSequence, text: encode(message) };
    }
    return this.made.text;
  }

  private tell(): void {
    const { view } = this;
    const levels = [...this.changed.values()];
    this.forget();
    if (!view || levels.length === 0) return;
    const previousSequence = Number(this.sequence);
    this.sequence = view.bookSequence;
    this.toldAt = performance.now();
    this.hub.publish('book', {
      type: 'book.diff',
      sequence: Number(this.sequence),
      previousSequence,
      at: isoTime(view.at),
      bids: levelsOf(view, levels, 'buy'),
      asks: levelsOf(view, levels, 'sell'),
    });
  }
}

/** What rests there now; the quantity 0 says that the level is gone. */
function levelsOf({ state }: MarketView, levels: readonly Level[], side: Side): PriceLevel[] {
  return levels
    .filter((level) => level.side === side)
    .map(({ ticks }) => [formatPrice(ticks), formatQuantity(state.book.lotsAt(side, ticks))]);
}
