// So many callers at once, each with its next request when it has the last one's answer; what comes within the warm-up is
// not counted.
import { percentile } from './machine';

export interface ClosedLoop {
  readonly inFlight: number;
  readonly seconds: number;
  /** Until the data has its shape and the code is compiled. */
  readonly warmUpSeconds: number;
}

export interface LoopResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** @param request the i-th; `isCounted` says whether it was sent within the measured time */
export async function runClosedLoop(
  { inFlight, seconds, warmUpSeconds }: ClosedLoop,
  request: (i: number, isCounted: boolean) => Promise<void>,
): Promise<LoopResult> {
  const latenciesMs: number[] = [];
  let count = 0;
  const startedAt = performance.now() + warmUpSeconds * 1_000;
  const endsAt = startedAt + seconds * 1_000;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < endsAt) {
        const sentAt = performance.now();
        const isCounted = sentAt >= startedAt;
        await request(count++, isCounted);
        if (isCounted) latenciesMs.push(performance.now() - sentAt);
      }
    }),
  );
  return {
    perSecond: latenciesMs.length / ((performance.now() - startedAt) / 1_000),
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  };
}
