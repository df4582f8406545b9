// What `npm run verify` is tried on: a real API with burns in its log, a server before it that lies as it is told, and a
// folder for what the verifier remembers.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { burnHash } from '../../domain/burn';
import { signCheckpoint } from '../../domain/checkpoint';
import { MerkleTree } from '../../domain/merkle/tree';
import { formatVerifierKey, parseVerifierKey } from '../../domain/signed-note';
import { verify } from '../../launch/verify/verify';
import { createLogSigner } from '../../services/proofs/log-signer';
import { createRateLimits, requestsPerMinute } from '../../api/rate-limits';
import { startApi } from '../api/harness';
import { burn, mint } from '../proofs/burn-support';
import { startLiar, type Lie } from './verify-support';
import { scratchFolder } from '../support/scratch';

const seed = '05'.repeat(32);
export const signer = createLogSigner(Buffer.from(seed, 'hex'))!;
export const key = formatVerifierKey(signer.key);
/** Of somebody else. */
export const otherSigner = createLogSigner(Buffer.alloc(32, 6))!;
export const otherKey = formatVerifierKey(otherSigner.key);

/** A page of a list, as the API answers it. */
export interface Page {
  items: Record<string, unknown>[];
  nextCursor: string | null;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

/** With five burns in the log; one world serves many tests. @param env of the API, beside what it needs */
export async function createWorld(env: Record<string, string> = {}) {
  // One verification after the other would use up what an address may download in a minute.
  const rateLimits = createRateLimits({ ...requestsPerMinute, download: 100_000 });
  const api = await startApi({ LOG_SIGNING_KEY: seed, ...env }, { rateLimits });
  const liar = await startLiar(api.url);
  const { committer } = api.context;
  const ann = (await api.signUp()).id;
  await mint(committer, ann, '100');
  for (let i = 1; i <= 5; i++) await burn(committer, ann, `0.${i}`);
  let folder = '';

  return {
    api,
    liar,
    burn: (amount: string) => burn(committer, ann, amount),

    /** Forgets what the verifier remembered and what the liar was told, before each test. */
    startAnew() {
      liar.lie = undefined;
      if (folder !== '') rmSync(folder, { recursive: true });
      folder = scratchFolder('lx-verify-');
    },
    folder: () => folder,
    memoryFile,

    /** The verdict, and what was printed. */
    async run(options: { withKey?: string | null; url?: string; memory?: string } = {}) {
      const { withKey = key, url = liar.url, memory = memoryFile() } = options;
      const lines: string[] = [];
      const isSound = await verify({
        url,
        key: withKey === null ? undefined : parseVerifierKey(withKey),
        memoryFile: memory,
        print: (line) => lines.push(line),
      });
      expect(lines.some((line) => line.startsWith('✗'))).toBe(!isSound);
      return { isSound, lines, text: lines.join('\n') };
    },

    /** The head that is remembered of the server. */
    readCheckpoint() {
      const memory = JSON.parse(readFileSync(memoryFile(), 'utf8')) as Record<
        string,
        { checkpoint: string }
      >;
      return memory[liar.url]?.checkpoint;
    },

    /** The log as its owner could have signed it with other burns. */
    async forge(edit: (items: Record<string, unknown>[]) => Record<string, unknown>[]) {
      const { items } = (await api.send('GET', '/burns?limit=200')).as<Page>();
      liar.lie = logOf(edit(items.toReversed()));
    },

    async close() {
      if (folder !== '') rmSync(folder, { recursive: true });
      await liar.close();
      await api.close();
    },
  };

  function memoryFile(): string {
    return join(folder, 'cache', 'verify.json');
  }
}

/** A signed log of these burns, oldest first, with their hashes made anew. */
function logOf(items: Record<string, unknown>[]): Lie {
  const forged = items.map(({ hash: _, ...record }) => ({
    ...record,
    hash: burnHash(record).toString('hex'),
  }));
  const tree = MerkleTree.of(forged.map(({ hash }) => Buffer.from(hash, 'hex')));
  const size = tree.size;
  const root = tree.root().toString('hex');
  const hexes = (hashes: Buffer[]) => hashes.map((hash) => hash.toString('hex'));
  return (path) => {
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
