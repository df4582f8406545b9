// An upstream that accepted a request and finds fault with it within its answer: every channel would, and the caller is
// told as if it had answered 400.
import { complaintIn, isOfOurAccount } from './upstream-complaint';
import { UpstreamError } from './upstream-error';

/** @param error what it says: `{message, type, param, code}`, of which any may be missing. */
export function lateRefusal(error: unknown, apiKey: string | null): UpstreamError {
  const complaint = complaintIn(error, apiKey);
  // Callers need not know of our account.
  const isOurs = complaint !== undefined && isOfOurAccount(complaint);
  return new UpstreamError({
    kind: 'status',
    message: isOurs
      ? 'our account with it is empty, it says within its answer'
      : `it refused the request within its answer: ${complaint?.message ?? 'without a word'}`,
    retryable: false,
    accepted: true,
    status: isOurs ? 402 : 400,
    ...(complaint && !isOurs ? { complaint } : {}),
  });
}
