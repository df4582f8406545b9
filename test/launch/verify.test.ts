// `npm run verify` against a real API, and against one that lies.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { burnHash } from '../../domain/burn';
import { signCheckpoint } from '../../domain/checkpoint';
import { MerkleTree } from '../../domain/merkle/tree';
import { formatVerifierKey, parseVerifierKey } from '../../domain/signed-note';
import { builtEntry } from '../../launch/paths';
import { Unreachable } from '../../launch/verify/server';
import { verify } from '../../launch/verify/verify';
import { createLogSigner } from '../../services/proofs/log-signer';
import { startApi, type TestApi } from '../api/harness';
import { burn, mint } from '../proofs/burn-support';
import { startLiar, type Liar, type Lie } from './verify-support';

const seed = '05'.repeat(32);
const signer = createLogSigner(Buffer.from(seed, 'hex'))!;
const other = createLogSigner(Buffer.alloc(32, 6))!;
const key = formatVerifierKey(signer.key);

let api: TestApi;
let liar: Liar;
let ann: string;
let folder: string;
let memoryFile: string;

interface Page {
  items: Record<string, unknown>[];
  nextCursor: string | null;
}

beforeAll(async () => {
  api = await startApi({ LOG_SIGNING_KEY: seed });
  liar = await startLiar(api.url);
  ann = (await api.signUp()).id;
  await mint(api.context.committer, ann, '100');
  for (let i = 1; i <= 5; i++) await burn(api.context.committer, ann, `0.${i}`);
});

afterAll(async () => {
  await liar.close();
  await api.close();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lx-verify-'));
  memoryFile = join(folder, 'cache', 'verify.json');
});

afterEach(() => {
  liar.lie = undefined;
  rmSync(folder, { recursive: true });
});

async function run(withKey: string | null = key, url = liar.url) {
  const lines: string[] = [];
  const isSound = await verify({
    url,
    key: withKey === null ? undefined : parseVerifierKey(withKey),
    memoryFile,
    print: (line) => lines.push(line),
  });
  expect(lines.some((line) => line.startsWith('✗'))).toBe(!isSound);
  return { isSound, lines, text: lines.join('\n') };
}

const readMemory = () =>
  (JSON.parse(readFileSync(memoryFile, 'utf8')) as Record<string, { checkpoint: string }>)[
    liar.url
  ];

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

/** The log as its owner could have signed it with other burns. */
async function forge(edit: (items: Record<string, unknown>[]) => Record<string, unknown>[]) {
  const { items } = (await api.send('GET', '/burns?limit=200')).as<Page>();
  const forged = edit(items.toReversed()).map(({ hash: _, ...record }) => ({
    ...record,
    hash: burnHash(record).toString('hex'),
  }));
  const tree = MerkleTree.of(forged.map(({ hash }) => Buffer.from(hash, 'hex')));
  const size = tree.size;
  const root = tree.root().toString('hex');
  const hexes = (hashes: Buffer[]) => hashes.map((hash) => hash.toString('hex'));
  liar.lie = (path) => {
    if (path === '/burns/head') return signCheckpoint(signer, size, tree.root());
    if (path.startsWith('/burns?')) {
      return JSON.stringify({ items: forged.toReversed(), nextCursor: null });
    }
    const seq = /^\/burns\/(\d+)\/proof/.exec(path)?.[1];
    if (seq !== undefined) {
      const leafHash = forged[Number(seq)]?.hash;
      const proof = hexes(tree.inclusionPath(Number(seq)));
      return JSON.stringify({ leafHash, index: Number(seq), size, path: proof, root });
    }
    const [, from] = /^\/burns\/consistency\?from=(\d+)/.exec(path) ?? [];
    if (from !== undefined) {
      return JSON.stringify({ path: hexes(tree.consistencyPath(Number(from))) });
    }
    return undefined;
  };
}

