// `npm run verify` against a server that lies, and against an owner who signs another log.
import { readdirSync } from 'node:fs';
import { burnHash } from '../../domain/burn';
import { signCheckpoint } from '../../domain/checkpoint';
import { MerkleTree } from '../../domain/merkle/tree';
import type { Lie } from './verify-support';
import { createWorld, otherKey, otherSigner, type Page, type World } from './verify-world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAnew());
afterAll(() => world.close());

/** Changes the JSON of answers whose path matches. */
function change(pattern: RegExp, edit: (answer: never) => void): Lie {
  return (path, body) => {
    if (!pattern.test(path)) return undefined;
    const answer = JSON.parse(body) as never;
    edit(answer);
    return JSON.stringify(answer);
  };
}

const editBurn = (seq: number, edit: (burn: Record<string, unknown>) => void) =>
  change(/^\/burns\?/, ({ items }: Page) => {
    const found = items.find((item) => item.seq === seq);
    if (found) edit(found);
  });

describe('a server that lies', () => {
  it.each<[string, Lie, string]>([
    [
      'a record',
      editBurn(2, (burn) => {
        burn.sourceRef = 'another';
      }),
      '✗ burn 2 does not have the hash it carries',
    ],
    [
      'a record and its hash',
      editBurn(2, (burn) => {
        delete burn.hash;
        burn.sourceRef = 'another';
        burn.hash = burnHash(burn).toString('hex');
      }),
      '✗ the root over them is ',
    ],
    [
      'a field that no record has',
      editBurn(2, (burn) => {
        burn.note = 'x';
      }),
      '✗ burn 2 does not have the hash it carries',
    ],
    [
      'an amount that is none',
      editBurn(2, (burn) => {
        burn.amount = 'much';
      }),
      '✗ the burn log: ',
    ],
    [
      'a record left out',
      change(/^\/burns\?/, ({ items }: Page) => void items.splice(2, 1)),
      'stands where burn',
    ],
    [
      'the newest record left out',
      change(/^\/burns\?/, ({ items }: Page) => void items.shift()),
      'burns, the log shows',
    ],
    [
      'the supply',
      change(/^\/supply/, (supply: Record<string, unknown>) => {
        supply.burned = '1';
      }),
      'LCO, the server says 1 LCO burned',
    ],
    [
      'what circulates',
      change(/^\/supply/, (supply: Record<string, unknown>) => {
        supply.circulating = '1';
      }),
      '✗ minted - burned is not what circulates',
    ],
    [
      'a proof',
      change(/^\/burns\/3\/proof/, ({ path }: { path: string[] }) => {
        path[0] = '00'.repeat(32);
      }),
      '✗ the proof of burn 3 does not lead to the root',
    ],
    [
      'the root of a proof',
      change(/^\/burns\/3\/proof/, (proof: Record<string, unknown>) => {
        proof.root = '00'.repeat(32);
      }),
      '✗ the proof of burn 3 is of something else',
    ],
    [
      'the size of the head',
      (path, body) => (path === '/burns/head' ? body.replace(/\n\d+\n/, '\n1\n') : undefined),
      `is wrong`,
    ],
    [
      'a head that another key signed',
      (path) =>
        path === '/burns/head'
          ? signCheckpoint(otherSigner, 0, MerkleTree.of([]).root())
          : undefined,
      'has not signed the note',
    ],
    ['a key that is none', (path) => (path === '/burns/key' ? 'key' : undefined), '✗ the key: '],
    ['no JSON', (path) => (path.startsWith('/burns?') ? '<html>' : undefined), 'is no JSON'],
    [
      'a list without an end',
      (path) => (path.startsWith('/burns?') ? '{"items":[],"nextCursor":"x"}' : undefined),
      'an empty page that is not the last',
    ],
  ])('about %s is found out', async (_, lie, finding) => {
    world.liar.lie = lie;
    const { isSound, text } = await world.run();
    expect(isSound).toBe(false);
    expect(text).toContain(finding);
    expect(readdirSync(world.folder())).toEqual([]);
  });

  it('with a key of its own is found out by whoever has the right one', async () => {
    world.liar.lie = (path) => (path === '/burns/key' ? `${otherKey}\n` : undefined);
    const { isSound, text } = await world.run();
    expect(isSound).toBe(false);
    expect(text).toContain('✗ the server says that its key is');
    world.liar.lie = undefined;
    expect((await world.run({ withKey: otherKey })).text).toContain('has not signed the note');
  });
});

describe('an owner who rewrites the log and signs it', () => {
  it('is found out when it is shorter than it was', async () => {
    await world.run();
    await world.forge((items) => items.slice(0, 3));
    const { isSound, text } = await world.run();
    expect(isSound).toBe(false);
    expect(text).toContain('✗ THE LOG WAS ROLLED BACK: it had ');
    // What was seen stays the evidence.
    expect(world.readCheckpoint()).not.toContain('\n3\n');
  });

  it('is found out when a record of then is another now', async () => {
    await world.run();
    await world.forge((items) => items.with(1, { ...items[1], sourceRef: 'another' }));
    const { text } = await world.run();
    expect(text).toContain('✓ the root over them is the one that was signed');
    expect(text).toContain('✗ THE LOG WAS FORKED: it had ');
  });

  it('is found out by nobody who sees it for the first time, but for the supply', async () => {
    await world.forge((items) => items.with(1, { ...items[1], sourceRef: 'another' }));
    expect((await world.run()).isSound).toBe(true);
    await world.forge((items) => items.with(1, { ...items[1], amount: '0.3' }));
    expect((await world.run()).text).toContain('✗ burn 1 does not fit its own supply');
    await world.forge((items) => items.slice(0, -1));
    expect((await world.run()).text).toMatch(/✗ the burns come to [\d.]+ LCO, the server says/);
  });
});
