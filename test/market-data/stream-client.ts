// A client of the stream that keeps all it is told, and a copy of the book made from nothing else.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

export interface Message {
  readonly type: string;
  readonly [field: string]: unknown;
}

type Level = readonly [price: string, quantity: string];
export interface BookMessage extends Message {
  readonly sequence: number;
  readonly previousSequence: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

const patienceMs = 60_000;

export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`never: ${String(look)}`);
    await sleep(5);
  }
}

export class StreamClient {
  readonly messages: Message[] = [];
  closeCode: number | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as Message);
    });
    socket.on('close', (code) => (this.closeCode = code));
    socket.on('error', () => undefined);
  }

  /** Resolves when it is connected. */
  static async open(apiUrl: string, headers: Record<string, string> = {}): Promise<StreamClient> {
    const socket = new WebSocket(`${apiUrl.replace('http', 'ws')}/api/v1/stream`, { headers });
    const client = new StreamClient(socket);
    await once(socket, 'open');
    return client;
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  ofType<T extends Message = Message>(type: string): T[] {
    return this.messages.filter((message) => message.type === type) as T[];
  }

  /** The first message of a type that it has got since, or gets, and that fits. */
  waitFor(
    type: string,
    fits: (message: Message) => boolean = () => true,
    from = 0,
  ): Promise<Message> {
    return eventually(() =>
      this.messages.slice(from).find((message) => message.type === type && fits(message)),
    );
  }

  async subscribe(...channels: string[]): Promise<Message> {
    const from = this.messages.length;
    this.say({ op: 'subscribe', channels });
    return this.waitFor('subscribed', undefined, from);
  }

  /** Shows a key; resolves with what it is answered. */
  async auth(key: string): Promise<Message> {
    const from = this.messages.length;
    this.say({ op: 'auth', key });
    return eventually(() =>
      this.messages.slice(from).find(({ type }) => type === 'authenticated' || type === 'error'),
    );
  }

  waitForClose(): Promise<number> {
    return eventually(() => this.closeCode);
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.waitForClose();
  }
}

/** How an upgrade is refused: the status and the problem's code. */
export async function refusedUpgrade(
  url: string,
  headers: Record<string, string> = {},
): Promise<readonly [status: number, code: string]> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers });
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { code } = JSON.parse(Buffer.concat(chunks).toString()) as { code: string };
  return [response.statusCode ?? 0, code];
}

/** A book that follows a snapshot and differences as docs/formats/stream.md says. */
export class BookCopy {
  private readonly sides = { bids: new Map<string, string>(), asks: new Map<string, string>() };
  sequence = -1;
  gaps = 0;

  begin({ sequence, bids, asks }: Pick<BookMessage, 'sequence' | 'bids' | 'asks'>): void {
    this.sequence = sequence;
    this.sides.bids = new Map(bids);
    this.sides.asks = new Map(asks);
  }

  take(message: Message): void {
    const book = message as BookMessage;
    if (message.type === 'book.snapshot') return this.begin(book);
    if (message.type !== 'book.diff' || book.sequence <= this.sequence) return;
    if (book.previousSequence > this.sequence) {
      this.gaps++;
      return;
    }
    for (const side of ['bids', 'asks'] as const) {
      for (const [price, quantity] of book[side]) {
        if (quantity === '0') this.sides[side].delete(price);
        else this.sides[side].set(price, quantity);
      }
    }
    this.sequence = book.sequence;
    const { bids, asks } = this.levels();
    if (bids[0] && asks[0] && Number(bids[0][0]) >= Number(asks[0][0])) {
      throw new Error(`the book is crossed at ${this.sequence}`);
    }
  }

  levels(): { readonly bids: Level[]; readonly asks: Level[] } {
    const sorted = (side: 'bids' | 'asks', sign: number) =>
      [...this.sides[side]].sort(([a], [b]) => sign * (Number(a) - Number(b)));
    return { bids: sorted('bids', -1), asks: sorted('asks', 1) };
  }
}
