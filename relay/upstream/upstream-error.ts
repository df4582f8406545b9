// How a call to an upstream can fail (DESIGN 2.2 "Upstreams" and "Faults"): what the relay decides by when it
// tries another channel or settles, and what the caller is told.

export type UpstreamFailure =
  /** No connection: refused, unresolved, not allowed, no TLS, or reset before any byte of an answer. */
  | 'connect'
  /** No first byte, then none for too long, or a call longer than calls may be. */
  | 'timeout'
  /** A status other than 2xx. */
  | 'status'
  /** An answer that ended before it was complete. */
  | 'cut'
  /** An answer that is not what the protocol allows: no JSON, too large, a redirect. */
  | 'protocol'
  /** We hung up: the client left, or the process is ending. */
  | 'aborted';

/** The parts of an upstream's own error that a caller may see, already cleaned. */
export interface UpstreamComplaint {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
}

export interface UpstreamErrorFields {
  readonly kind: UpstreamFailure;
  /** For the log: it may name addresses. */
  readonly message: string;
  /** Another channel may do better, as long as the client has got no byte. */
  readonly retryable: boolean;
  /** The upstream had answered 2xx, so it may bill what it did. */
  readonly accepted: boolean;
  readonly status?: number;
  /** Seconds that the upstream asks to wait. */
  readonly retryAfterSeconds?: number;
  readonly complaint?: UpstreamComplaint;
  readonly cause?: unknown;
}

export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly kind: UpstreamFailure;
  readonly retryable: boolean;
  readonly accepted: boolean;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly complaint: UpstreamComplaint | undefined;

  constructor(fields: UpstreamErrorFields) {
    super(fields.message, { cause: fields.cause });
    this.kind = fields.kind;
    this.retryable = fields.retryable;
    this.accepted = fields.accepted;
    this.status = fields.status;
    this.retryAfterSeconds = fields.retryAfterSeconds;
    this.complaint = fields.complaint;
  }
}

/** What an upstream did wrong that had accepted the request: broke off, or did not keep to the protocol. */
export function answerFault(kind: 'cut' | 'protocol', message: string): UpstreamError {
  return new UpstreamError({ kind, message, retryable: false, accepted: true });
}

/** The status by which Anthropic says that it is overloaded. */
export const overloaded = 529;

/** Statuses by which an upstream finds fault with the request itself: every channel would. */
export function isRequestFault(status: number | undefined): boolean {
  return status === 400 || status === 413 || status === 415 || status === 422;
}

/** Statuses by which an upstream says that it lacks the endpoint or the model: it is well, and another may have them. */
export function isNotServed(status: number | undefined): boolean {
  return status === 404 || status === 405 || status === 501;
}
