// Follows the feed of committed batches (DESIGN 3): what they made public, in order, for caches and streams. Batches
// become visible in the order of their sequence, for each commits under the head's lock.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type QueryResult } from 'pg';
import { assert } from '../domain/errors';
import type { FeedEvent } from './command';
import { connectionSettings } from './connection';

export interface FeedBatch {
  readonly sequence: bigint;
  /** Journal time of the commit, in milliseconds. */
  readonly at: number;
  readonly events: readonly FeedEvent[];
}

export interface FollowOptions {
  readonly databaseUrl: string;
  readonly applicationName: string;
  /** Events after this batch; now: after the newest one at the time of the call. */
  readonly from: bigint | 'now';
  /** Called for one batch at a time. When it throws, the same batch comes again after a while. */
  onEvents(batch: FeedBatch): void | Promise<void>;
  /** Told of each lost connection and each throw of `onEvents`; the follower goes on by itself. */
  onError(error: Error): void;
  /** How often to look without having been notified. */
  readonly pollIntervalMs?: number;
}

// The newest sequence comes with the same snapshot: batches without a feed need not be passed over again.
const feedSql = /* sql */ `
  select b.sequence, b.journal_time as "at", b.feed as events, n.newest
  from (select coalesce(max(sequence), 0) as newest from journal_batches) n
  left join lateral (
    select sequence, journal_time, feed from journal_batches
    where sequence > $1::bigint and feed is not null
    order by sequence limit $2::int
  ) b on true
  order by b.sequence`;

const maxBatches = 200;
const firstDelayMs = 50;
const maxDelayMs = 5_000;

type FeedRow = { readonly newest: bigint } & ({ readonly sequence: null } | FeedBatch);

function hasBatch(row: FeedRow): row is FeedRow & FeedBatch {
  return row.sequence !== null;
}

/** A dedicated connection that LISTENs, reads what is new, and is opened again when it is lost. */
export class FeedFollower {
  private client: Client | undefined;
  private position: bigint | undefined;
  private isWoken = false;
  private isClosed = false;
  private endSleep: AbortController | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly options: FollowOptions) {
    this.position = options.from === 'now' ? undefined : options.from;
  }

  /** Everything up to this batch was delivered. */
  get sequence(): bigint {
    assert(this.position !== undefined, 'the follower was started');
    return this.position;
  }

  /** Begins to follow; from `now` on nothing is missed once this resolves. Rejects when the database is away. */
  async start(): Promise<void> {
    await this.connect();
    this.running = this.run();
  }

  /** Resolves when the batch that is being delivered was taken. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.endSleep?.abort();
    await this.running;
    await this.disconnect();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.isClosed) {
      try {
        await this.deliverNew(await this.connect());
        failures = 0;
        if (!this.isWoken) await this.sleep(this.options.pollIntervalMs ?? 1_000);
      } catch (error) {
        await this.disconnect();
        this.report(error);
        const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** failures++);
        await this.sleep(delayMs * (0.5 + Math.random()));
      }
    }
  }

  private report(error: unknown): void {
    // What our own closing breaks is no fault.
    if (this.isClosed) return;
    this.options.onError(error instanceof Error ? error : new Error(String(error)));
  }

  private async connect(): Promise<Client> {
    if (this.client) return this.client;
    const client = new Client({
      ...connectionSettings(this.options.databaseUrl, this.options.applicationName),
      connectionTimeoutMillis: 5_000,
      query_timeout: 10_000,
    });
    const wake = () => {
      if (this.client !== client) return;
      this.isWoken = true;
      this.endSleep?.abort();
    };
    client.on('error', (error) => this.report(error));
    client.on('end', () => {
      wake();
      if (this.client === client) this.client = undefined;
    });
    client.on('notification', wake);
    try {
      await client.connect();
      // Listening comes before the first look, so that no commit falls between the two. Every query here goes by
      // the sequence; a plan made while the journal was empty would otherwise stay.
      await client.query('set enable_seqscan = off; listen lx_feed');
      this.position ??= await readNewest(client);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
    return client;
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async deliverNew(client: Client): Promise<void> {
    for (;;) {
      this.isWoken = false;
      const { rows }: QueryResult<FeedRow> = await client.query({
        name: 'follow feed',
        text: feedSql,
        values: [this.position, maxBatches],
      });
      const batches = rows.filter(hasBatch);
      for (const { sequence, at, events } of batches) {
        await this.options.onEvents({ sequence, at, events });
        this.position = sequence;
        if (this.isClosed) return;
      }
      if (batches.length < maxBatches) {
        this.position = rows[0]?.newest ?? this.position;
        return;
      }
    }
  }

  private async sleep(ms: number): Promise<void> {
    if (this.isClosed) return;
    this.endSleep = new AbortController();
    await sleep(ms, undefined, { signal: this.endSleep.signal }).catch(() => undefined);
  }
}

async function readNewest(client: Client): Promise<bigint> {
  const { rows }: QueryResult<{ newest: bigint }> = await client.query(
    'select coalesce(max(sequence), 0) as newest from journal_batches',
  );
  return rows[0]?.newest ?? 0n;
}

/** Follows the feed until `close()`. Resolves once it listens. */
export async function followFeed(options: FollowOptions): Promise<FeedFollower> {
  const follower = new FeedFollower(options);
  await follower.start();
  return follower;
}
