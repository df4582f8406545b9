// Hashes of RFC 6962's tree, and that a tree goes on from a smaller one (RFC 9162, 2.1.4.2).
import { areEqual, bytesOf, sha256, type Bytes } from './bytes';

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** @param leaf its text, taken in UTF-8 */
export function leafHash(leaf: string): Promise<Bytes> {
  return sha256(leafPrefix, bytesOf(leaf));
}

export function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(nodePrefix, left, right);
}

export interface ConsistencyProof {
  /** Leaves of the older tree. */
  readonly from: number;
  /** Leaves of the newer tree. */
  readonly to: number;
  readonly fromRoot: Bytes;
  readonly toRoot: Bytes;
  readonly path: readonly Bytes[];
}

const half = (number: number) => Math.floor(number / 2);
const isOdd = (number: number) => number % 2 === 1;

/** Whether the newer tree begins with the leaves of the older one; sizes are 0 < from <= to. */
export async function isConsistent(proof: ConsistencyProof): Promise<boolean> {
  const { from, to, fromRoot, toRoot, path } = proof;
  if (![from, to].every(Number.isSafeInteger) || from <= 0 || from > to) return false;
  if (from === to) return path.length === 0 && areEqual(fromRoot, toRoot);
  let [at, last] = [from - 1, to - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  // A complete older tree is a node of the newer one: the proof leaves it out.
  const [first, ...siblings] = at === 0 ? [fromRoot, ...path] : path;
  if (!first) return false;
  let [older, newer] = [first, first];
  for (const sibling of siblings) {
    if (last === 0) return false;
    while (at === last && !isOdd(at)) [at, last] = [half(at), half(last)];
    if (isOdd(at)) {
      older = await nodeHash(sibling, older);
      newer = await nodeHash(sibling, newer);
    } else {
      newer = await nodeHash(newer, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && areEqual(older, fromRoot) && areEqual(newer, toRoot);
}
