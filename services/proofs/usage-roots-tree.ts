// The tree of one day's usage records (DESIGN 2.12), grown record by record in memory that does not grow with the day:
// RFC 6962 splits at powers of two, so the roots over aligned runs of 2^k leaves are nodes of the tree, and they are
// all that is kept of it.
import { assert } from '../../domain/errors';
import { leafHash, rootOf } from '../../domain/merkle/tree';
import { usageLeaf, type SettledCall } from './usage-roots-leaf';

/** Records that a proof reads at most, and leaves below each stored hash. */
export const defaultSubtreeSize = 1024;

/** What a day's tree comes to. */
export interface UsageTree {
  readonly size: number;
  readonly root: Buffer;
  /** The roots over each `subtreeSize` leaves, one after the other; the last may have fewer. */
  readonly subtrees: Buffer;
  /** Base units of CREDIT. */
  readonly charged: bigint;
  /** Base units of LCO. */
  readonly mined: bigint;
}

export class UsageTreeBuilder {
  private size = 0;
  private charged = 0n;
  private mined = 0n;
  private leaves: Buffer[] = [];
  private readonly subtrees: Buffer[] = [];

  constructor(private readonly subtreeSize: number) {
    assert(Number.isInteger(Math.log2(subtreeSize)), 'a subtree has a power of two of leaves');
  }

  add(call: SettledCall): void {
    this.leaves.push(leafHash(usageLeaf(call)));
    this.size++;
    this.charged += call.charge;
    this.mined += call.mined;
    if (this.leaves.length === this.subtreeSize) this.closeSubtree();
  }

  finish(): UsageTree {
    if (this.leaves.length > 0) this.closeSubtree();
    const { size, charged, mined } = this;
    return {
      size,
      root: rootOf(this.subtrees),
      subtrees: Buffer.concat(this.subtrees),
      charged,
      mined,
    };
  }

  private closeSubtree(): void {
    this.subtrees.push(rootOf(this.leaves));
    this.leaves = [];
  }
}

/** The hashes that are stored one after the other. */
export function splitHashes(bytes: Buffer): Buffer[] {
  const hashes: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 32) hashes.push(bytes.subarray(at, at + 32));
  return hashes;
}
