// The daily roots and their proofs over HTTP (DESIGN 2.12 and 6): a call by the official SDK today, and tomorrow what
// its caller, another user and a stranger without a key can check of it.
import { createHash } from 'node:crypto';
import { isIncluded } from '../../domain/merkle/proofs';
import { leafHash } from '../../domain/merkle/tree';
import { isInSumTree, sumLeaf } from '../../domain/merkle/sum-tree';
import { ownerHash } from '../../domain/merkle/owner-hash';
import { formatAmount, parseAmount } from '../../domain/money';
import { openNote } from '../../domain/signed-note';
import { newId } from '../../ledger/ids';
import { createRootsWorld, logKey, type RootsWorld } from './roots-world';

interface UsageProofAnswer {
  day: string;
  leaf: string;
  salt: string;
  leafHash: string;
  index: number;
  size: number;
  path: string[];
  root: string;
}
interface Sums {
  credit: string;
  lco: string;
}
interface LiabilityProofAnswer {
  day: string;
  leaf: Sums & { userId: string; salt: string };
  leafHash: string;
  index: number;
  size: number;
  path: (Sums & { hash: string })[];
  root: Sums & { hash: string };
}
interface RootAnswer {
  day: string;
  root: string;
  note: string;
}

let world: RootsWorld;

beforeAll(async () => {
  world = await createRootsWorld();
});
afterAll(() => world.close());

it('has nothing to show on the first day', async () => {
  expect((await world.get('/usage-roots')).json).toEqual({ items: [], nextCursor: null });
  expect((await world.get('/liabilities/root')).status).toBe(404);
  const early = await world.get(`/usage/${world.calls[0]}/proof`, world.ann.key);
  expect(early.status).toBe(404);
  expect(early.problem.detail).toContain('shortly after midnight');
});

describe('on the next day', () => {
  beforeAll(() => world.makeRoots());

  it("proves a receipt to its caller, down to the receipt's figures", async () => {
    const answer = await world.get(`/usage/${world.calls[2]}/proof`, world.ann.key);
    expect(answer.status).toBe(200);
    const proof = answer.as<UsageProofAnswer>();
    expect(leafHash(proof.leaf).toString('hex')).toBe(proof.leafHash);
    expect(
      isIncluded({
        ...proof,
        leafHash: Buffer.from(proof.leafHash, 'hex'),
        path: proof.path.map((hash) => Buffer.from(hash, 'hex')),
        root: Buffer.from(proof.root, 'hex'),
      }),
    ).toBe(true);
    const receipt = await world.receiptOf(world.ann, world.calls[2] ?? '');
    const leaf = JSON.parse(proof.leaf) as Record<string, unknown>;
    const { model, tokens, priceVersion, tier, charge, mined } = receipt;
    expect(leaf).toMatchObject({
      requestId: world.calls[2],
      ...{ model, tokens, priceVersion, tier, charge, mined },
      userHash: createHash('sha256').update(`${proof.salt}${world.ann.id}`).digest('hex'),
    });
  });

  it.each([
    ["another user's call", () => [world.calls[1], world.ann.key] as const],
    ['a call that never was', () => [newId(), world.ann.key] as const],
  ])('has no proof of %s', async (_, request) => {
    const [callId, key] = request();
    const answer = await world.get(`/usage/${callId}/proof`, key);
    expect(answer.status).toBe(404);
    expect(answer.problem.code).toBe('NOT_FOUND');
  });

  it.each(['/usage/00000000-0000-7000-8000-000000000000/proof', '/liabilities/proof'])(
    'gives no proof without a key: %s',
    async (path) => {
      expect((await world.get(path)).status).toBe(401);
    },
  );

  it('asks for the right to read', async () => {
    const { secret } = await world.addKey(world.ann, { scopes: ['relay'] });
    expect((await world.get('/liabilities/proof', secret)).status).toBe(403);
  });

  it('shows the roots to anybody, in signed notes', async () => {
    const usage = (await world.get('/usage-roots')).as<{ items: RootAnswer[] }>();
    const proof = (
      await world.get(`/usage/${world.calls[0]}/proof`, world.ann.key)
    ).as<UsageProofAnswer>();
    const root = usage.items.find(({ day }) => day === proof.day);
    expect(root).toMatchObject({ root: proof.root, size: proof.size });
    if (!root) throw new Error('there is no root');
    expect(openNote(root.note, logKey)).toMatch(
      new RegExp(
        `^l-exchange usage root v1\nlog ${logKey.name}\nday ${proof.day}\nfirst \\d+\nsize ${proof.size}\n` +
          `charged [\\d.]+\nmined [\\d.]+\nroot ${proof.root}\n$`,
      ),
    );
    const newest = (await world.get('/liabilities/root')).as<RootAnswer & Sums>();
    expect(newest).toMatchObject({ users: 2 });
    const text = openNote(newest.note, logKey);
    expect(text).toMatch(/^l-exchange liabilities root v1\n/);
    expect(text).toContain(`credit ${newest.credit}\nlco ${newest.lco}\nroot ${newest.root}\n`);
    expect((await world.get(`/liabilities/root?day=${newest.day}`)).json).toEqual(newest);
    const list = (await world.get('/liabilities/roots')).as<{ items: unknown[] }>();
    expect(list.items).toEqual([newest]);
  });

  it('proves to each user what they are owed', async () => {
    const sums = { credit: 0n, lco: 0n };
    const { day, root } = (await world.get('/liabilities/root')).as<RootAnswer>();
    for (const user of [world.ann, world.bob]) {
      const proof = (await world.get('/liabilities/proof', user.key)).as<LiabilityProofAnswer>();
      expect(proof).toMatchObject({ day, root: { hash: root }, leaf: { userId: user.id } });
      const node = (each: Sums & { hash: string }) => ({
        hash: Buffer.from(each.hash, 'hex'),
        credit: parseAmount(each.credit),
        lco: parseAmount(each.lco),
      });
      const { userId, salt, credit, lco } = proof.leaf;
      const leaf = sumLeaf({
        ownerHash: ownerHash(salt, userId),
        credit: parseAmount(credit),
        lco: parseAmount(lco),
      });
      expect(leaf.hash.toString('hex')).toBe(proof.leafHash);
      expect(isInSumTree(leaf, { ...proof, path: proof.path.map(node) }, node(proof.root))).toBe(
        true,
      );
      expect(credit).toBe(await world.balanceOf(user));
      sums.credit += leaf.credit;
      sums.lco += leaf.lco;
    }
    expect((await world.get('/liabilities/root')).json).toMatchObject({
      credit: formatAmount(sums.credit),
      lco: formatAmount(sums.lco),
    });
  });

  it.each(['2026-02-30', 'yesterday', ''])('refuses "%s" as a day', async (day) => {
    expect((await world.get(`/liabilities/root?day=${day}`)).status).toBe(400);
  });

  it('has nothing of a day before there was anything', async () => {
    expect((await world.get('/liabilities/root?day=2020-01-01')).status).toBe(404);
    expect((await world.get('/liabilities/proof?day=2020-01-01', world.ann.key)).status).toBe(404);
  });
});
