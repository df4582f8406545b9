// Answers that are too long to have at once are sent as fast as the client takes them. There are so many at once, and one that
// nobody reads is given up.
import type { Request, Response } from 'express';
import { limitIdleWrites } from '../relay/sse';
import { ConnectionPlaces, type PlaceLimits } from './connection-places';
import { clientOf } from './rate-limits';

interface DownloadLimits extends PlaceLimits {
  /** A client that takes nothing for so long has gone without saying so. */
  readonly idleWriteTimeoutMs: number;
}

const defaultLimits: DownloadLimits = {
  maxConnections: 16,
  maxConnectionsPerClient: 2,
  idleWriteTimeoutMs: 30_000,
};

/** We are the origin: also a client that asks for no cached answer is told that it has the newest. */
function isKnown(request: Request, etag: string | undefined): boolean {
  const known = request.headers['if-none-match']?.split(',') ?? [];
  return etag !== undefined && known.some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

export class Downloads {
  private readonly places: ConnectionPlaces;

  constructor(private readonly limits: DownloadLimits = defaultLimits) {
    this.places = new ConnectionPlaces(limits);
  }

  /**
   * Sends text in pieces, JSON unless its headers say otherwise; to a client that has it already, by its ETag, nothing.
   * @param headers of a whole answer; a refusal has none of them
   * @throws DomainError RATE_LIMITED, ENGINE_UNAVAILABLE when all places are taken
   */
  async send(
    request: Request,
    response: Response,
    { pieces, headers }: { pieces: AsyncIterable<string>; headers: Record<string, string> },
  ): Promise<void> {
    const leave = this.places.take(clientOf(request.ip ?? ''));
    try {
      response.set(headers);
      if (isKnown(request, headers['etag'])) {
        response.status(304).end();
        return;
      }
      if (!response.hasHeader('content-type')) response.type('application/json');
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      limitIdleWrites(response, this.limits.idleWriteTimeoutMs);
      for await (const piece of pieces) {
        if (response.destroyed) return;
        if (!response.write(piece)) await drained(response);
      }
      response.end();
    } catch (error) {
      // What was sent so far must not look whole.
      if (response.headersSent) response.destroy();
      else for (const name of Object.keys(headers)) response.removeHeader(name);
      throw error;
    } finally {
      leave();
    }
  }
}

/** Until there is room again, or nobody is there any more. */
function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    // Who left between two pieces has been told of already.
    if (response.destroyed) {
      resolve();
      return;
    }
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
