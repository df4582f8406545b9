// Proof of compute (DESIGN 2.12): a record's leaf, and a proof for its owner that it lies in the root of its day.
import { createHash } from 'node:crypto';
import { newId } from '../../ledger/ids';
import { createUsageProofs, type UsageProof } from '../../services/proofs/usage-roots-proofs';
import { createWorld, type World } from './world';

function sha256(...parts: (string | Buffer)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const [leafPrefix, nodePrefix] = [Buffer.from([0]), Buffer.from([1])];

/** RFC 6962's definition, over leaf hashes. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? sha256();
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(nodePrefix, treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

/** As RFC 9162, 2.1.3.2 verifies. */
function rootOfProof({ leaf, index, size, path }: UsageProof): Buffer | undefined {
  let node = sha256(leafPrefix, leaf);
  let [at, last] = [index, size - 1];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      node = sha256(nodePrefix, sibling, node);
      while (at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1];
    } else {
      node = sha256(nodePrefix, node, sibling);
    }
    [at, last] = [at >> 1, last >> 1];
  }
  return last === 0 ? node : undefined;
}

describe('a record', () => {
  let world: World;
  let ann: string;
  let bob: string;

  beforeAll(async () => {
    world = await createWorld('2030-03-01T12:00:00Z');
    ann = await world.addCaller('10');
    bob = await world.addCaller('10');
  });
  afterAll(() => world.close());

  it('has a salt of its own, for ever', async () => {
    const settled = await world.settleAt(ann, 100);
    const reserved = await world.reserve(ann, 100, {}, world.committer);
    const saltOf = async (id: string) =>
      (await world.db('relay_calls').first<{ salt: string }>('salt').where({ id })).salt;
    const atReserve = await saltOf(reserved.input.callId);
    await world.settle(reserved, 50, {}, world.committer);
    expect(await saltOf(reserved.input.callId)).toBe(atReserve);
    expect(await saltOf(settled)).not.toBe(atReserve);
  });

  it('is the leaf that the format says', async () => {
    const reserved = await world.reserve(ann, 2_000, {}, world.committer);
    await world.clock.set('2030-03-01T13:00:00.123Z');
    await world.settle(
      reserved,
      1_000,
      {
        usage: { input: 10, cachedInput: 20, cacheWrite: 0, output: 970 },
        ending: 'client_left',
        latencyMs: 250,
        ttftMs: null,
      },
      world.committer,
    );
    await world.clock.set('2030-03-02T00:05:00Z');
    await world.makeRoots();
    const { callId } = reserved.input;
    const proof = await world.usageProofs.proof(ann, callId);
    const userHash = sha256(proof.salt, ann).toString('hex');
    expect(proof.leaf).toBe(
      `{"at":"2030-03-01T13:00:00.123Z","channelId":"${world.channelId}","charge":"0.001","ending":"client_left",` +
        `"endpoint":"chat/completions","epoch":0,"latencyMs":250,"mined":"0.01","model":"test-model","multiplier":"1",` +
        `"priceVersion":"test-model@1","requestId":"${callId}","settlementNumber":"3","tier":"Lv1",` +
        `"tokens":{"cacheWrite":0,"cachedInput":20,"input":10,"output":970,"source":"upstream"},"ttftMs":null,` +
        `"userHash":"${userHash}","version":1}`,
    );
    expect(proof.leafHash).toEqual(sha256(leafPrefix, proof.leaf));
    expect(proof.leaf).not.toContain(ann);
  });

  it('has no proof for anybody else, while it is live, or when it never was', async () => {
    const mine = await world.settleAt(ann, 100, '2030-03-02T10:00:00Z');
    const live = await world.reserve(ann, 100, {}, world.committer);
    await world.clock.set('2030-03-03T00:05:00Z');
    await world.makeRoots();
    await expect(world.usageProofs.proof(ann, mine)).resolves.toMatchObject({ size: 1 });
    for (const [user, call] of [
      [bob, mine],
      [ann, live.input.callId],
      [ann, newId()],
    ] as const) {
      await expect(world.usageProofs.proof(user, call)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    await world.settle(live, 10, {}, world.committer);
  });
});

describe('a day of many records', () => {
  let world: World;
  let ann: string;
  const sizes = [1, 3, 4, 5, 8, 9, 13, 16, 17];

  beforeAll(async () => {
    world = await createWorld('2030-05-01T12:00:00Z');
    ann = await world.addCaller('100');
  });
  afterAll(() => world.close());

  it.each(sizes.map((size, i) => [size, i] as const))(
    'of %i, in subtrees of 4: every record is proved',
    async (size, i) => {
      const day = `2030-05-${String(i + 2).padStart(2, '0')}`;
      const calls: string[] = [];
      await world.clock.set(`${day}T08:00:00Z`);
      for (let n = 0; n < size; n++) calls.push(await world.settleAt(ann, 100 + n));
      await world.clock.set(`2030-05-${String(i + 3).padStart(2, '0')}T00:05:00Z`);
      await world.makeRoots(4);
      const proofs = await Promise.all(calls.map((call) => world.usageProofs.proof(ann, call)));
      const root = treeHash(proofs.map(({ leafHash }) => leafHash));
      for (const [index, proof] of proofs.entries()) {
        expect(proof).toMatchObject({ day, index, size, root });
        expect(rootOfProof(proof)).toEqual(root);
      }
      const row = await world
        .db('usage_roots')
        .first<{ subtrees: Buffer }>('subtrees')
        .where({ day });
      expect(row.subtrees).toHaveLength(32 * Math.ceil(size / 4));
    },
  );

  it('reads no more records for a proof than a subtree has', async () => {
    const reads: number[] = [];
    const [call] = (await world
      .db('relay_calls')
      .where('settlement_number', '>', 60)
      .orderBy('settlement_number')
      .pluck('id')) as string[];
    world.db.on('query-response', (rows: unknown) => {
      const { rowCount } = rows as { rowCount?: number };
      reads.push(rowCount ?? (Array.isArray(rows) ? rows.length : 1));
    });
    await createUsageProofs(world.db).proof(ann, call ?? '');
    expect(Math.max(...reads)).toBeLessThanOrEqual(4);
  });
});
