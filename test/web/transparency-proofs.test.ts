// How the console checks proofs in the browser, against the trees, notes and keys that the platform makes, and against lies.
import { burnHash } from '../../domain/burn';
import { signCheckpoint } from '../../domain/checkpoint';
import { ownerHash } from '../../domain/merkle/owner-hash';
import { sumLeaf, sumPath, sumRoot } from '../../domain/merkle/sum-tree';
import { leafHash, MerkleTree } from '../../domain/merkle/tree';
import { parseAmount } from '../../domain/money';
import { formatVerifierKey } from '../../domain/signed-note';
import { createLogSigner } from '../../services/proofs/log-signer';
import { createRootNotes } from '../../services/proofs/root-notes';
import { verifyBurn, type Burn, type BurnEvidence } from '../../web/proofs/burn-checks';
import { canonicalJson } from '../../web/proofs/canonical-json';
import { verdictOf, type Verification } from '../../web/proofs/check';
import { verifyHead } from '../../web/proofs/head-checks';
import {
  verifyLiability,
  type LiabilityProof,
  type LiabilityRoot,
} from '../../web/proofs/liability-checks';
import { verifyUsage, type UsageEvidence } from '../../web/proofs/usage-checks';

const seed = Buffer.alloc(32, 5);
const signer = createLogSigner(seed)!;
const stranger = createLogSigner(Buffer.alloc(32, 6))!;
const key = formatVerifierKey(signer.key);
const size = 9;

const records: Burn[] = Array.from({ length: size }, (_, seq) => {
  const record = {
    seq,
    at: `2026-12-0${1 + (seq % 9)}T12:00:00.000Z`,
    kind: 'buyback' as const,
    amount: '0.5',
    supplyBefore: `${1000 - seq / 2}`,
    supplyAfter: `${999.5 - seq / 2}`,
    sourceRef: '2026-W49',
  };
  return { ...record, hash: burnHash(record).toString('hex') };
});
const tree = MerkleTree.of(records.map(({ hash }) => Buffer.from(hash, 'hex')));
const hexes = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('hex'));
const headOf = (at: number, by = signer, root = tree.root(at)) => ({
  checkpoint: signCheckpoint(by, at, root),
  size: at,
  root: root.toString('hex'),
});

function evidenceOf(seq: number, at = size): BurnEvidence {
  const record = records[seq]!;
  return {
    record,
    listed: record,
    proof: {
      leafHash: record.hash,
      index: seq,
      size: at,
      path: hexes(tree.inclusionPath(seq, at)),
      root: tree.root(at).toString('hex'),
    },
    checkpoint: headOf(at).checkpoint,
    key,
  };
}

const wrongOf = ({ checks }: Verification) =>
  checks.filter(({ verdict }) => verdict !== 'holds').map(({ text }) => text);

/** Another hash of the same form. */
const turned = (hash: string) => (hash.startsWith('0') ? '1' : '0') + hash.slice(1);

describe('a burn', () => {
  it('is proved at every place of every size', async () => {
    for (let at = 1; at <= size; at++) {
      for (let seq = 0; seq < at; seq++) {
        const found = await verifyBurn(seq, evidenceOf(seq, at));
        expect(wrongOf(found)).toEqual([]);
        expect(found.climb?.signedRoot).toBe(tree.root(at).toString('hex'));
        expect(found.climb?.steps.at(-1)?.node ?? found.climb?.leaf).toBe(found.climb?.signedRoot);
      }
    }
  });

  const honest = evidenceOf(5);
  const { record, proof } = honest;
  const [first = '', ...others] = proof.path;
  it.each<[string, Partial<BurnEvidence>]>([
    ['amount', { record: { ...record, amount: '0.4' }, listed: undefined }],
    [
      'amount, with its supply',
      {
        record: { ...record, amount: '0.4', supplyAfter: '997.1' },
        listed: undefined,
      },
    ],
    ['list', { listed: { ...record, amount: '0.4' } }],
    ['hash', { record: { ...record, hash: turned(record.hash) } }],
    ['sibling', { proof: { ...proof, path: [turned(first), ...others] } }],
    ['sibling’s form', { proof: { ...proof, path: ['x', ...others] } }],
    ['number of siblings: too few', { proof: { ...proof, path: others } }],
    ['number of siblings: too many', { proof: { ...proof, path: [...proof.path, first] } }],
    ['root', { proof: { ...proof, root: turned(proof.root) } }],
    ['size', { proof: { ...proof, size: 8 } }],
    ['index', { proof: { ...proof, index: 4 } }],
    ['burn', { record: records[4]!, listed: undefined }],
    ['head’s size', { checkpoint: honest.checkpoint.replace('\n9\n', '\n8\n') }],
    ['head’s root', { checkpoint: signCheckpoint(signer, size, Buffer.alloc(32, 1)) }],
    ['head’s signature', { checkpoint: honest.checkpoint.replace(/(.{20})(.{20})\n$/, '$2$1\n') }],
    ['head', { checkpoint: 'nothing' }],
    ['signer', { checkpoint: headOf(size, stranger).checkpoint }],
    ['key', { key: formatVerifierKey(stranger.key) }],
    ['key’s id', { key: key.replace(/\+.{8}\+/, '+00000000+') }],
    ['proof’s form', { proof: {} as BurnEvidence['proof'] }],
  ])('with a false %s is told as wrong', async (_name, lie) => {
    const found = await verifyBurn(5, { ...honest, ...lie });
    expect(verdictOf(found.checks)).toBe('fails');
  });

  it('is left open where the browser lacks Ed25519, or any cryptography', async () => {
    const { subtle } = crypto;
    const without = (given: unknown) =>
      Object.defineProperty(globalThis.crypto, 'subtle', { value: given, configurable: true });
    try {
      without({
        digest: subtle.digest.bind(subtle),
        importKey: () => Promise.reject(new DOMException('no', 'NotSupportedError')),
      });
      const found = await verifyBurn(5, honest);
      expect(wrongOf(found)).toEqual([expect.stringContaining('does not know Ed25519')]);
      expect(verdictOf(found.checks)).toBe('unknown');
      without(undefined);
      expect(wrongOf(await verifyBurn(5, honest))).toEqual([expect.stringContaining('HTTPS')]);
    } finally {
      without(subtle);
    }
  });
});

