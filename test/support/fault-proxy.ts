// A proxy between a committer and PostgreSQL that knows where one statement ends and the next begins, so that a test
// can break the connection at each of them, on either side of what the server does.
import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * What happens at the n-th statement (1 is the first) that a client sends from now on, or at its next COMMIT:
 * - lost: it never reaches the server, the connection breaks;
 * - unanswered: the server does it, its answer never arrives, the connection breaks a moment later;
 * - disowned: the same, and before the connection breaks the server's voice says that it was lost, as a pooler does;
 * - held: it never reaches the server, and nothing moves any more, as if the client's process stood still;
 * - half: the same, but all of it except its last message has reached the server.
 */
export interface Fault {
  readonly kind: 'lost' | 'unanswered' | 'disowned' | 'held' | 'half';
  readonly statement: number | 'commit';
}

const answerTimeMs = 30;

export class FaultProxy {
  private fault: Fault | undefined;
  private seen = 0;
  private isRefusing = false;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private readonly waiting: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => this.serve(client));
  }

  static async start(databaseUrl: string): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FaultProxy(server, new URL(databaseUrl));
  }

  /** The database's, through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Statements seen since the last `arm`. */
  get statements(): number {
    return this.seen;
  }

  /** Resolves when the fault has happened. */
  arm(fault: Fault): Promise<void> {
    this.fault = fault;
    this.seen = 0;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Counts from here on, without any fault; who waited for one waits for ever. */
  count(): void {
    this.fault = undefined;
    this.seen = 0;
    this.waiting.length = 0;
  }

  /** Lets nobody connect, or everybody again. */
  refuse(isRefusing: boolean): void {
    this.isRefusing = isRefusing;
  }

  async close(): Promise<void> {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(client: Socket): void {
    if (this.isRefusing) {
      client.destroy();
      return;
    }
    const server = connect(Number(this.target.port), this.target.hostname);
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const end = () => {
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    // Neither waits to see whether more is to be sent: that would cost 40 ms each time.
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end);
    let isDead = false;
    server.on('data', (data) => {
      if (!isDead) client.write(data);
    });
    const reader = new FrameReader();
    let statement: Buffer[] = [];
    client.on('data', (data) => {
      for (const { bytes, endsStatement, isApart } of reader.read(data)) {
        if (isDead) return;
        if (isApart) {
          server.write(bytes);
          continue;
        }
        statement.push(bytes);
        if (!endsStatement) continue;
        this.seen++;
        if (this.fault && this.isDue(this.fault, statement)) {
          isDead = true;
          this.happen(this.fault, statement, pair, end);
        } else {
          server.write(Buffer.concat(statement));
        }
        statement = [];
      }
    });
  }

  private isDue({ statement }: Fault, messages: readonly Buffer[]): boolean {
    if (statement !== 'commit') return statement === this.seen;
    return messages.some((message) => message.includes('commit\0'));
  }

  private happen(
    { kind }: Fault,
    statement: readonly Buffer[],
    [client, server]: readonly [Socket, Socket],
    end: () => void,
  ): void {
    this.fault = undefined;
    if (kind === 'lost') end();
    if (kind === 'half') server.write(Buffer.concat(statement.slice(0, -1)));
    if (kind === 'unanswered') {
      server.write(Buffer.concat(statement));
      setTimeout(end, answerTimeMs);
    }
    if (kind === 'disowned') {
      server.write(Buffer.concat(statement));
      setTimeout(() => client.write(connectionFailure(), end), answerTimeMs);
    }
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** An ErrorResponse of class 08, as pgbouncer sends it. */
function connectionFailure(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C08P01\0Mserver conn crashed?\0\0');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

interface Frame {
  readonly bytes: Buffer;
  readonly endsStatement: boolean;
  /** Start-up and password, the Sync behind statements, the goodbye: no part of one. */
  readonly isApart: boolean;
}

/** Cuts what a client sends into messages of PostgreSQL's protocol. */
class FrameReader {
  private rest = Buffer.alloc(0);
  private hasStarted = false;

  *read(data: Buffer): Iterable<Frame> {
    this.rest = Buffer.concat([this.rest, data]);
    for (;;) {
      // The first message has no type in front of its length.
      const typeLength = this.hasStarted ? 1 : 0;
      if (this.rest.length < typeLength + 4) return;
      const length = typeLength + this.rest.readInt32BE(typeLength);
      if (this.rest.length < length) return;
      const bytes = this.rest.subarray(0, length);
      const type = this.hasStarted ? String.fromCharCode(bytes[0] ?? 0) : '';
      this.rest = this.rest.subarray(length);
      this.hasStarted = true;
      // Execute ends a prepared statement, Query is a whole one.
      yield {
        bytes,
        endsStatement: type === 'E' || type === 'Q',
        isApart: type === '' || type === 'p' || type === 'S' || type === 'X',
      };
    }
  }
}
