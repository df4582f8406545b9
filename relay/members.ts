// Reading JSON of an upstream, which may leave out or add whatever it likes.
import { answerFault } from './upstream/upstream-error';

export type Members = Readonly<Record<string, unknown>>;

/** Of what is no object, none. */
export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

/** Those of the data of an event. @throws UpstreamError for what is no object */
export function membersOfEvent(data: string): Members {
  try {
    const event: unknown = JSON.parse(data);
    if (typeof event === 'object' && event !== null) return event as Members;
  } catch {
    // told below
  }
  throw answerFault('protocol', 'an event of its answer is no JSON object');
}

/** Of what is no text, none. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Nor what is undefined, which JSON does not have. */
export function withoutNulls(members: Members): Members {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  );
}
