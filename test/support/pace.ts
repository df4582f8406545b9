// How much slower this machine is than the one on which the lengths of tests' windows were chosen: a lifecycle must leave its
// test the time to act, and one that is three times slower needs a longer one. Told by the global set-up.
import { windowsSchema, type WindowName } from '../../config/windows';

export const paceVariable = 'LX_TEST_PACE';

const usualMs = 300;
const slowest = 5;

/** @param tookMs of migrating an empty database, while Temporal starts beside it */
export function paceOf(tookMs: number): number {
  return Math.min(Math.max(tookMs / usualMs, 1), slowest);
}

const longMs = 60_000;

/** A length in milliseconds, as long as it must be here; a long one leaves the time anywhere. */
export function paced(ms: number): number {
  return ms < longMs ? Math.round(ms * Number(process.env[paceVariable] ?? 1)) : ms;
}

/** The text of `WINDOWS`. */
export function pacedWindows(windows: Readonly<Partial<Record<WindowName, string>>>): string {
  const lengths = windowsSchema.parse(JSON.stringify(windows));
  const names = Object.keys(windows) as WindowName[];
  return JSON.stringify(
    Object.fromEntries(names.map((name) => [name, `${paced(lengths[name])}ms`])),
  );
}
