// The daily roots and their proofs over HTTP (DESIGN 2.12 and 6): a call by the official SDK today, and tomorrow what
// its caller, another user and a stranger without a key can check of it.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isIncluded } from '../../domain/merkle/proofs';
import { leafHash } from '../../domain/merkle/tree';
import { isInSumTree, sumLeaf } from '../../domain/merkle/sum-tree';
import { ownerHash } from '../../domain/merkle/owner-hash';
import { formatAmount, parseAmount } from '../../domain/money';
import { openNote } from '../../domain/signed-note';
import { addDays, dayOf } from '../../domain/utc-day';
import { liabilitiesVerification } from '../../launch/verify/liabilities';
import { ownProofsVerification } from '../../launch/verify/own-proofs';
import { createServer, type Server } from '../../launch/verify/server';
import { usageRootsVerification } from '../../launch/verify/usage-roots';
import { Committer } from '../../ledger/committer';
import { openDatabase } from '../../ledger/connection';
import { newId } from '../../ledger/ids';
import { createLogSigner } from '../../services/proofs/log-signer';
import { snapshotLiabilities } from '../../services/proofs/liabilities';
import { findMissingDays, makeUsageRoot } from '../../services/proofs/usage-roots';
import {
  createRelayWorld,
  hello,
  modelId,
  type CallerWithKey,
  type RelayWorld,
} from '../relay/relay-world';
import { installClock } from './clock';

const seed = '2a'.repeat(32);
const signer = createLogSigner(Buffer.from(seed, 'hex'));

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

let world: RelayWorld;
let ann: CallerWithKey;
let bob: CallerWithKey;
const calls: string[] = [];

async function call(user: CallerWithKey): Promise<string> {
  const { response } = await user.openai.chat.completions
    .create({ model: modelId, messages: hello, max_tokens: 20 })
    .withResponse();
  return response.headers.get('x-request-id') ?? '';
}

/** Tomorrow, shortly after midnight: what the worker does then. */
async function makeRoots(): Promise<void> {
  const clock = await installClock(
    world.api.databaseUrl,
    `${addDays(dayOf(Date.now()), 1)}T00:05:00Z`,
  );
  const db = openDatabase(world.api.databaseUrl, 'lx-test-roots', 2);
  const committer = new Committer({
    databaseUrl: world.api.databaseUrl,
    applicationName: 'lx-test-roots-committer',
  });
  for (const day of await findMissingDays(db, 10)) await makeUsageRoot({ db, committer }, day);
  await snapshotLiabilities(db);
  await committer.close();
  await db.destroy();
  await clock.close();
}

const get = (path: string, key?: string) =>
  world.api.send('GET', path, key === undefined ? {} : { key });

beforeAll(async () => {
  world = await createRelayWorld({ env: { LOG_SIGNING_KEY: seed } });
  ann = await world.addCaller('10');
  bob = await world.addCaller('5');
  calls.push(await call(ann), await call(bob), await call(ann));
  await world.untilIdle();
}, 60_000);

afterAll(async () => {
  await world.assertBooksBalance();
  await world.close();
});

it('has nothing to show on the first day', async () => {
  expect((await get('/usage-roots')).json).toEqual({ items: [], nextCursor: null });
  expect((await get('/liabilities/root')).status).toBe(404);
  const early = await get(`/usage/${calls[0]}/proof`, ann.key);
  expect(early.status).toBe(404);
  expect(early.problem.detail).toContain('shortly after midnight');
});

