// How long to wait before a process that ended by itself is started again.

const firstMs = 300;
const longestMs = 10_000;
/** A process that lived this long has proved itself. */
const provenMs = 60_000;

export interface Backoff {
  started(): void;
  /** The next delay; doubles until a process has lived for a minute. */
  nextMs(): number;
}

export function createBackoff(now: () => number = () => performance.now()): Backoff {
  let delayMs = firstMs;
  let startedAt = now();
  return {
    started() {
      startedAt = now();
    },
    nextMs() {
      if (now() - startedAt > provenMs) delayMs = firstMs;
      const current = delayMs;
      delayMs = Math.min(longestMs, delayMs * 2);
      return current;
    },
  };
}
