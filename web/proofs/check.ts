// What came of checking something: one sentence a check, and whether it holds.

/** `unknown`: this browser cannot tell. */
export type Verdict = 'holds' | 'fails' | 'unknown';

export interface Check {
  readonly verdict: Verdict;
  readonly text: string;
}

/** A way from a leaf to a root as it is shown: what each step takes and makes, in hex. */
export interface ShownClimb {
  readonly leaf: string;
  readonly steps: readonly {
    readonly side: 'left' | 'right';
    readonly sibling: string;
    readonly node: string;
  }[];
  readonly signedRoot: string;
}

export interface Verification {
  readonly checks: readonly Check[];
  /** null: it did not come so far. */
  readonly climb: ShownClimb | null;
}

export const holds = (text: string): Check => ({ verdict: 'holds', text });
export const fails = (text: string): Check => ({ verdict: 'fails', text });
export const unknown = (text: string): Check => ({ verdict: 'unknown', text });

/** One that fails makes all of it wrong; one that nobody can tell leaves it open. */
export function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ verdict }) => verdict === 'fails')) return 'fails';
  return checks.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'holds';
}

export function check(isRight: boolean, right: string, wrong: string): Check {
  return isRight ? holds(right) : fails(wrong);
}