describe('the head', () => {
  const seenOf = (at: number, over = {}) => ({
    checkpoint: headOf(at).checkpoint,
    key,
    seenAt: '2026-12-01T00:00:00.000Z',
    ...over,
  });
  const path = (from: number, to: number) => Promise.resolve(hexes(tree.consistencyPath(from, to)));

  it('goes on from every smaller one', async () => {
    for (let to = 1; to <= size; to++) {
      for (let from = 0; from <= to; from++) {
        const found = await verifyHead(headOf(to), key, seenOf(from), path);
        expect(wrongOf(found)).toEqual([]);
      }
    }
    expect(wrongOf(await verifyHead(headOf(0), key, null, path))).toEqual([]);
  });

  it('that was rolled back, forked, or signed by another key is told as wrong', async () => {
    const seen = seenOf(6);
    const at = async (
      ...[now, by = key, ask = path]: readonly [ReturnType<typeof headOf>, string?, typeof path?]
    ) => wrongOf(await verifyHead(now, by, seen, ask)).join(' ');
    expect(await at(headOf(5))).toContain('ROLLED BACK');
    expect(await at(headOf(6, signer, Buffer.alloc(32, 1)))).toContain('FORKED');
    expect(await at(headOf(size, signer, Buffer.alloc(32, 1)))).toContain('FORKED');
    expect(await at(headOf(size), key, () => Promise.resolve([]))).toContain('FORKED');
    const other = formatVerifierKey(stranger.key);
    expect(await at(headOf(size, stranger), other)).toContain('THE KEY IS ANOTHER');
    expect(await at({ ...headOf(size), size: 8 })).toContain('others than those that were signed');
  });
});

describe('what a user is owed', () => {
  const users = [1, 2, 3, 4, 5].map((i) => ({
    id: `00000000-0000-7000-8000-00000000000${i}`,
    salt: `00000000-0000-4000-8000-00000000000${i}`,
    credit: `${i}`,
    lco: `${i / 4}`,
  }));
  const leaves = users.map(({ id, salt, credit, lco }) =>
    sumLeaf({ ownerHash: ownerHash(salt, id), credit: parseAmount(credit), lco: parseAmount(lco) }),
  );
  const top = sumRoot(leaves);
  const facts = { day: '2026-12-01', users: 5, credit: '15', lco: '3.75', sequence: '7' };
  const root: LiabilityRoot = {
    ...facts,
    root: top.hash.toString('hex'),
    takenAt: '2026-12-01T00:05:00.000Z',
    note: createRootNotes(seed).ofLiabilities({
      ...facts,
      ...top,
      root: top.hash,
      sequence: 7n,
    }),
  };
  const nodeOf = ({ hash, credit, lco }: typeof top) => ({
    hash: hash.toString('hex'),
    credit: `${credit / 10n ** 8n}.${String(credit % 10n ** 8n).padStart(8, '0')}`,
    lco: `${lco / 10n ** 8n}.${String(lco % 10n ** 8n).padStart(8, '0')}`,
  });
  const proofOf = (index: number): LiabilityProof => ({
    day: root.day,
    leaf: { userId: users[index]!.id, ...users[index]! },
    leafHash: leaves[index]!.hash.toString('hex'),
    index,
    size: 5,
    path: sumPath(leaves, index).map(nodeOf),
    root: nodeOf(top),
  });

  it('is proved to be in the total', async () => {
    for (const [index, { id }] of users.entries()) {
      expect(wrongOf(await verifyLiability(id, root, proofOf(index), key))).toEqual([]);
    }
  });

  const honest = proofOf(1);
  const [sibling, ...others] = honest.path;
  it.each<[string, Partial<LiabilityProof>, Partial<LiabilityRoot>]>([
    ['amount', { leaf: { ...honest.leaf, credit: '1' } }, {}],
    ['salt', { leaf: { ...honest.leaf, salt: users[0]!.salt } }, {}],
    ['sibling’s sum', { path: [{ ...sibling!, credit: '0' }, ...others] }, {}],
    ['negative sum', { path: [{ ...sibling!, credit: '-1' }, ...others] }, {}],
    ['overflowing sum', { path: [{ ...sibling!, credit: '92233720368' }, ...others] }, {}],
    ['place', { index: 2 }, {}],
    ['total', {}, { credit: '16' }],
    ['number of users', {}, { users: 6 }],
    ['root', {}, { root: turned(root.root) }],
    ['note', {}, { note: null }],
  ])('with a false %s is told as wrong', async (_name, lie, rootLie) => {
    const { id } = users[1]!;
    const found = await verifyLiability(id, { ...root, ...rootLie }, { ...honest, ...lie }, key);
    expect(verdictOf(found.checks)).toBe('fails');
  });

  it('of somebody else is not mine', async () => {
    const found = await verifyLiability(users[0]!.id, root, honest, key);
    expect(verdictOf(found.checks)).toBe('fails');
  });
});

