// One request to an upstream on the wire: undici's lowest interface, for its answers cost a third less than those of
// `request()`. It undoes a content encoding and turns every way to fail into an `UpstreamError` (DESIGN 2.2 "Faults").
import { type IncomingHttpHeaders } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type Transform } from 'node:stream';
import { errors, type Dispatcher } from 'undici';
import { isOfOurAccount, readComplaint } from './upstream-complaint';
import { isNotServed, isRequestFault, UpstreamError, type UpstreamFailure } from './upstream-error';

/** An answer whose status is 2xx. */
export interface OpenedAnswer {
  readonly headers: IncomingHttpHeaders;
  /**
   * Reads the body: `onChunk` gets its bytes as they come.
   * @throws UpstreamError
   */
  consume(onChunk: (chunk: Buffer) => void): Promise<void>;
  /** No more chunks until `resume`; the connection's own flow control holds the upstream back. */
  pause(): void;
  resume(): void;
  /** Nothing more of it is wanted. */
  abort(): void;
}

const maxErrorBytes = 64 * 1024;
const noBytes = Buffer.alloc(0);

const decoders: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

type Controller = Dispatcher.DispatchController;

/** Handles one dispatch, of which is awaited either `opened` and then what it answers, or `consume` alone. */
export class Exchange implements Dispatcher.DispatchHandler, OpenedAnswer {
  headers: IncomingHttpHeaders = {};
  private status = 0;
  private controller: Controller | undefined;
  private decoder: Transform | undefined;
  /** Bytes of an error's body. */
  private errorBody = noBytes;
  private onChunk: ((chunk: Buffer) => void) | undefined;
  private open: ((answer: OpenedAnswer) => void) | undefined;
  /** Ends the promise that is being waited for. */
  private reject: ((error: UpstreamError) => void) | undefined;
  private finish: (() => void) | undefined;
  private finished = false;
  private paused = false;
  private failure: UpstreamError | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly apiKey: string | null,
    maxCallMs: number,
    private readonly signal: AbortSignal,
  ) {
    this.timer = setTimeout(() => {
      // Held back for a client that reads slowly, it is not to blame.
      this.stop(this.paused ? 'aborted' : 'timeout', `the call took longer than ${maxCallMs} ms`);
    }, maxCallMs);
    signal.addEventListener('abort', this.onAbort);
    if (signal.aborted) this.onAbort();
  }

  /** Resolves when the upstream has accepted, the answer paused until it is consumed. */
  opened(): Promise<OpenedAnswer> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.open = resolve;
      this.reject = reject;
    });
  }

  consume(onChunk: (chunk: Buffer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      if (this.finished) return resolve();
      this.onChunk = onChunk;
      this.finish = resolve;
      this.reject = reject;
      if (this.paused) this.resume();
    });
  }

  pause(): void {
    this.paused = true;
    this.controller?.pause();
    this.decoder?.pause();
  }

  resume(): void {
    this.paused = false;
    this.controller?.resume();
    this.decoder?.resume();
  }

  abort(): void {
    this.onAbort();
  }

  /** It failed before it could be sent. */
  get isOver(): boolean {
    return this.failure !== undefined;
  }

  /** Ends the call for a reason of our own, and answers the error that its promises end with. */
  stop(kind: UpstreamFailure, message: string): UpstreamError {
    const error = this.errorOf(kind, message, false);
    this.fail(error);
    this.controller?.abort(error);
    return this.failure ?? error;
  }

  private readonly onAbort = () => {
    this.stop('aborted', 'the call was ended from our side');
  };

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    // It was ended before it had a connection.
    if (this.failure) controller.abort(this.failure);
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
    if (status >= 300 && status < 400) {
      this.stop('protocol', `it answered ${status}; redirects are not followed`);
      return;
    }
    const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
    if (encoding !== 'identity') {
      const create = decoders.get(encoding);
      if (!create) {
        this.stop('protocol', `it answered in the encoding ${encoding}`);
        return;
      }
      this.decoder = this.attach(create());
    }
    if (status >= 400) return;
    if (!this.open) return;
    this.pause();
    this.open(this);
  }

  private attach(decoder: Transform): Transform {
    decoder.on('data', (chunk: Buffer) => this.deliver(chunk));
    decoder.on('end', () => this.complete());
    decoder.on('error', () => this.stop('protocol', 'its answer is not in the encoding it names'));
    return decoder;
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const { decoder } = this;
    if (!decoder) {
      this.deliver(chunk);
    } else if (!decoder.write(chunk)) {
      controller.pause();
      decoder.once('drain', () => {
        if (!this.paused) controller.resume();
      });
    }
  }

  onResponseEnd(): void {
    if (this.decoder) this.decoder.end();
    else this.complete();
  }

  onResponseError(_controller: Controller, error: Error): void {
    // An error whose text broke off is still that error.
    if (this.status >= 400) this.complete();
    else this.fail(this.classify(error));
  }

  private deliver(chunk: Buffer): void {
    if (this.failure) return;
    if (this.status < 400) {
      this.onChunk?.(chunk);
      return;
    }
    this.errorBody = Buffer.concat([this.errorBody, chunk]);
    if (this.errorBody.length < maxErrorBytes) return;
    const error = this.statusError();
    this.fail(error);
    this.controller?.abort(error);
  }

  private complete(): void {
    if (this.status >= 400) {
      this.fail(this.statusError());
      return;
    }
    this.finished = true;
    this.release();
    this.finish?.();
  }

  private fail(error: UpstreamError): void {
    if (this.failure || this.finished) return;
    this.failure = error;
    this.release();
    this.decoder?.destroy();
    this.reject?.(error);
  }

  private release(): void {
    clearTimeout(this.timer);
    this.signal.removeEventListener('abort', this.onAbort);
  }

  private errorOf(
    kind: UpstreamFailure,
    message: string,
    retryable: boolean,
    cause?: unknown,
  ): UpstreamError {
    const accepted = this.status >= 200 && this.status < 300;
    return new UpstreamError({ kind, message, retryable, accepted, cause });
  }

  private classify(error: Error): UpstreamError {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
    const text = error.message === '' ? code : error.message;
    if (this.status > 0) {
      return code === 'UND_ERR_BODY_TIMEOUT'
        ? this.errorOf('timeout', 'it fell silent within its answer', false, error)
        : this.errorOf('cut', `its answer broke off: ${text}`, false, error);
    }
    if (code === 'UND_ERR_HEADERS_TIMEOUT') {
      return this.errorOf('timeout', 'it did not begin to answer in time', true, error);
    }
    if (error instanceof errors.HTTPParserError || code === 'UND_ERR_HEADERS_OVERFLOW') {
      return this.errorOf('protocol', `it does not answer in HTTP: ${text}`, true, error);
    }
    return this.errorOf('connect', `it cannot be reached: ${text}`, true, error);
  }

  private statusError(): UpstreamError {
    const isToBeTold = isRequestFault(this.status) || isNotServed(this.status);
    const complaint = isToBeTold
      ? readComplaint(this.errorBody.toString(), this.apiKey)
      : undefined;
    // Another channel has another account, and callers need not know of ours.
    const isOurs = complaint !== undefined && isOfOurAccount(complaint);
    const status = isOurs ? 402 : this.status;
    const retryAfter = Number(this.headers['retry-after'] ?? NaN);
    return new UpstreamError({
      kind: 'status',
      message: `it answered ${this.status}${isOurs ? ', for our account with it is empty' : ''}`,
      retryable: !isRequestFault(status),
      accepted: false,
      status,
      ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
      ...(complaint && !isOurs ? { complaint } : {}),
    });
  }
}
