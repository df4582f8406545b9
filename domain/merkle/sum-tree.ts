// The Merkle sum tree of liabilities (DESIGN 2.12): every node says how many Credits and LCO its leaves are owed, and
// its hash covers each child's hash and each child's sums apart. (A hash over the children's total alone, as in the
// tree that first bore the name, lets a node with 3 and 5 below it claim 5: each user's path still adds up.)
// Its form is that of RFC 6962: a tree of n leaves splits at the largest power of two below n. The format for
// strangers is docs/formats/liabilities.md.
import { createHash } from 'node:crypto';
import { assert } from '../errors';

/** A node's commitment. The sums are base units, never negative. */
export interface SumNode {
  /** SHA-256, 32 bytes. */
  readonly hash: Buffer;
  readonly credit: bigint;
  readonly lco: bigint;
}

/** What the platform owes one owner. */
export interface Liability {
  /** `ownerHash` of the owner, 32 bytes. */
  readonly ownerHash: Buffer;
  readonly credit: bigint;
  readonly lco: bigint;
}

/** Sums stay below it, so that no addition can wrap around in a verifier of 64 bits. */
const sumLimit = 2n ** 63n;

const leafPrefix = 0;
const nodePrefix = 1;

/** The tree without leaves: the hash of nothing, as in RFC 6962. */
export const emptySum: SumNode = { hash: sha256(), credit: 0n, lco: 0n };

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function isSum(sum: bigint): boolean {
  return sum >= 0n && sum < sumLimit;
}

function encode(prefix: number, ...nodes: readonly SumNode[]): Buffer {
  const bytes = Buffer.alloc(1 + nodes.length * 48);
  let at = bytes.writeUInt8(prefix);
  for (const { hash, credit, lco } of nodes) {
    assert(hash.length === 32 && isSum(credit) && isSum(lco), 'a node of the sum tree is sound');
    at += hash.copy(bytes, at);
    at = bytes.writeBigUInt64BE(credit, at);
    at = bytes.writeBigUInt64BE(lco, at);
  }
  return bytes;
}

/** sha256(0x00 || owner hash || credit || lco), sums as unsigned 64-bit integers, the highest byte first. */
export function sumLeaf({ ownerHash, credit, lco }: Liability): SumNode {
  return { hash: sha256(encode(leafPrefix, { hash: ownerHash, credit, lco })), credit, lco };
}

/** sha256(0x01 || left's hash, credit, lco || right's hash, credit, lco) and the sums of both. */
export function sumParent(left: SumNode, right: SumNode): SumNode {
  const node = {
    hash: sha256(encode(nodePrefix, left, right)),
    credit: left.credit + right.credit,
    lco: left.lco + right.lco,
  };
  assert(isSum(node.credit) && isSum(node.lco), 'what is owed in all has 63 bits');
  return node;
}

/** Pairs from the left; a last one alone goes up as it is, which is RFC 6962's split level by level. */
function levelAbove(nodes: readonly SumNode[]): SumNode[] {
  const above: SumNode[] = [];
  for (let i = 0; i < nodes.length; i += 2) {
    const [left, right] = [nodes[i], nodes[i + 1]];
    if (left) above.push(right ? sumParent(left, right) : left);
  }
  return above;
}

/** The root over nodes of one level: leaves, or the roots of aligned subtrees of equal size (the last may be smaller). */
export function sumRoot(nodes: readonly SumNode[]): SumNode {
  let level = nodes;
  while (level.length > 1) level = levelAbove(level);
  return level[0] ?? emptySum;
}

/** The siblings on the way from a node to the root over `nodes`, the lowest first. */
export function sumPath(nodes: readonly SumNode[], index: number): SumNode[] {
  assert(index >= 0 && index < nodes.length, 'the node is in the tree');
  const path: SumNode[] = [];
  let level = nodes;
  for (let at = index; level.length > 1; at >>= 1) {
    const sibling = level[at ^ 1];
    if (sibling) path.push(sibling);
    level = levelAbove(level);
  }
  return path;
}

export interface SumProof {
  readonly index: number;
  /** Leaves of the tree. */
  readonly size: number;
  readonly path: readonly SumNode[];
}

/**
 * Whether a leaf is in the tree with this root: hashes and both sums must come out. A path with a negative or an
 * overflowing sum proves nothing.
 */
export function isInSumTree(
  leaf: SumNode,
  { index, size, path }: SumProof,
  root: SumNode,
): boolean {
  if (![index, size].every(Number.isSafeInteger) || index < 0 || index >= size) return false;
  if (![leaf, ...path].every(({ credit, lco }) => isSum(credit) && isSum(lco))) return false;
  let node = leaf;
  let [at, last] = [index, size - 1];
  for (const sibling of path) {
    if (last === 0) return false;
    // A node that is the last of an odd level has no sibling there: it went up as it is.
    while (at === last && at % 2 === 0) [at, last] = [at / 2, last / 2];
    if (!isSum(node.credit + sibling.credit) || !isSum(node.lco + sibling.lco)) return false;
    node = at % 2 === 1 ? sumParent(sibling, node) : sumParent(node, sibling);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return (
    last === 0 &&
    node.credit === root.credit &&
    node.lco === root.lco &&
    node.hash.equals(root.hash)
  );
}
