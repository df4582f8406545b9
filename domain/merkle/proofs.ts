// How a stranger checks the proofs of an RFC 6962 tree without having it (the algorithms of RFC 9162, 2.1.3.2 and
// 2.1.4.2). What comes from outside is never trusted: anything malformed proves nothing.
import { nodeHash } from './tree';

const hashLength = 32;

/** That a leaf is in a tree. */
export interface InclusionProof {
  readonly leafHash: Buffer;
  /** Of the leaf, from 0. */
  readonly index: number;
  /** Leaves of the tree. */
  readonly size: number;
  /** Siblings, the lowest first. */
  readonly path: readonly Buffer[];
  readonly root: Buffer;
}

/** That a tree begins with the leaves of a smaller one. */
export interface ConsistencyProof {
  /** Leaves of the older tree. */
  readonly from: number;
  /** Leaves of the newer tree. */
  readonly to: number;
  readonly fromRoot: Buffer;
  readonly toRoot: Buffer;
  readonly path: readonly Buffer[];
}

function areHashes(...hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === hashLength);
}

const half = (number: number) => Math.floor(number / 2);
const isOdd = (number: number) => number % 2 === 1;

/** Whether the leaf is in the tree with this root. */
export function isIncluded({ leafHash, index, size, path, root }: InclusionProof): boolean {
  if (![index, size].every(Number.isSafeInteger) || index < 0 || index >= size) return false;
  if (!areHashes(leafHash, root, ...path)) return false;
  let [node, at, last] = [leafHash, index, size - 1];
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      node = nodeHash(sibling, node);
      // The last of a level without a sibling goes up as it is.
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      node = nodeHash(node, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && node.equals(root);
}

/** Whether the newer tree begins with the older one; sizes are 0 < from <= to. */
export function isConsistent({ from, to, fromRoot, toRoot, path }: ConsistencyProof): boolean {
  if (![from, to].every(Number.isSafeInteger) || from <= 0 || from > to) return false;
  if (!areHashes(fromRoot, toRoot, ...path)) return false;
  if (from === to) return path.length === 0 && fromRoot.equals(toRoot);
  let [at, last] = [from - 1, to - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  // A complete older tree is a node of the newer one: the proof leaves it out.
  const [first, ...siblings] = at === 0 ? [fromRoot, ...path] : path;
  if (!first) return false;
  let [older, newer] = [first, first];
  for (const sibling of siblings) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      newer = nodeHash(newer, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && older.equals(fromRoot) && newer.equals(toRoot);
}
