// What a user verifies of their own with `npm run verify` and a key (DESIGN 2.12): that their calls counted, and what they
// were owed; by an honest server, and by one that tells them something else.
import { z } from 'zod';
import { liabilitiesVerification } from '../../launch/verify/liabilities';
import { ownProofsVerification } from '../../launch/verify/own-proofs';
import { createServer, type Server } from '../../launch/verify/server';
import { usageRootsVerification } from '../../launch/verify/usage-roots';
import { painterId, type CallerWithKey } from '../relay/relay-world';
import { createRootsWorld, logKey, type RootsWorld } from './roots-world';

let world: RootsWorld;

beforeAll(async () => {
  world = await createRootsWorld();
  // Its units are no tokens.
  await world.ann.openai.images.generate({ model: painterId, prompt: 'a cat', size: '1024x1024' });
  await world.untilIdle();
  await world.makeRoots();
});
afterAll(() => world.close());

/** The lines, each with its status; `lie` changes what the server answers to its user. */
async function verifyOwn(user: CallerWithKey, lie: (path: string, answer: never) => void) {
  const server = createServer(world.api.url);
  const seen = { checkpoint: '', roots: {} };
  const subject = { server, key: logKey, memory: undefined, burns: [], seen };
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

const change = (of: string, text: string, value: string) => (path: string, answer: object) => {
  if (!path.includes(of)) return;
  const changed = JSON.stringify(answer).replaceAll(text, value);
  Object.assign(answer, JSON.parse(changed));
};

describe('verified with a key of their own, by npm run verify', () => {
  it('a user sees that each of their calls counted and what they were owed', async () => {
    const [, , calls, owed] = await verifyOwn(world.ann, () => undefined);
    expect(calls).toBe('holds 3 of your calls are in the signed roots as their receipts say');
    expect(owed).toMatch(/^holds on [\d-]+ you were owed 9\.95\d+ Credits and 0\.40\d+ LCO,/);
  });

  it('who never had or called anything has nothing to verify', async () => {
    const carol = await world.addCaller('0');
    const [, , calls, owed] = await verifyOwn(carol, () => undefined);
    expect(calls).toBe('note none of your calls lies in a day whose root is published');
    expect(owed).toMatch(/^note the liabilities of [\d-]+ do not have you: /);
  });

  it('takes no text for a leaf that is none', async () => {
    const lie = (path: string, answer: never) => {
      if (path.includes('/usage/')) (answer as { leaf: string }).leaf = 'no leaf';
    };
    await expect(verifyOwn(world.ann, lie)).rejects.toThrow('is no leaf of a usage record');
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
        if (path.includes('/liabilities'))
          (answer as { leaf: { credit: string } }).leaf.credit = '1';
      },
      /^fails the proof of what you were owed on .* does not lead to the signed root$/,
    ],
  ])('is told of %s', async (_, lie, finding) => {
    expect(await verifyOwn(world.ann, lie)).toContainEqual(expect.stringMatching(finding));
  });
});
