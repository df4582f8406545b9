// `npm run verify` against a real API.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Unreachable } from '../../launch/verify/server';
import { startApi } from '../api/harness';
import { createWorld, key, otherKey, otherSigner, signer, type World } from './verify-world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAnew());
afterAll(() => world.close());

describe('an honest server', () => {
  it('holds, and is remembered', async () => {
    const { isSound, lines } = await world.run();
    expect(isSound).toBe(true);
    expect(lines).toEqual([
      "✓ the server's key is the one that was given",
      `✓ the head, of 5 burns, is signed by ${signer.key.name}`,
      '✓ 5 burns, numbered without a gap, each with the hash of what it says',
      '✓ the root over them is the one that was signed',
      '✓ each burn takes its amount off the supply that the one before left, or that grew since',
      '✓ the burns come to the 1.5 LCO that the server says',
      '✓ 5 proofs lead from a burn to the root',
      '✓ its head is remembered from now on',
      '! no root of usage is published',
      '! no root of liabilities is published',
      '! no prediction market was settled yet',
    ]);
    expect(world.readCheckpoint()).toContain(`\n5\n`);
  });

  it('is trusted on first use only, and loudly', async () => {
    const first = await world.run({ withKey: null });
    expect(first.isSound).toBe(true);
    expect(first.lines[0]).toMatch(/^! NO KEY WAS GIVEN/);
    expect(first.lines[0]).toContain(key);
    const second = await world.run({ withKey: null });
    expect(second.lines[0]).toBe("✓ the server's key is the one of the last visit");
    expect(second.text).not.toContain('NO KEY');
    world.liar.lie = (path) => (path === '/burns/key' ? `${otherKey}\n` : undefined);
    const third = await world.run({ withKey: null });
    expect(third.isSound).toBe(false);
    expect(third.lines[0]).toContain(`the server says that its key is ${otherSigner.key.name}`);
  });

  it('goes on from what was seen, also when nothing was added', async () => {
    await world.run();
    expect((await world.run()).text).toMatch(/✓ it goes on from its 5 burns on 20/);
    await world.burn('0.01');
    expect((await world.run()).text).toMatch(/✓ it goes on from its 5 burns on 20/);
    expect((await world.run()).text).toMatch(/✓ it goes on from its 6 burns on 20/);
  });

  it('may have burned more between two answers', async () => {
    let isBurned = false;
    world.liar.lie = (path) => {
      if (path !== '/burns/head' || isBurned) return undefined;
      isBurned = true;
      void world.burn('0.01');
      return undefined;
    };
    expect((await world.run()).isSound).toBe(true);
  });
});

describe('a server that cannot be asked', () => {
  it('is no verdict', async () => {
    await expect(world.run({ url: 'http://127.0.0.1:9' })).rejects.toThrow(Unreachable);
  });

  it('for want of a key says so', async () => {
    const keyless = await startApi();
    try {
      await expect(world.run({ url: keyless.url })).rejects.toThrow('LOG_SIGNING_KEY');
    } finally {
      await keyless.close();
    }
  });

  it('because what earlier runs left is broken, says so', async () => {
    const memory = join(world.folder(), 'verify.json');
    writeFileSync(memory, '{');
    await expect(world.run({ memory })).rejects.toThrow('move it away to begin anew');
  });
});

it('uses nothing but the domain and the public API', () => {
  const files = readdirSync('launch/verify').map((name) => join('launch', 'verify', name));
  for (const file of ['launch/verify.ts', ...files]) {
    const imports = [...readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)];
    for (const [, path] of imports) {
      expect(path).toMatch(/^(\.\.\/)+domain\/|^\.\/[a-z-]+$|^\.\/verify\/[a-z-]+$/);
    }
  }
});
