// Places for connections that last: so many in all, and of one client.
import { DomainError } from '../domain/errors';

export interface PlaceLimits {
  readonly maxConnections: number;
  /** Of one client, as rate limits count them. */
  readonly maxConnectionsPerClient: number;
}

export class ConnectionPlaces {
  private readonly countOf = new Map<string, number>();
  private total = 0;
  private isClosed = false;

  constructor(private readonly limits: PlaceLimits) {}

  /**
   * Returns what gives the place back; to be called once.
   * @throws DomainError RATE_LIMITED, ENGINE_UNAVAILABLE when all places are taken
   */
  take(client: string): () => void {
    const { maxConnections, maxConnectionsPerClient } = this.limits;
    const own = this.countOf.get(client) ?? 0;
    if (own >= maxConnectionsPerClient) {
      throw new DomainError('RATE_LIMITED', `At most ${maxConnectionsPerClient} connections.`);
    }
    if (this.isClosed || this.total >= maxConnections) {
      throw new DomainError('ENGINE_UNAVAILABLE', 'The server takes no more connections now.');
    }
    this.countOf.set(client, own + 1);
    this.total++;
    return () => {
      const left = (this.countOf.get(client) ?? 1) - 1;
      if (left > 0) this.countOf.set(client, left);
      else this.countOf.delete(client);
      this.total--;
    };
  }

  /** From now on nobody gets one. */
  close(): void {
    this.isClosed = true;
  }
}
