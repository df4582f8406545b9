// The tree of liabilities (docs/formats/liabilities.md): each node is a hash and what its leaves are owed, in Credits and LCO.
import { bytesOf, join, ProofError, sha256, type Bytes } from './bytes';
import { sumLimit } from './units';

export interface SumNode {
  readonly hash: Bytes;
  /** Base units. */
  readonly credit: bigint;
  readonly lco: bigint;
}

function encode({ hash, credit, lco }: SumNode): Bytes {
  const sums = new DataView(new ArrayBuffer(16));
  sums.setBigUint64(0, credit);
  sums.setBigUint64(8, lco);
  return join(hash, new Uint8Array(sums.buffer));
}

export async function sumParent(left: SumNode, right: SumNode): Promise<SumNode> {
  const [credit, lco] = [left.credit + right.credit, left.lco + right.lco];
  if (credit >= sumLimit || lco >= sumLimit) throw new ProofError('the sums are too large');
  return { hash: await sha256(Uint8Array.of(1), encode(left), encode(right)), credit, lco };
}

/** Names an owner without telling who it is. */
export function ownerHash(salt: string, userId: string): Promise<Bytes> {
  return sha256(bytesOf(salt), bytesOf(userId));
}

export async function sumLeaf(owner: Bytes, credit: bigint, lco: bigint): Promise<SumNode> {
  return {
    hash: await sha256(Uint8Array.of(0), encode({ hash: owner, credit, lco })),
    credit,
    lco,
  };
}