describe('an honest server', () => {
  it('holds, and is remembered', async () => {
    const { isSound, lines } = await run();
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
    ]);
    expect(readMemory()?.checkpoint).toContain(`\n5\n`);
  });

  it('is trusted on first use only, and loudly', async () => {
    const first = await run(null);
    expect(first.isSound).toBe(true);
    expect(first.lines[0]).toMatch(/^! NO KEY WAS GIVEN/);
    expect(first.lines[0]).toContain(key);
    const second = await run(null);
    expect(second.lines[0]).toBe("✓ the server's key is the one of the last visit");
    expect(second.text).not.toContain('NO KEY');
    liar.lie = (path) => (path === '/burns/key' ? `${formatVerifierKey(other.key)}\n` : undefined);
    const third = await run(null);
    expect(third.isSound).toBe(false);
    expect(third.lines[0]).toContain(`the server says that its key is ${other.key.name}`);
  });

  it('goes on from what was seen, also when nothing was added', async () => {
    await run();
    expect((await run()).text).toMatch(/✓ it goes on from its 5 burns on 20/);
    await burn(api.context.committer, ann, '0.01');
    expect((await run()).text).toMatch(/✓ it goes on from its 5 burns on 20/);
    expect((await run()).text).toMatch(/✓ it goes on from its 6 burns on 20/);
  });

  it('may have burned more between two answers', async () => {
    let isBurned = false;
    liar.lie = (path) => {
      if (path !== '/burns/head' || isBurned) return undefined;
      isBurned = true;
      void burn(api.context.committer, ann, '0.01');
      return undefined;
    };
    expect((await run()).isSound).toBe(true);
  });
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
        path === '/burns/head' ? signCheckpoint(other, 0, MerkleTree.of([]).root()) : undefined,
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
    liar.lie = lie;
    const { isSound, text } = await run();
    expect(isSound).toBe(false);
    expect(text).toContain(finding);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('with a key of its own is found out by whoever has the right one', async () => {
    liar.lie = (path) => (path === '/burns/key' ? `${formatVerifierKey(other.key)}\n` : undefined);
    const { isSound, text } = await run();
    expect(isSound).toBe(false);
    expect(text).toContain('✗ the server says that its key is');
    liar.lie = undefined;
    expect((await run(formatVerifierKey(other.key))).text).toContain('has not signed the note');
  });
});

describe('an owner who rewrites the log and signs it', () => {
  it('is found out when it is shorter than it was', async () => {
    await run();
    await forge((items) => items.slice(0, 3));
    const { isSound, text } = await run();
    expect(isSound).toBe(false);
    expect(text).toContain('✗ THE LOG WAS ROLLED BACK: it had ');
    // What was seen stays the evidence.
    expect(readMemory()?.checkpoint).not.toContain('\n3\n');
  });

  it('is found out when a record of then is another now', async () => {
    await run();
    await forge((items) => items.with(1, { ...items[1], sourceRef: 'another' }));
    const { text } = await run();
    expect(text).toContain('✓ the root over them is the one that was signed');
    expect(text).toContain('✗ THE LOG WAS FORKED: it had ');
  });

  it('is found out by nobody who sees it for the first time, but for the supply', async () => {
    await forge((items) => items.with(1, { ...items[1], sourceRef: 'another' }));
    expect((await run()).isSound).toBe(true);
    await forge((items) => items.with(1, { ...items[1], amount: '0.3' }));
    expect((await run()).text).toContain('✗ burn 1 does not fit its own supply');
    await forge((items) => items.slice(0, -1));
    expect((await run()).text).toMatch(/✗ the burns come to [\d.]+ LCO, the server says/);
  });
});

describe('a server that cannot be asked', () => {
  it('is no verdict', async () => {
    await expect(run(key, 'http://127.0.0.1:9')).rejects.toThrow(Unreachable);
  });

  it('for want of a key says so', async () => {
    const keyless = await startApi();
    try {
      await expect(run(key, keyless.url)).rejects.toThrow('LOG_SIGNING_KEY');
    } finally {
      await keyless.close();
    }
  });

  it('because what earlier runs left is broken, says so', async () => {
    writeFileSync(join(folder, 'verify.json'), '{');
    memoryFile = join(folder, 'verify.json');
    await expect(run()).rejects.toThrow('move it away to begin anew');
  });
});

describe('the command', () => {
  const command = (...args: string[]) =>
    new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = spawn(process.execPath, [
        builtEntry('launch/verify'),
        ...args,
        '--state',
        memoryFile,
      ]);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      }
      child.once('close', (code) => resolve({ code, output }));
    });

  it('ends with 0 when everything holds', async () => {
    const { code, output } = await command(liar.url, '--key', key);
    expect(output).toMatch(/Everything holds\.\n$/);
    expect(code).toBe(0);
  });

  it('ends with 1 when something does not', async () => {
    const { code, output } = await command(liar.url, '--key', formatVerifierKey(other.key));
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

it('uses nothing but the domain and the public API', () => {
  const files = readdirSync('launch/verify').map((name) => join('launch', 'verify', name));
  for (const file of ['launch/verify.ts', ...files]) {
    const imports = [...readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)];
    for (const [, path] of imports) {
      expect(path).toMatch(/^(\.\.\/)+domain\/|^\.\/[a-z-]+$|^\.\/verify\/[a-z-]+$/);
    }
  }
});
