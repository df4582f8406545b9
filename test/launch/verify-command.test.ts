// `npm run verify` as it is run: what it prints last, and the code it ends with.
import { spawn } from 'node:child_process';
import { builtEntry } from '../../launch/paths';
import { createWorld, key, otherKey, type World } from './verify-world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(() => world.startAnew());
afterAll(() => world.close());

describe('the command', () => {
  const command = (...args: string[]) =>
    new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = spawn(process.execPath, [
        builtEntry('launch/verify'),
        ...args,
        '--state',
        world.memoryFile(),
      ]);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      }
      child.once('close', (code) => resolve({ code, output }));
    });

  it('ends with 0 when everything holds', async () => {
    const { code, output } = await command(world.liar.url, '--key', key);
    expect(output).toMatch(/Everything holds\.\n$/);
    expect(code).toBe(0);
  });

  it('ends with 1 when something does not', async () => {
    const { code, output } = await command(world.liar.url, '--key', otherKey);
    expect(output).toMatch(/^✗ /m);
    expect(output).toMatch(/NOT everything holds\.\n$/);
    expect(code).toBe(1);
  });

  it.each([
    ['nobody answers', ['http://127.0.0.1:9']],
    ['the address is none', ['exchange.example']],
    ['the key is none', ['http://127.0.0.1:9', '--key', 'x']],
    ['no address is given', []],
  ])('ends with 2 when %s', async (_, args) => {
    expect(await command(...args)).toMatchObject({ code: 2 });
  });
});
