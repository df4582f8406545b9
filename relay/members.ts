// Reading JSON of an upstream, which may leave out or add whatever it likes.

export type Members = Readonly<Record<string, unknown>>;

/** Of what is no object, none. */
export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
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
