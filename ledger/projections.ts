// What a committer keeps in memory between its batches (the parameters, the order book): advanced by the feed of the
// batches that others committed, loaded from rows when that is not possible (DESIGN 3).
import { applyEvent, type ProjectionStates } from './batch';
import type { FeedEvent, Projection } from './command';
import { loadFeed } from './journal';
import type { BatchSql } from './table';

/** A committer that is further behind than this many batches with a feed reloads from rows. */
const maxFeedBatches = 2_000;

type Feed = Awaited<ReturnType<typeof loadFeed>>;

export class ProjectionCache {
  /** undefined until loaded, and whenever it may hold something that was not committed. */
  private known: { readonly states: ProjectionStates; readonly sequence: bigint } | undefined;

  constructor(
    readonly projections: readonly Projection<unknown>[],
    private readonly onFault: (error: unknown) => void,
  ) {}

  /** Starts to read what others made public since; to be asked under the head's lock. */
  startReading(sql: BatchSql): Promise<Feed | undefined> {
    if (!this.known || this.projections.length === 0) return Promise.resolve(undefined);
    return loadFeed(sql, this.known.sequence, maxFeedBatches);
  }

  /**
   * The states as the head has them. They are the caller's to change: until `keep` they are not used again, so that
   * nothing of a batch that fails stays in memory.
   */
  async advance(sql: BatchSql, feed: Feed | undefined): Promise<ProjectionStates> {
    const { known } = this;
    this.known = undefined;
    if (known && feed?.isComplete && this.follow(known.states, feed.events)) return known.states;
    const states: ProjectionStates = new Map();
    for (const projection of this.projections) {
      states.set(projection.name, await projection.load(sql));
    }
    return states;
  }

  /** False when an event cannot be applied: then the rows say what is so. */
  private follow(states: ProjectionStates, events: readonly FeedEvent[]): boolean {
    try {
      for (const event of events) applyEvent(this.projections, states, event);
      return true;
    } catch (error) {
      this.onFault(error);
      return false;
    }
  }

  /** These states are those of a batch that is committed. */
  keep(states: ProjectionStates, sequence: bigint): void {
    this.known = { states, sequence };
  }

  drop(): void {
    this.known = undefined;
  }
}
