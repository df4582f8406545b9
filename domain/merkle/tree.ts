// The Merkle tree of RFC 6962 (section 2.1), as DESIGN 2.12 uses it: its hashes, its root, and the proofs that a leaf is
// in it and that a tree goes on from a smaller one. Whoever checks such a proof needs proofs.ts alone.
import { createHash } from 'node:crypto';
import { assert } from '../errors';

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The root of a tree without leaves: the hash of nothing. */
export const emptyRoot: Buffer = sha256();

/** sha256(0x00 || leaf); a text is taken in UTF-8. */
export function leafHash(leaf: string | Uint8Array): Buffer {
  return sha256(leafPrefix, leaf);
}

/** sha256(0x01 || left || right) */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(nodePrefix, left, right);
}

/** The root over leaves that come one by one, in memory that grows with the logarithm of their number. */
export class RootBuilder {
  /** Roots of complete subtrees, the largest first: one for each 1 in the binary form of `size`. */
  private readonly peaks: Buffer[] = [];
  private leaves = 0;

  /** Leaves so far. */
  get size(): number {
    return this.leaves;
  }

  /** Takes the next leaf's hash, or the root of the next run when all runs have the same power of two of leaves. */
  add(hash: Buffer): void {
    let node = hash;
    // Each trailing 1 of the size is a subtree as large as the one that is being closed.
    for (let rest = this.leaves; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.peaks.pop();
      assert(left, 'there is a peak for each 1 of the size');
      node = nodeHash(left, node);
    }
    this.peaks.push(node);
    this.leaves++;
  }

  root(): Buffer {
    const [first, ...others] = this.peaks.toReversed();
    return others.reduce((right, left) => nodeHash(left, right), first ?? emptyRoot);
  }
}

/** The root over leaf hashes, or over the roots of aligned runs of 2^k leaves each (the last may have fewer). */
export function rootOf(hashes: Iterable<Buffer>): Buffer {
  const builder = new RootBuilder();
  for (const hash of hashes) builder.add(hash);
  return builder.root();
}

/** Where a tree of so many leaves (two or more) is cut: the largest power of two below. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/**
 * A tree that grows leaf by leaf and keeps the root of every complete subtree (twice as many hashes as leaves), so that
 * a proof of any size it ever had costs a logarithm of hashes.
 */
export class MerkleTree {
  /** levels[h][i] is the root over the leaves from i x 2^h to (i + 1) x 2^h. */
  private readonly levels: Buffer[][] = [[]];

  static of(hashes: Iterable<Buffer>): MerkleTree {
    const tree = new MerkleTree();
    for (const hash of hashes) tree.append(hash);
    return tree;
  }

  get size(): number {
    return this.levels[0]?.length ?? 0;
  }

  append(hash: Buffer): void {
    let node = hash;
    for (let height = 0; ; height++) {
      const level = (this.levels[height] ??= []);
      level.push(node);
      const left = level.at(-2);
      if (level.length % 2 === 1 || !left) return;
      node = nodeHash(left, node);
    }
  }

  /** The root when the tree had so many leaves. */
  root(size = this.size): Buffer {
    assert(size >= 0 && size <= this.size, 'the tree had that size once');
    return size === 0 ? emptyRoot : this.rootOver(0, size);
  }

  /** PATH of RFC 6962 2.1.1: the siblings from a leaf up to the root of that size, the lowest first. */
  inclusionPath(index: number, size = this.size): Buffer[] {
    assert(index >= 0 && index < size && size <= this.size, 'the leaf is in the tree');
    const path: Buffer[] = [];
    let [start, end] = [0, size];
    while (end - start > 1) {
      const middle = start + splitOf(end - start);
      path.push(index < middle ? this.rootOver(middle, end) : this.rootOver(start, middle));
      if (index < middle) end = middle;
      else start = middle;
    }
    return path.reverse();
  }

  /** PROOF of RFC 6962 2.1.2: that the tree of `to` leaves begins with the tree of `from`; 0 < from <= to. */
  consistencyPath(from: number, to = this.size): Buffer[] {
    assert(from > 0 && from <= to && to <= this.size, 'the tree had both sizes, and a leaf');
    const path: Buffer[] = [];
    let [start, end] = [0, to];
    while (from < end) {
      const middle = start + splitOf(end - start);
      path.push(from <= middle ? this.rootOver(middle, end) : this.rootOver(start, middle));
      if (from <= middle) end = middle;
      else start = middle;
    }
    // The verifier has the older root itself when that is where the descent ends.
    if (start > 0) path.push(this.rootOver(start, end));
    return path.reverse();
  }

  /** MTH of RFC 6962 2.1 over the leaves from `start` to `end`, a run that its splits come to. */
  private rootOver(start: number, end: number): Buffer {
    const size = end - start;
    const height = Math.log2(size);
    if (Number.isInteger(height)) {
      const node = this.levels[height]?.[start / size];
      assert(node, 'a complete subtree is kept');
      return node;
    }
    const middle = start + splitOf(size);
    return nodeHash(this.rootOver(start, middle), this.rootOver(middle, end));
  }
}

/** The siblings on the way from one of the hashes to the root over all of them, the lowest first. */
export function inclusionPath(hashes: Iterable<Buffer>, index: number): Buffer[] {
  return MerkleTree.of(hashes).inclusionPath(index);
}
