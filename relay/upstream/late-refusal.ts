// An upstream that accepted a request and refuses it within its answer: it is told and judged as if it had answered the
// status that it means.
import { membersOf, textIn } from '../members';
import { complaintIn, isOfOurAccount } from './upstream-complaint';
import { overloaded, UpstreamError } from './upstream-error';

/**
 * It finds fault with the request, as every channel would: 400.
 * @param error what it says: `{message, type, param, code}`, of which any may be missing.
 */
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

const tooMany = 429;

/** By OpenAI's codes and Anthropic's types. */
const limits: ReadonlyMap<unknown, number> = new Map([
  ['rate_limit_exceeded', tooMany],
  ['server_is_overloaded', overloaded],
  ['slow_down', overloaded],
  ['rate_limit_error', tooMany],
  ['overloaded_error', overloaded],
]);

/** It is at its limit: 429 or 529; undefined: it says something else. */
export function lateLimit(error: unknown): UpstreamError | undefined {
  const { code, type, message } = membersOf(error);
  const status = limits.get(code) ?? limits.get(type);
  if (status === undefined) return undefined;
  const said = textIn(message);
  const retryAfterSeconds = secondsIn(said);
  return new UpstreamError({
    kind: 'status',
    message: `it is at its limit (${status}), it says within its answer: ${said.slice(0, 500)}`,
    retryable: true,
    accepted: true,
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** OpenAI's words where there is no header any more: `Please try again in 6.2s.` */
function secondsIn(message: string): number | undefined {
  const [, count, unit] = /try again in (\d+(?:\.\d+)?) ?(ms|s)/i.exec(message) ?? [];
  if (count === undefined) return undefined;
  return unit?.toLowerCase() === 'ms' ? Number(count) / 1_000 : Number(count);
}
