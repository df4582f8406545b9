// The Merkle sum tree (DESIGN 2.12): golden figures computed by another implementation of docs/formats/liabilities.md,
// trees of any size by property, and what a cheat would try.
import fc from 'fast-check';
import { ownerHash } from '../../domain/merkle/owner-hash';
import {
  emptySum,
  isInSumTree,
  sumLeaf,
  sumParent,
  sumPath,
  sumRoot,
  type SumNode,
} from '../../domain/merkle/sum-tree';

const unit = 100_000_000n;

/** User i is owed i Credits and i / 4 LCO. */
function goldenLeaf(i: number): SumNode {
  const hash = ownerHash(
    `00000000-0000-4000-8000-00000000000${i}`,
    `00000000-0000-7000-8000-00000000000${i}`,
  );
  return sumLeaf({ ownerHash: hash, credit: BigInt(i) * unit, lco: (BigInt(i) * unit) / 4n });
}

const golden = [1, 2, 3, 4, 5, 6, 7].map(goldenLeaf);

it('hashes an owner with the salt', () => {
  const hash = ownerHash(
    '00000000-0000-4000-8000-000000000001',
    '00000000-0000-7000-8000-000000000001',
  );
  expect(hash.toString('hex')).toBe(
    '64f06f1bbda1f078ea53e445e7e2ca0f9d3cf126eadc306ca33e87d2f886039a',
  );
});

it.each([
  [1, '10928e5b29dbcd30eee4a0dd0957e016c7d1cfc92e28e59cd0f51cdbb6c46c38', 1n],
  [2, 'd20dab087ab2b669a4e75222dbf0e0fb51df6e72a6c5b8e5fb848086e9037df2', 3n],
  [3, '8f05748709a39379a1d4ca537c437001ea5946bb459fd447f59c1ab40601d7d4', 6n],
  [5, 'e4d007cbbc9f6d18cdb08b1bb699c9962edfbc09e8003f96ed1486bd783fb026', 15n],
  [7, 'dbcf16fae5ae6687c5c24305aba386138d030a016e1ad966f33e56fecd046360', 28n],
])('gives the root of %i users', (size, hash, credits) => {
  const root = sumRoot(golden.slice(0, size));
  expect(root.hash.toString('hex')).toBe(hash);
  expect(root).toMatchObject({ credit: credits * unit, lco: (credits * unit) / 4n });
});

it('is the hash of nothing without users, who are owed nothing', () => {
  expect(sumRoot([])).toEqual(emptySum);
  expect(emptySum.hash.toString('hex')).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

/** RFC 6962's definition: a split at the largest power of two below the size. */
function recursiveRoot(nodes: readonly SumNode[]): SumNode {
  const [only] = nodes;
  if (only && nodes.length === 1) return only;
  let split = 1;
  while (split * 2 < nodes.length) split *= 2;
  return sumParent(recursiveRoot(nodes.slice(0, split)), recursiveRoot(nodes.slice(split)));
}

const leaves = fc
  .array(fc.record({ credit: fc.bigInt(0n, 2n ** 53n), lco: fc.bigInt(0n, 2n ** 53n) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((owed) =>
    owed.map((sums, i) => sumLeaf({ ownerHash: ownerHash('salt', String(i)), ...sums })),
  );

it('is the tree that RFC 6962 defines, and proves every leaf at its place only', () => {
  fc.assert(
    fc.property(leaves, (nodes) => {
      const root = sumRoot(nodes);
      expect(root).toEqual(recursiveRoot(nodes));
      nodes.forEach((leaf, index) => {
        const proof = { index, size: nodes.length, path: sumPath(nodes, index) };
        expect(isInSumTree(leaf, proof, root)).toBe(true);
        expect(isInSumTree(leaf, { ...proof, index: index + 1 }, root)).toBe(false);
        expect(isInSumTree(leaf, { ...proof, path: [...proof.path, leaf] }, root)).toBe(false);
        if (nodes.length > 1) {
          expect(isInSumTree(leaf, { ...proof, path: proof.path.slice(1) }, root)).toBe(false);
        }
      });
    }),
  );
});

it.each([2, 4, 8])('is made of the roots over each %i leaves', (size) => {
  fc.assert(
    fc.property(leaves, (nodes) => {
      const subtrees: SumNode[] = [];
      for (let at = 0; at < nodes.length; at += size) {
        subtrees.push(sumRoot(nodes.slice(at, at + size)));
      }
      expect(sumRoot(subtrees)).toEqual(sumRoot(nodes));
      nodes.forEach((_, index) => {
        const first = index - (index % size);
        expect([
          ...sumPath(nodes.slice(first, first + size), index - first),
          ...sumPath(subtrees, Math.floor(index / size)),
        ]).toEqual(sumPath(nodes, index));
      });
    }),
  );
});

describe('a cheat', () => {
  const nodes = golden.slice(0, 4);
  const root = sumRoot(nodes);
  const [leaf] = nodes as [SumNode];
  const proof = { index: 0, size: 4, path: sumPath(nodes, 0) };

  it('cannot move an amount from one child to the other under the same total', () => {
    const [a, b] = nodes as [SumNode, SumNode];
    const swapped = sumParent({ ...a, credit: b.credit }, { ...b, credit: a.credit });
    expect(swapped.credit).toBe(sumParent(a, b).credit);
    expect(swapped.hash).not.toEqual(sumParent(a, b).hash);
  });

  it('cannot claim the larger of two children as their sum', () => {
    // What the hash over the total alone allowed: 3 and 4 below a node that claims 4.
    const [a, b, c, d] = nodes as [SumNode, SumNode, SumNode, SumNode];
    const claimed = { ...sumParent(c, d), credit: d.credit };
    const smaller = sumParent(sumParent(a, b), claimed);
    expect(smaller.credit).toBe(7n * unit);
    expect(root.credit).toBe(10n * unit);
    const third = { index: 2, size: 4, path: [d, sumParent(a, b)] };
    expect(isInSumTree(c, third, root)).toBe(true);
    expect(isInSumTree(c, third, smaller)).toBe(false);
  });

  it.each(['credit', 'lco'] as const)('cannot tell a user another sum of %s', (asset) => {
    const changed = { ...leaf, [asset]: leaf[asset] - 1n };
    expect(isInSumTree(changed, proof, root)).toBe(false);
    const path = proof.path.map((node, i) => (i === 1 ? { ...node, [asset]: 0n } : node));
    expect(isInSumTree(leaf, { ...proof, path }, root)).toBe(false);
    expect(isInSumTree(leaf, proof, { ...root, [asset]: root[asset] - 1n })).toBe(false);
  });

  it('cannot hide debts behind a negative or an overflowing sum', () => {
    for (const credit of [-1n, 2n ** 63n]) {
      const path = proof.path.map((node, i) => (i === 0 ? { ...node, credit } : node));
      expect(isInSumTree(leaf, { ...proof, path }, root)).toBe(false);
      expect(() => sumLeaf({ ownerHash: leaf.hash, credit, lco: 0n })).toThrow();
    }
    const most = { ...leaf, credit: 2n ** 63n - 1n };
    expect(() => sumParent(most, most)).toThrow();
    expect(isInSumTree(most, { index: 0, size: 2, path: [most] }, root)).toBe(false);
  });
});
