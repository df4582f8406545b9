// The ranking of the current round of Compute Wars by server-sent events (DESIGN 2.9 and 6). The board is read once a
// second for all clients together, while there are any, and told when it changed. A board makes the one before useless:
// a client that reads slowly gets the newest when it has room again, and one that reads nothing is let go.
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import type { Wars } from '../services/wars/wars';
import { ConnectionPlaces, type PlaceLimits } from './connection-places';
import type { Context } from './context';
import { clientOf } from './rate-limits';

export interface WarsStreamLimits extends PlaceLimits {
  readonly boardEveryMs: number;
  readonly heartbeatMs: number;
  /** A client that takes nothing for so long has gone without saying so. */
  readonly idleWriteTimeoutMs: number;
}

const defaultLimits: WarsStreamLimits = {
  maxConnections: 5_000,
  maxConnectionsPerClient: 100,
  boardEveryMs: 1_000,
  heartbeatMs: 15_000,
  idleWriteTimeoutMs: 60_000,
};

/** When a browser that lost the connection should try again. */
const retryMs = 2_000;

export interface WarsStream {
  /** @throws DomainError RATE_LIMITED, ENGINE_UNAVAILABLE when all places are taken */
  join(response: Response, client: string): void;
  /** Ends all connections. */
  close(): void;
}

interface WarsStreamOptions {
  readonly wars: Pick<Wars, 'current'>;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly limits?: Partial<WarsStreamLimits>;
}

export function createWarsStream(options: WarsStreamOptions): WarsStream {
  return new BoardStream(options);
}

interface Follower {
  readonly response: Response;
  /** The newest board could not be written yet. */
  isBehind: boolean;
  /** Of performance.now(): since when it takes nothing. */
  stuckSince: number | null;
}

class BoardStream implements WarsStream {
  private readonly limits: WarsStreamLimits;
  private readonly followers = new Set<Follower>();
  private readonly places: ConnectionPlaces;
  /** The newest event; undefined until it was read, and while nobody follows. */
  private board: string | undefined;
  private timers: NodeJS.Timeout[] = [];
  private isReading = false;
  private isClosed = false;

  constructor(private readonly options: WarsStreamOptions) {
    this.limits = { ...defaultLimits, ...options.limits };
    this.places = new ConnectionPlaces(this.limits);
    const { followers } = this;
    new Gauge({
      name: 'lx_wars_stream_connections',
      help: "Open connections of the ranking's stream",
      registers: [options.metrics],
      collect() {
        this.set(followers.size);
      },
    });
  }

  join(response: Response, client: string): void {
    response.once('close', this.places.take(client));
    const follower: Follower = { response, isBehind: false, stuckSince: null };
    this.followers.add(follower);
    response.on('drain', () => {
      follower.stuckSince = null;
      if (follower.isBehind) this.tell(follower);
    });
    response.on('error', () => response.destroy());
    response.once('close', () => {
      this.followers.delete(follower);
      if (this.followers.size === 0) this.rest();
    });
    response.status(200).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    response.flushHeaders();
    this.write(follower, `retry: ${retryMs}\n\n`);
    if (this.board !== undefined) this.tell(follower);
    this.work();
  }

  close(): void {
    this.isClosed = true;
    this.places.close();
    this.rest();
    for (const { response } of this.followers) response.end();
  }

  /** While somebody follows. */
  private work(): void {
    if (this.timers.length > 0 || this.isClosed) return;
    const { boardEveryMs, heartbeatMs } = this.limits;
    this.timers = [
      setInterval(() => void this.read(), boardEveryMs),
      setInterval(() => this.beat(), heartbeatMs),
    ];
    void this.read();
  }

  private rest(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    this.board = undefined;
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    try {
      const board = `event: board\ndata: ${JSON.stringify(await this.options.wars.current())}\n\n`;
      if (this.timers.length === 0 || board === this.board) return;
      this.board = board;
      for (const follower of this.followers) this.tell(follower);
    } catch (error) {
      // The next second tries again; meanwhile clients have the board that they have.
      if (!this.isClosed) this.options.logger.warn({ err: error }, 'the ranking cannot be read');
    } finally {
      this.isReading = false;
    }
  }

  private tell(follower: Follower): void {
    if (this.board === undefined) return;
    follower.isBehind = follower.response.writableNeedDrain;
    if (!follower.isBehind) this.write(follower, this.board);
  }

  private beat(): void {
    const now = performance.now();
    for (const follower of this.followers) {
      const { response, stuckSince } = follower;
      if (stuckSince !== null && now - stuckSince > this.limits.idleWriteTimeoutMs) {
        response.destroy();
      } else if (!response.writableNeedDrain) {
        this.write(follower, ':\n\n');
      }
    }
  }

  private write(follower: Follower, text: string): void {
    if (!follower.response.write(text)) follower.stuckSince ??= performance.now();
  }
}

/** Serves the stream; limited by address like what else is public. */
export function createWarsStreamHandler({
  warsStream,
  rateLimits,
}: Pick<Context, 'warsStream' | 'rateLimits'>): RequestHandler {
  return async (request, response) => {
    const client = clientOf(request.ip ?? '');
    await rateLimits.consume('public', client, response);
    if (response.destroyed) return;
    warsStream.join(response, client);
  };
}
