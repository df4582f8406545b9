// The example of docs/formats/burn-log.md, computed again from its records.
import { readFileSync } from 'node:fs';
import { burnHash, burnLeaf } from '../../domain/burn';
import { openCheckpoint, signCheckpoint } from '../../domain/checkpoint';
import { MerkleTree } from '../../domain/merkle/tree';
import { formatVerifierKey, parseVerifierKey } from '../../domain/signed-note';
import { createLogSigner } from '../../services/proofs/log-signer';

const page = readFileSync('docs/formats/burn-log.md', 'utf8');
const [, example = ''] = page.split('## Example');
const blocks = [...example.matchAll(/```(?:json)?\n([^]*?)```/g)].map(([, block = '']) => block);
const [records = '', leaf, roots, inclusion, consistency, key = '', head = ''] = blocks;

const burns = records
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { hash: string });
const leaves = burns.map(({ hash: _, ...record }) => record);
const tree = MerkleTree.of(leaves.map(burnHash));
const hexLines = (hashes: Buffer[]) => hashes.map((hash) => `${hash.toString('hex')}\n`).join('');

it('has the hashes and the leaf that its records give', () => {
  expect(burns.map(({ hash }) => hash)).toEqual(
    leaves.map((record) => burnHash(record).toString('hex')),
  );
  expect(leaf).toBe(`${burnLeaf(leaves[1] ?? {})}\n`);
});

it('has the roots and the proofs of their tree', () => {
  expect(roots).toBe(hexLines([1, 2, 3].map((size) => tree.root(size))));
  expect(inclusion).toBe(hexLines(tree.inclusionPath(1)));
  expect(consistency).toBe(hexLines(tree.consistencyPath(1)));
});

it('has the key and the head of its seed', () => {
  const signer = createLogSigner(Buffer.from(Array.from({ length: 32 }, (_, i) => i)));
  expect(signer && `${formatVerifierKey(signer.key)}\n`).toBe(key);
  expect(signer && signCheckpoint(signer, 3, tree.root())).toBe(head);
  expect(openCheckpoint(head, parseVerifierKey(key.trim()))).toMatchObject({ size: 3 });
});