describe('on the next day', () => {
  beforeAll(makeRoots);

  it("proves a receipt to its caller, down to the receipt's figures", async () => {
    const answer = await get(`/usage/${calls[2]}/proof`, ann.key);
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
    const receipt = await world.receiptOf(ann, calls[2] ?? '');
    const leaf = JSON.parse(proof.leaf) as Record<string, unknown>;
    const { model, tokens, priceVersion, tier, charge, mined } = receipt;
    expect(leaf).toMatchObject({
      requestId: calls[2],
      ...{ model, tokens, priceVersion, tier, charge, mined },
      userHash: createHash('sha256').update(`${proof.salt}${ann.id}`).digest('hex'),
    });
  });

  it.each([
    ["another user's call", () => [calls[1], ann.key] as const],
    ['a call that never was', () => [newId(), ann.key] as const],
  ])('has no proof of %s', async (_, request) => {
    const [callId, key] = request();
    const answer = await get(`/usage/${callId}/proof`, key);
    expect(answer.status).toBe(404);
    expect(answer.problem.code).toBe('NOT_FOUND');
  });

  it.each(['/usage/00000000-0000-7000-8000-000000000000/proof', '/liabilities/proof'])(
    'gives no proof without a key: %s',
    async (path) => {
      expect((await get(path)).status).toBe(401);
    },
  );

  it('asks for the right to read', async () => {
    const { secret } = await world.addKey(ann, { scopes: ['relay'] });
    expect((await get('/liabilities/proof', secret)).status).toBe(403);
  });

  it('shows the roots to anybody, in signed notes', async () => {
    const usage = (await get('/usage-roots')).as<{ items: RootAnswer[] }>();
    const proof = (await get(`/usage/${calls[0]}/proof`, ann.key)).as<UsageProofAnswer>();
    const root = usage.items.find(({ day }) => day === proof.day);
    expect(root).toMatchObject({ root: proof.root, size: proof.size });
    const key = signer?.key;
    if (!root || !key) throw new Error('there is no root, or no key');
    expect(openNote(root.note, key)).toMatch(
      new RegExp(
        `^l-exchange usage root v1\nlog ${key.name}\nday ${proof.day}\nfirst \\d+\nsize ${proof.size}\n` +
          `charged [\\d.]+\nmined [\\d.]+\nroot ${proof.root}\n$`,
      ),
    );
    const newest = (await get('/liabilities/root')).as<RootAnswer & Sums>();
    expect(newest).toMatchObject({ users: 2 });
    const text = openNote(newest.note, key);
    expect(text).toMatch(/^l-exchange liabilities root v1\n/);
    expect(text).toContain(`credit ${newest.credit}\nlco ${newest.lco}\nroot ${newest.root}\n`);
    expect((await get(`/liabilities/root?day=${newest.day}`)).json).toEqual(newest);
    const list = (await get('/liabilities/roots')).as<{ items: unknown[] }>();
    expect(list.items).toEqual([newest]);
  });

  it('proves to each user what they are owed', async () => {
    const sums = { credit: 0n, lco: 0n };
    const { day, root } = (await get('/liabilities/root')).as<RootAnswer>();
    for (const user of [ann, bob]) {
      const proof = (await get('/liabilities/proof', user.key)).as<LiabilityProofAnswer>();
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
    expect((await get('/liabilities/root')).json).toMatchObject({
      credit: formatAmount(sums.credit),
      lco: formatAmount(sums.lco),
    });
  });

  describe('verified with a key of their own, by npm run verify', () => {
    /** The lines, each with its status; `lie` changes what the server answers to its user. */
    async function verifyOwn(user: CallerWithKey, lie: (path: string, answer: never) => void) {
      const key = signer?.key;
      if (!key) throw new Error('there is no key');
      const server = createServer(world.api.url);
      const subject = { server, key, memory: undefined, seen: { checkpoint: '', roots: {} } };
      const own = createServer(world.api.url, user.key);
      const lying: Server = {
        ...own,
        async json(path, shape) {
          const answer: unknown = await own.json(path, z.unknown());
          lie(path, answer as never);
          return shape.parse(answer);
        },
      };
      const lines: string[] = [];
      const all = [usageRootsVerification, liabilitiesVerification, ownProofsVerification(lying)];
      for (const verification of all) {
        for await (const { status, text } of verification.run(subject)) {
          lines.push(`${status} ${text}`);
        }
      }
      return lines;
    }

    it('a user sees that each of their calls counted and what they were owed', async () => {
      const [, , calls, owed] = await verifyOwn(ann, () => undefined);
      expect(calls).toBe('holds 2 of your calls are in the signed roots as their receipts say');
      expect(owed).toMatch(/^holds on [\d-]+ you were owed 9\.99\d+ Credits and 0\.00\d+ LCO,/);
    });

    it('who never had or called anything has nothing to verify', async () => {
      const carol = await world.addCaller('0');
      const [, , calls, owed] = await verifyOwn(carol, () => undefined);
      expect(calls).toBe('note none of your calls lies in a day whose root is published');
      expect(owed).toMatch(/^note the liabilities of [\d-]+ do not have you: /);
    });

    const change = (of: string, text: string, value: string) => (path: string, answer: object) => {
      if (!path.includes(of)) return;
      const changed = JSON.stringify(answer).replaceAll(text, value);
      Object.assign(answer, JSON.parse(changed));
    };

    it('takes no text for a leaf that is none', async () => {
      const lie = (path: string, answer: never) => {
        if (path.includes('/usage/')) (answer as { leaf: string }).leaf = 'no leaf';
      };
      await expect(verifyOwn(ann, lie)).rejects.toThrow('is no leaf of a usage record');
    });

    it.each([
      [
        'a leaf that is not what the receipt says',
        change('/proof', '\\"tier\\":\\"Lv1\\"', '\\"tier\\":\\"Lv2\\"'),
        /^fails the leaf of call .* says something else than its receipt$/,
      ],
      [
        'a receipt that is not what was published',
        change('/usage?', '"tier":"Lv1"', '"tier":"Lv2"'),
        /^fails the leaf of call .* says something else than its receipt$/,
      ],
      [
        'both changed alike',
        (path: string, answer: never) => {
          change('/usage?', '"latencyMs":', '"latencyMs":9')(path, answer);
          change('/proof', '\\"latencyMs\\":', '\\"latencyMs\\":9')(path, answer);
        },
        /^fails the proof of call .* does not lead to the root of/,
      ],
      [
        'a salt of another',
        change('/proof', '"salt":"', '"salt":"0'),
        /^fails the leaf of call .* is another user's$/,
      ],
      [
        'another place',
        (path: string, answer: never) => {
          if (path.includes('/usage/')) (answer as { index: number }).index++;
        },
        /^fails call .* does not stand at the place of its number$/,
      ],
      [
        'less owed',
        (path: string, answer: never) => {
          if (path.includes('/liabilities')) (answer as { leaf: Sums }).leaf.credit = '1';
        },
        /^fails the proof of what you were owed on .* does not lead to the signed root$/,
      ],
    ])('is told of %s', async (_, lie, finding) => {
      expect(await verifyOwn(ann, lie)).toContainEqual(expect.stringMatching(finding));
    });
  });

  it.each(['2026-02-30', 'yesterday', ''])('refuses "%s" as a day', async (day) => {
    expect((await get(`/liabilities/root?day=${day}`)).status).toBe(400);
  });

  it('has nothing of a day before there was anything', async () => {
    expect((await get('/liabilities/root?day=2020-01-01')).status).toBe(404);
    expect((await get('/liabilities/proof?day=2020-01-01', ann.key)).status).toBe(404);
  });
});
