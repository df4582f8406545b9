// The pace of a demo trader (DESIGN 7): one act after the other, with pauses; when the API is away ever longer ones, so
// that what comes back is not met by a crowd.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ApiAway, ApiRefusal } from './api-client';
import type { Random } from './random';

const firstBackoffMs = 1_000;
const longestBackoffMs = 15_000;
/** After a refusal that no next attempt would change soon, such as a frozen account. */
const refusedMs = 10_000;

export interface Pace {
  readonly name: string;
  /** Between the end of an act and the next. */
  readonly pauseMs: readonly [least: number, most: number];
  readonly act: () => Promise<void>;
  readonly random: Random;
  readonly logger: Logger;
  readonly stopped: AbortSignal;
}

/** Acts until it is stopped; never throws. */
export async function keepActing(pace: Pace): Promise<void> {
  const { name, act, random, logger, stopped } = pace;
  let failures = 0;
  while (!stopped.aborted) {
    let pauseMs = random.between(...pace.pauseMs);
    try {
      await act();
      if (failures > 0) logger.info({ trader: name, failures }, 'goes on');
      failures = 0;
    } catch (error) {
      if (stopped.aborted) return;
      failures++;
      // Told once: an outage is the API's to report.
      if (failures === 1) logger.info({ trader: name, err: error }, 'waits');
      pauseMs += random.between(0.5, 1) * waitAfter(error, failures);
    }
    await sleep(pauseMs, undefined, { signal: stopped }).catch(() => undefined);
  }
}

function waitAfter(error: unknown, failures: number): number {
  if (error instanceof ApiRefusal) return Math.max(refusedMs, 2 * error.retryAfterMs);
  if (!(error instanceof ApiAway)) return longestBackoffMs;
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures, 10));
}
