// The moments at which the demo's history happens (DESIGN 7): far apart at first, for a week is long, and close
// together at last, where charts are looked at and the mark price must warm up.
import type { Random } from './random';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

export const historyMs = 7 * 24 * hourMs;
/** Before the end: how long the mark is ticked, which is more than it needs to warm up. */
export const tickedMs = 33 * minuteMs;

export interface Moment {
  readonly at: number;
  /** Since the moment before. */
  readonly ms: number;
  readonly isTicked: boolean;
}

/** @param leftMs until the end of the history */
function stepMs(leftMs: number): number {
  if (leftMs > 24 * hourMs) return 20 * minuteMs;
  if (leftMs > 6 * hourMs) return 10 * minuteMs;
  // A tick makes up ten seconds of the mark's warm-up at most.
  return leftMs > tickedMs ? 90 * secondMs : 10 * secondMs;
}

/** After `from`, up to `to` itself. Nobody acts by the clock's minutes, so the coarse steps vary by a fifth. */
export function* timeline(from: number, to: number, random: Random): Generator<Moment> {
  let before = from;
  while (before < to) {
    const leftMs = to - before;
    const isTicked = leftMs <= tickedMs;
    const even = stepMs(leftMs);
    const step = isTicked ? even : Math.round(even * random.between(0.8, 1.2));
    const at = Math.min(to, before + step);
    yield { at, ms: at - before, isTicked };
    before = at;
  }
}
