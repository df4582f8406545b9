// One call of the load generator, by undici's lowest interface.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

export interface CallEnd {
  /** When the body's first byte came. */
  readonly firstByteAt: number;
  /** The client hung up in the middle, as it was to. */
  readonly hasLeft: boolean;
}

interface CallOptions {
  readonly isWhole: (text: string) => boolean;
  /** Hangs up within the answer. */
  readonly leaves: boolean;
}

/** By then the answer has begun for certain, so that it is billed. */
const leavesAfterChunks = 3;

/** Resolves when the answer is whole and right or was left, else rejects. */
export class Call implements Dispatcher.DispatchHandler {
  private status = 0;
  private firstByteAt = 0;
  private hasLeft = false;
  private readonly chunks: Buffer[] = [];

  constructor(
    private readonly options: CallOptions,
    private readonly resolve: (end: CallEnd) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  onRequestStart(): void {
    // required by undici
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    _headers: IncomingHttpHeaders,
  ): void {
    this.status = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.firstByteAt === 0) this.firstByteAt = performance.now();
    this.chunks.push(chunk);
    if (!this.options.leaves || this.status !== 200) return;
    if (this.hasLeft || this.chunks.length < leavesAfterChunks) return;
    this.hasLeft = true;
    controller.abort(new Error('the client leaves'));
  }

  onResponseEnd(): void {
    const text = Buffer.concat(this.chunks).toString('latin1');
    if (this.status === 200 && this.options.isWhole(text)) this.end();
    else this.reject(new Error(`${this.status} ${text.slice(0, 300)}`));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.hasLeft) this.end();
    else this.reject(error);
  }

  private end(): void {
    this.resolve({ firstByteAt: this.firstByteAt, hasLeft: this.hasLeft });
  }
}
