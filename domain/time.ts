// Times as they are told: ISO 8601 in UTC, from milliseconds since 1970 (DESIGN 6).

export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The same for a time that may not be there. */
export function optionalIsoTime(atMs: number | null): string | null {
  return atMs === null ? null : isoTime(atMs);
}
