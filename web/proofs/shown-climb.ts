// A way up a tree, in words and as it is shown.
import { areEqual, toHex, type Bytes } from './bytes';
import { check, type Check, type ShownClimb } from './check';
import type { Climb } from './climb';

export function rootCheck(way: Climb<Bytes>, root: Bytes): Check {
  return check(
    areEqual(way.top, root),
    `${wayOf(way)} the signed root.`,
    'The way up from the leaf ends at another root than the signed one.',
  );
}

/** `3 siblings lead from the leaf to` */
export function wayOf({ steps }: Climb<unknown>): string {
  if (steps.length === 0) return 'The leaf is alone, and is itself';
  return steps.length === 1
    ? 'One sibling leads from the leaf to'
    : `${steps.length} siblings lead from the leaf to`;
}

export function shownClimb({ leaf, steps }: Climb<Bytes>, root: Bytes): ShownClimb {
  return {
    leaf: toHex(leaf),
    steps: steps.map(({ side, sibling, node }) => ({
      side,
      sibling: toHex(sibling),
      node: toHex(node),
    })),
    signedRoot: toHex(root),
  };
}
