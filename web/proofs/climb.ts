// The way from a leaf up to a root, sibling by sibling (RFC 9162, 2.1.3.2), for trees of whatever nodes.
import { ProofError } from './bytes';

/** Where a leaf stands, and what stands beside its way up. */
export interface Place<Node> {
  /** From 0. */
  readonly index: number;
  /** Leaves of the tree. */
  readonly size: number;
  /** The lowest first. */
  readonly path: readonly Node[];
}

export interface Step<Node> {
  readonly sibling: Node;
  /** On which side of what was reached so far. */
  readonly side: 'left' | 'right';
  /** What both make. */
  readonly node: Node;
}

export interface Climb<Node> {
  readonly leaf: Node;
  readonly steps: readonly Step<Node>[];
  /** What it comes to. */
  readonly top: Node;
}

const half = (number: number) => Math.floor(number / 2);
const isOdd = (number: number) => number % 2 === 1;

/** @throws ProofError when there is no such leaf, or the siblings are too few or too many to end at a root */
export async function climb<Node>(
  leaf: Node,
  { index, size, path }: Place<Node>,
  parent: (left: Node, right: Node) => Promise<Node>,
): Promise<Climb<Node>> {
  if (![index, size].every(Number.isSafeInteger) || index < 0 || index >= size) {
    throw new ProofError(`a tree of ${size} leaves has none numbered ${index}`);
  }
  let [node, at, last] = [leaf, index, size - 1];
  const steps: Step<Node>[] = [];
  for (const sibling of path) {
    if (last === 0) throw new ProofError('the proof has more siblings than the tree has levels');
    // The last of a level without a sibling goes up as it is.
    while (at === last && !isOdd(at)) [at, last] = [half(at), half(last)];
    const side = isOdd(at) ? 'left' : 'right';
    node = await (side === 'left' ? parent(sibling, node) : parent(node, sibling));
    steps.push({ sibling, side, node });
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw new ProofError('the proof has too few siblings to reach a root');
  return { leaf, steps, top: node };
}
