// What the end of a call says of its channel (DESIGN 2.2 "Upstreams"): an upstream that finds fault with a request is
// well, and one that we hung up on, or that does not serve what was asked for, has said nothing of what else it serves.
import {
  isNotServed,
  isRequestFault,
  UpstreamError,
  type UpstreamFailure,
} from '../upstream/upstream-error';

/** The ways of failing that are the channel's. */
export type ChannelFailure = Exclude<UpstreamFailure, 'aborted'>;

export type Verdict =
  | { readonly is: 'success' }
  | {
      readonly is: 'failure';
      readonly kind: ChannelFailure;
      /** The error's own: it may name addresses, and quotes the upstream. */
      readonly message: string;
      /** It answered 429 and named how long it wants to be left alone. */
      readonly waitMs: number | null;
    }
  | { readonly is: 'none' };

const success: Verdict = { is: 'success' };
const none: Verdict = { is: 'none' };

/**
 * @param error what the call ended with, also within its answer; undefined: the answer was whole. Refused keys count as
 * failures, for a channel whose key is not taken serves nobody. What is no `UpstreamError` was our own fault.
 */
export function verdictOf(error: unknown): Verdict {
  if (error === undefined) return success;
  if (!(error instanceof UpstreamError) || error.kind === 'aborted') return none;
  const { kind, message, status, retryAfterSeconds = 0 } = error;
  if (isNotServed(status)) return none;
  if (isRequestFault(status)) return success;
  const waitMs = status === 429 && retryAfterSeconds > 0 ? retryAfterSeconds * 1_000 : null;
  return { is: 'failure', kind, message, waitMs };
}
