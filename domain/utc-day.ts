// Days as they are named in proofs and reports: UTC, written 2026-11-22.
import { assert } from './errors';

const dayMs = 24 * 60 * 60 * 1000;

/** The day that a time (milliseconds since 1970) lies in. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Whether a text names a day that there is. */
export function isDay(text: string): boolean {
  const startsAt = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00.000Z`) : NaN;
  return !Number.isNaN(startsAt) && dayOf(startsAt) === text;
}

/** Its first millisecond. */
export function dayStart(day: string): number {
  const startsAt = Date.parse(`${day}T00:00:00.000Z`);
  assert(Number.isSafeInteger(startsAt) && dayOf(startsAt) === day, `${day} is a day`);
  return startsAt;
}

/** The first millisecond after it. */
export function dayEnd(day: string): number {
  return dayStart(day) + dayMs;
}

/** The day so many days later, or earlier when negative. */
export function addDays(day: string, days: number): string {
  return dayOf(dayStart(day) + days * dayMs);
}