describe('a call', () => {
  const userId = '00000000-0000-7000-8000-000000000001';
  const salt = '00000000-0000-4000-8000-000000000001';
  // The example of docs/formats/usage-roots.md, and two leaves of whatever.
  const leaf =
    '{"at":"2026-01-01T00:00:01.000Z","channelId":"00000000-0000-7000-8000-000000000009","charge":"0.00011","ending":"completed","endpoint":"chat/completions","epoch":0,"latencyMs":800,"mined":"0.0011","model":"gpt-4o-mini","multiplier":"0.95","priceVersion":"gpt-4o-mini@1","requestId":"00000000-0000-7000-8000-000000000101","settlementNumber":"1","tier":"Lv2","tokens":{"cacheWrite":0,"cachedInput":0,"input":8,"output":20,"source":"upstream"},"ttftMs":null,"userHash":"64f06f1bbda1f078ea53e445e7e2ca0f9d3cf126eadc306ca33e87d2f886039a","version":1}';
  const days = MerkleTree.of([leafHash(leaf), leafHash('b'), leafHash('c')]);
  const facts = { day: '2026-01-01', size: 3, charged: '0.00033', mined: '0.0033' };
  const root = {
    ...facts,
    root: days.root().toString('hex'),
    firstSettlement: '1',
    sequence: '9',
    publishedAt: '2026-01-02T00:05:00.000Z',
    note: createRootNotes(seed).ofUsage({
      ...facts,
      charged: 33_000n,
      mined: 330_000n,
      firstSettlement: 1n,
      root: days.root(),
    }),
  };
  const receipt = {
    ...(JSON.parse(leaf) as UsageEvidence['receipt']),
    unit: 'tokens' as const,
    units: null,
  };
  const honest: UsageEvidence = {
    receipt,
    root,
    key,
    proof: {
      day: root.day,
      leaf,
      salt,
      leafHash: leafHash(leaf).toString('hex'),
      index: 0,
      size: 3,
      path: hexes(days.inclusionPath(0)),
      root: root.root,
    },
  };

  it('is proved to count, and one that is priced by units too', async () => {
    expect(wrongOf(await verifyUsage(userId, honest))).toEqual([]);
    const tokens = { ...receipt.tokens, output: 0 };
    const drawn = { ...receipt, unit: 'images' as const, units: 20, tokens };
    expect(wrongOf(await verifyUsage(userId, { ...honest, receipt: drawn }))).toEqual([]);
  });

  it.each<[string, Partial<UsageEvidence>]>([
    ['charge', { receipt: { ...receipt, charge: '0.0002' } }],
    ['token count', { receipt: { ...receipt, tokens: { ...receipt.tokens, input: 9 } } }],
    ['leaf', { proof: { ...honest.proof, leaf: leaf.replace('"0.0011"', '"0.0012"') } }],
    ['leaf’s form', { proof: { ...honest.proof, leaf: 'nonsense' } }],
    ['salt', { proof: { ...honest.proof, salt: salt.replace(/1$/, '2') } }],
    ['place', { proof: { ...honest.proof, index: 1 } }],
    ['day’s sum', { root: { ...root, mined: '1' } }],
    ['day’s root', { root: { ...root, root: turned(root.root) } }],
  ])('with a false %s is told as wrong', async (_name, lie) => {
    const found = await verifyUsage(userId, { ...honest, ...lie });
    expect(verdictOf(found.checks)).toBe('fails');
  });
});

it('canonical JSON is that of RFC 8785', () => {
  expect(canonicalJson({ b: [1, 'ü\n'], a: null, B: { z: true, y: 1e21 } })).toBe(
    '{"B":{"y":1e+21,"z":true},"a":null,"b":[1,"ü\\n"]}',
  );
});
