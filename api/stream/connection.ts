// One client of the stream: it is told what it subscribed to as long as it keeps up; one that does not is let go, for
// what it reads too late is of no use to it and takes our memory.
import type { WebSocket } from 'ws';
import type { Principal } from '../../services/identity/caller';
import { encode } from './frame';
import { closeCodes, type Channel } from './protocol';

/** How long a farewell may take before the connection is cut. */
const farewellMs = 2_000;
/** Pings without an answer, after which nobody is there any more. */
const maxMissedPings = 2;

export interface ConnectionOptions {
  /** What may wait to be sent to a client. */
  readonly maxBufferedBytes: number;
  onDrop(reason: 'slow' | 'dead'): void;
}

export class Connection {
  readonly channels = new Set<Channel>();
  /** Who it is; null until it has shown a key or a session. */
  principal: Principal | null = null;
  private missedPings = 0;
  /** One message, such as the snapshot of a deep book, may be larger than all that may wait otherwise. */
  private largestBytes = 0;
  private isEnding = false;
  readonly gone: Promise<void>;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: ConnectionOptions,
  ) {
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('pong', () => (this.missedPings = 0));
    // It says what a client does wrong; the library closes the connection with the right code.
    socket.on('error', () => undefined);
  }

  get isOpen(): boolean {
    return !this.isEnding && this.socket.readyState === this.socket.OPEN;
  }

  /** For this client alone. */
  tell(message: object): void {
    this.send(encode(message));
  }

  /** @param text a message as UTF-8, the same bytes for all who get it */
  send(text: Buffer): void {
    if (!this.keepsUp()) return;
    this.largestBytes = Math.max(this.largestBytes, text.length);
    this.socket.send(text, { binary: false });
  }

  /** Answers a ping frame. */
  pong(data: Buffer): void {
    if (this.keepsUp()) this.socket.pong(data);
  }

  /** Lets a client go that has left too much unread. */
  private keepsUp(): boolean {
    if (!this.isOpen) return false;
    if (this.socket.bufferedAmount <= this.options.maxBufferedBytes + this.largestBytes)
      return true;
    this.options.onDrop('slow');
    this.close(closeCodes.tooSlow, 'too slow: connect again');
    return false;
  }

  /** Asks whether somebody is there, unless it has been asked in vain too often. */
  ping(): void {
    if (!this.isOpen) return;
    if (this.missedPings >= maxMissedPings) {
      this.isEnding = true;
      this.options.onDrop('dead');
      this.socket.terminate();
      return;
    }
    this.missedPings++;
    this.socket.ping();
  }

  close(code: number, reason: string): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.socket.close(code, reason);
    // A flood is not read any more until the connection is cut.
    if (code === closeCodes.tooManyMessages) this.socket.pause();
    // Behind all that waits, a closing frame may never arrive.
    const timer = setTimeout(() => this.socket.terminate(), farewellMs);
    this.socket.once('close', () => clearTimeout(timer));
  }
}
