// How often to look for what ends in seconds or in hours, nobody knows.

const longestWaitMs = 60_000;

/** How long to wait before looking again: a tenth of the time that it has taken, at least `shortestMs`, at most a minute. */
export function nextPollMs(elapsedMs: number, shortestMs: number): number {
  return Math.min(longestWaitMs, Math.max(shortestMs, Math.round(elapsedMs / 10)));
}
