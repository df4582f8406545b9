// What a lifecycle's step is answered with (DESIGN 5): what comes next, and when. Journal time decides; the workflow, whose
// clock is another, is told both how long to wait and until when.
import { isoTime } from '../domain/time';

export interface LifecycleStep<Kind extends string> {
  /** `nothing`: it is over. */
  readonly kind: Kind | 'nothing';
  /** By journal time, from when it was answered; 0: at once. */
  readonly waitMs: number;
  /** ISO 8601, where it has to wait; an answer may be heard long after it was given. Absent in histories from before. */
  readonly dueAt?: string;
}

/** A step and when it is due, in milliseconds since 1970; 0: at once. */
export interface DueStep<Kind extends string> {
  readonly kind: Kind | 'nothing';
  readonly dueAt: number;
}

/** @param atLeastMs where the step was asked for in time and something else is in its way */
export function stepAt<Kind extends string>(
  at: number,
  { kind, dueAt }: DueStep<Kind>,
  atLeastMs = 0,
): LifecycleStep<Kind> {
  if (dueAt <= at) return { kind, waitMs: atLeastMs };
  return { kind, waitMs: Math.max(atLeastMs, dueAt - at), dueAt: isoTime(dueAt) };
}
