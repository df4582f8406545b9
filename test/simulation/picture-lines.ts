// A line of a picture: what it is of, and what is there.

export type Line = readonly [what: string, value: string];

export function words(...parts: readonly (string | number | bigint | null)[]): string {
  return parts.map((part) => part ?? '-').join(' ');
}
