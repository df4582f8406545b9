import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { isConsistent, isIncluded } from '../../domain/merkle/proofs';
import {
  emptyRoot,
  inclusionPath,
  leafHash,
  MerkleTree,
  nodeHash,
  RootBuilder,
  rootOf,
} from '../../domain/merkle/tree';

/** The reference tree of Certificate Transparency: leaves and roots by size, as its test suites have them. */
const referenceLeaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const referenceRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const referenceTree = MerkleTree.of(referenceLeaves.map(leafHash));
const hex = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('hex'));

/** Section 2.1 of RFC 6962, word for word. */
function definedRoot(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (!first) return createHash('sha256').digest();
  if (leaves.length === 1) return leafHash(first);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(definedRoot(leaves.slice(0, split)), definedRoot(leaves.slice(split)));
}

const leavesOf = (size: number) => Array.from({ length: size }, (_, i) => Buffer.from(`leaf ${i}`));
const largest = 70;
const leaves = leavesOf(largest);
const hashes = leaves.map(leafHash);
const tree = MerkleTree.of(hashes);

function flip(hash: Buffer, byte = 0): Buffer {
  const changed = Buffer.from(hash);
  changed.writeUInt8(changed.readUInt8(byte) ^ 1, byte);
  return changed;
}

describe('the reference tree of RFC 6962', () => {
  it.each(referenceRoots.map((root, size) => [size, root] as const))(
    'of %i leaves has its root',
    (size, root) => {
      expect(referenceTree.root(size).toString('hex')).toBe(root);
      expect(rootOf(referenceLeaves.slice(0, size).map(leafHash)).toString('hex')).toBe(root);
    },
  );

  it.each([
    [0, 1, []],
    [
      0,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      5,
      8,
      [
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
    [
      1,
      5,
      [
        '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      ],
    ],
  ])('proves leaf %i in %i leaves by its path', (index, size, path) => {
    expect(hex(referenceTree.inclusionPath(index, size))).toEqual(path);
  });

  it.each([
    [1, 1, []],
    [
      1,
      8,
      [
        '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
      ],
    ],
    [
      6,
      8,
      [
        '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
        'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
        'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      ],
    ],
    [
      2,
      5,
      [
        '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
        'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      ],
    ],
  ])('proves that %i leaves became %i by its path', (from, to, path) => {
    expect(hex(referenceTree.consistencyPath(from, to))).toEqual(path);
  });
});

describe('roots', () => {
  it('are as RFC 6962 defines them, whole, streamed and of every size that a tree had', () => {
    const builder = new RootBuilder();
    for (let size = 0; size <= largest; size++) {
      const defined = definedRoot(leaves.slice(0, size));
      expect(builder.size).toBe(size);
      expect(builder.root()).toEqual(defined);
      expect(tree.root(size)).toEqual(defined);
      const hash = hashes[size];
      if (hash) builder.add(hash);
    }
    expect(emptyRoot).toEqual(definedRoot([]));
  });

  it('over aligned runs of leaves are those over the leaves', () => {
    for (const runLength of [1, 2, 4, 16]) {
      for (let size = 0; size <= largest; size++) {
        const runs: Buffer[] = [];
        for (let at = 0; at < size; at += runLength) {
          runs.push(rootOf(hashes.slice(at, Math.min(size, at + runLength))));
        }
        expect(rootOf(runs)).toEqual(tree.root(size));
      }
    }
  });
});

describe('an inclusion proof', () => {
  it('holds for every leaf of every size, and for no other leaf, index, size or root', () => {
    for (let size = 1; size <= largest; size++) {
      const root = tree.root(size);
      for (let index = 0; index < size; index++) {
        const leaf = hashes[index]!;
        const path = tree.inclusionPath(index, size);
        const proof = { leafHash: leaf, index, size, path, root };
        expect(isIncluded(proof)).toBe(true);
        expect(isIncluded({ ...proof, leafHash: hashes[(index + 1) % largest]! })).toBe(false);
        expect(isIncluded({ ...proof, index: (index + 1) % size })).toBe(size === 1);
        expect(isIncluded({ ...proof, index: size })).toBe(false);
        expect(isIncluded({ ...proof, root: tree.root(size - 1) })).toBe(false);
        expect(isIncluded({ ...proof, path: [...path, root] })).toBe(false);
        expect(isIncluded({ ...proof, path: path.slice(1) })).toBe(size === 1);
        path.forEach((hash, i) => {
          expect(isIncluded({ ...proof, path: path.with(i, flip(hash, i)) })).toBe(false);
        });
      }
    }
  });

  it.each([
    ['a negative index', { index: -1 }],
    ['half an index', { index: 0.5 }],
    ['no size', { size: 0 }],
    ['an endless size', { size: Infinity }],
    ['a root that is too short', { root: Buffer.alloc(31) }],
    ['a leaf that is too long', { leafHash: Buffer.alloc(64) }],
    ['a sibling that is too long', { path: [Buffer.alloc(64)] }],
  ])('with %s proves nothing', (_, change) => {
    const proof = {
      leafHash: hashes[0]!,
      index: 0,
      size: 2,
      path: [hashes[1]!],
      root: tree.root(2),
    };
    expect(isIncluded(proof)).toBe(true);
    expect(isIncluded({ ...proof, ...change })).toBe(false);
  });

  it('is the same whether the tree is kept or made for it', () => {
    expect(inclusionPath(hashes.slice(0, 21), 17)).toEqual(tree.inclusionPath(17, 21));
  });
});

describe('a consistency proof', () => {
  it('holds between every two sizes, and for no other', () => {
    for (let to = 1; to <= largest; to++) {
      for (let from = 1; from <= to; from++) {
        const path = tree.consistencyPath(from, to);
        const proof = { from, to, fromRoot: tree.root(from), toRoot: tree.root(to), path };
        expect(isConsistent(proof)).toBe(true);
        expect(isConsistent({ ...proof, fromRoot: flip(proof.fromRoot) })).toBe(false);
        expect(isConsistent({ ...proof, toRoot: flip(proof.toRoot) })).toBe(false);
        expect(isConsistent({ ...proof, path: [...path, proof.toRoot] })).toBe(false);
        if (from < to) {
          expect(isConsistent({ ...proof, path: path.slice(1) })).toBe(false);
          expect(isConsistent({ ...proof, path: [] })).toBe(false);
          expect(isConsistent({ ...proof, from: to })).toBe(false);
          expect(isConsistent({ ...proof, to: from })).toBe(false);
        }
        path.forEach((hash, i) => {
          expect(isConsistent({ ...proof, path: path.with(i, flip(hash, i)) })).toBe(false);
        });
      }
    }
  });

  it('from nothing, backwards or between halves proves nothing', () => {
    const proof = {
      fromRoot: tree.root(2),
      toRoot: tree.root(4),
      path: tree.consistencyPath(2, 4),
    };
    expect(isConsistent({ ...proof, from: 2, to: 4 })).toBe(true);
    expect(isConsistent({ ...proof, from: 0, to: 4 })).toBe(false);
    expect(isConsistent({ ...proof, from: 4, to: 2 })).toBe(false);
    expect(isConsistent({ ...proof, from: 2, to: 4.5 })).toBe(false);
  });

  it('does not hold for a tree in which one leaf was changed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }).chain((to) =>
          fc.integer({ min: 1, max: to }).chain((from) =>
            fc.record({
              to: fc.constant(to),
              from: fc.constant(from),
              altered: fc.integer({ min: 0, max: from - 1 }),
            }),
          ),
        ),
        ({ from, to, altered }) => {
          const original = leavesOf(to).map(leafHash);
          const before = MerkleTree.of(original);
          const after = MerkleTree.of(original.with(altered, leafHash('forged')));
          const path = after.consistencyPath(from, to);
          const toRoot = after.root();
          expect(isConsistent({ from, to, fromRoot: after.root(from), toRoot, path })).toBe(true);
          expect(isConsistent({ from, to, fromRoot: before.root(from), toRoot, path })).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });
});
