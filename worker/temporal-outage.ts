// Temporal away, overloaded or not ready yet, by the codes of gRPC: what may pass by itself, and how it is waited for.
import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';

/** CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const outageCodes = new Set([1, 4, 8, 14]);
/** INVALID_ARGUMENT, PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED: what no wait mends. */
const lastingCodes = new Set([3, 7, 12, 16]);

const patienceMs = 60_000;
const pauseMs = 250;

/** The gRPC code of an error, or of what caused it; undefined for one of another kind. */
function codeOf(error: unknown): number | undefined {
  const cause = error instanceof Error && !isGrpcServiceError(error) ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}

export function isOutageError(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && outageCodes.has(code);
}

/**
 * Does what a start needs of the server, again and again while that is not ready: one that has just begun answers some
 * questions seconds later than others.
 * @throws what it was refused with, when that lasts for a minute or no wait would mend it
 */
export async function outlast<Result>(
  act: () => Promise<Result>,
  { forMs = patienceMs, everyMs = pauseMs } = {},
): Promise<Result> {
  const deadline = performance.now() + forMs;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const code = codeOf(error);
      const mayPass = code !== undefined && !lastingCodes.has(code);
      if (!mayPass || performance.now() > deadline) throw error;
      await sleep(everyMs);
    }
  }
}
