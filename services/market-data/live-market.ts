// The market of this moment (DESIGN 2.4 and 3): one follower of the feed a process, for what is shown and streamed. It
// opens itself when it is first needed, and when an event cannot be applied it loads everything anew.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { DomainError } from '../../domain/errors';
import { followFeed, type FeedBatch, type FeedFollower } from '../../ledger/feed';
import { loadMarketView } from './load-market-view';
import type { MarketUpdate, MarketView } from './market-view';

export interface MarketListener {
  /** After each batch with a feed. */
  onUpdate(update: MarketUpdate, view: MarketView): void;
  /** The view was loaded anew: what changed in between was not told. */
  onReload(view: MarketView): void;
}

export interface LiveMarketOptions {
  readonly db: Knex;
  readonly databaseUrl: string;
  readonly applicationName: string;
  /** Told of lost connections, which mend themselves, and of events that could not be applied. */
  onError(error: Error): void;
}

const maxCatchUpMs = 3_000;
const lookEveryMs = 2;

const newestSql = /* sql */ `
  select b.sequence from journal_batches b where b.feed is not null order by b.sequence desc limit 1`;

export class LiveMarket {
  private readonly listeners = new Set<MarketListener>();
  private opening: Promise<FeedFollower> | undefined;
  /** undefined until loaded, and after an event could not be applied. */
  private view: MarketView | undefined;

  constructor(private readonly options: LiveMarketOptions) {}

  /**
   * The market with everything in it that was committed before the call.
   * @throws DomainError ENGINE_UNAVAILABLE when it does not catch up
   */
  async current(): Promise<MarketView> {
    await this.open();
    const newest = await this.readNewest();
    const deadline = performance.now() + maxCatchUpMs;
    while (!this.view || this.view.sequence < newest) {
      if (performance.now() > deadline) {
        throw new DomainError('ENGINE_UNAVAILABLE', 'The market data is catching up.');
      }
      await sleep(lookEveryMs);
    }
    return this.view;
  }

  /** Returns what ends it. */
  listen(listener: MarketListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    const follower = await this.opening?.catch(() => undefined);
    await follower?.close();
  }

  /** Once; another time after it has failed. */
  private open(): Promise<FeedFollower> {
    this.opening ??= this.start().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async start(): Promise<FeedFollower> {
    const { db, databaseUrl, applicationName } = this.options;
    const loaded = await loadMarketView(db);
    this.view = loaded;
    return followFeed({
      databaseUrl,
      applicationName,
      from: loaded.sequence,
      onEvents: (batch) => this.take(batch),
      onError: (error) => this.options.onError(error),
    });
  }

  private async readNewest(): Promise<bigint> {
    const { rows } = await this.options.db.raw<{ rows: { sequence: bigint }[] }>(newestSql);
    return rows[0]?.sequence ?? 0n;
  }

  private async take(batch: FeedBatch): Promise<void> {
    const { view } = this;
    if (view && batch.sequence <= view.sequence) return;
    const update = view && this.advance(view, batch);
    if (view && update) {
      this.tell((listener) => listener.onUpdate(update, view));
      return;
    }
    this.view = undefined;
    const loaded = await loadMarketView(this.options.db);
    this.view = loaded;
    this.tell((listener) => listener.onReload(loaded));
  }

  private advance(view: MarketView, batch: FeedBatch): MarketUpdate | undefined {
    try {
      return view.apply(batch);
    } catch (error) {
      this.options.onError(new Error('the market is loaded anew', { cause: error }));
      return undefined;
    }
  }

  /** What a listener throws must not look like a feed that cannot be followed. */
  private tell(call: (listener: MarketListener) => void): void {
    for (const listener of this.listeners) {
      try {
        call(listener);
      } catch (error) {
        this.options.onError(new Error('a listener of the market failed', { cause: error }));
      }
    }
  }
}
