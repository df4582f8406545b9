import { burnHash } from '../../domain/burn';
import { openCheckpoint } from '../../domain/checkpoint';
import { isConsistent, isIncluded } from '../../domain/merkle/proofs';
import { emptyRoot } from '../../domain/merkle/tree';
import { parseVerifierKey } from '../../domain/signed-note';
import { startApi, type TestApi } from '../api/harness';
import { burn, mint } from './burn-support';

interface BurnAnswer {
  seq: number;
  hash: string;
}

let api: TestApi;
let ann: string;
const bytes = (hex: string) => Buffer.from(hex, 'hex');

beforeAll(async () => {
  api = await startApi({ LOG_SIGNING_KEY: '07'.repeat(32) });
  ann = (await api.signUp()).id;
  await mint(api.context.committer, ann, '100');
});

afterAll(() => api.close());

const get = (path: string, accept?: string) =>
  api.send('GET', path, accept === undefined ? {} : { headers: { accept } });

async function readKey() {
  return parseVerifierKey((await get('/burns/key')).text.trim());
}

describe('an empty log', () => {
  it('has a signed head', async () => {
    const head = await get('/burns/head');
    expect(head.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const key = await readKey();
    expect(openCheckpoint(head.text, key)).toEqual({ origin: key.name, size: 0, root: emptyRoot });
  });

  it('has no burns, no proofs and no consistency', async () => {
    expect((await get('/burns')).json).toEqual({ items: [], nextCursor: null });
    expect((await get('/burns/0')).status).toBe(404);
    expect((await get('/burns/0/proof')).status).toBe(404);
    expect((await get('/burns/consistency?from=0&to=0')).status).toBe(400);
  });
});

describe('a log of burns', () => {
  beforeAll(async () => {
    for (let i = 0; i < 7; i++) await burn(api.context.committer, ann, `0.${i + 1}`);
  });

  it('is listed newest first, page by page, each record with the hash of all the rest', async () => {
    const seen: BurnAnswer[] = [];
    let cursor = '';
    do {
      const page = (await get(`/burns?limit=3${cursor}`)).as<{
        items: BurnAnswer[];
        nextCursor: string | null;
      }>();
      seen.push(...page.items);
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen.map(({ seq }) => seq)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    for (const { hash, ...record } of seen) expect(burnHash(record).toString('hex')).toBe(hash);
    expect((await get('/burns/4')).json).toEqual(seen[2]);
  });

  it('has a head that its key has signed, as text or as JSON', async () => {
    const text = (await get('/burns/head')).text;
    const json = (await get('/burns/head', 'application/json')).as<Record<string, unknown>>();
    const { origin, size, root } = openCheckpoint(text, await readKey());
    expect(json).toEqual({ checkpoint: text, origin, size: 7, root: root.toString('hex') });
    expect(size).toBe(7);
    expect((await get('/burns/key', 'application/json')).json).toEqual({
      key: (await get('/burns/key')).text.trim(),
    });
  });

  it('proves a burn to whoever has the root', async () => {
    for (const query of ['', '?size=5']) {
      const proof = (await get(`/burns/4/proof${query}`)).as<{
        leafHash: string;
        index: number;
        size: number;
        path: string[];
        root: string;
      }>();
      expect(proof).toMatchObject({ index: 4, size: query === '' ? 7 : 5 });
      const { leafHash, root, path } = proof;
      expect(
        isIncluded({
          ...proof,
          leafHash: bytes(leafHash),
          root: bytes(root),
          path: path.map(bytes),
        }),
      ).toBe(true);
    }
  });

  it('proves that it only grew', async () => {
    const proof = (await get('/burns/consistency?from=3&to=7')).as<{
      from: number;
      to: number;
      fromRoot: string;
      toRoot: string;
      path: string[];
    }>();
    const { fromRoot, toRoot, path } = proof;
    expect(
      isConsistent({
        ...proof,
        fromRoot: bytes(fromRoot),
        toRoot: bytes(toRoot),
        path: path.map(bytes),
      }),
    ).toBe(true);
    expect((await get('/burns/head', 'application/json')).json).toMatchObject({ root: toRoot });
  });

  it.each([
    ['/burns/consistency?from=0&to=3', 400],
    ['/burns/consistency?from=4&to=3', 400],
    ['/burns/consistency?from=1&to=8', 400],
    ['/burns/consistency?from=1', 400],
    ['/burns/consistency?from=x&to=3', 400],
    ['/burns/consistency?from=-1&to=3', 400],
    ['/burns/7', 404],
    ['/burns/-1', 400],
    ['/burns/one', 400],
    ['/burns/7/proof', 404],
    ['/burns/6/proof?size=6', 400],
    ['/burns/0/proof?size=0', 400],
    ['/burns/0/proof?size=8', 400],
    ['/burns/0/proof?size=1e1', 400],
    ['/burns?limit=0', 400],
    ['/burns?cursor=x', 400],
    ['/burns/999999999999999', 404],
  ])('answers %s with %i', async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  it('is in the supply, and in its history', async () => {
    expect((await get('/supply')).json).toMatchObject({
      minted: '100',
      burned: '2.8',
      circulating: '97.2',
      staked: '0',
      maximum: '10000000',
    });
    const { items } = (await get('/supply/history')).as<{ items: unknown[] }>();
    expect(items).toEqual([
      {
        at: expect.stringMatching(/Z$/) as string,
        minted: '100',
        burned: '2.8',
        circulating: '97.2',
      },
    ]);
  });

  it('is described with both forms of its head', async () => {
    const { paths } = (await get('//openapi.json')).as<{
      paths: Record<string, { get: { responses: Record<string, { content: object }> } }>;
    }>();
    const answers = paths['/api/v1/burns/head']?.get.responses['200']?.content ?? {};
    expect(Object.keys(answers)).toEqual(['text/plain', 'application/json']);
  });
});

it('without a key the log is there, and its head says what is missing', async () => {
  const keyless = await startApi();
  try {
    expect((await keyless.send('GET', '/burns')).status).toBe(200);
    for (const path of ['/burns/head', '/burns/key']) {
      const answer = await keyless.send('GET', path);
      expect(answer.problem).toMatchObject({ status: 503, code: 'ENGINE_UNAVAILABLE' });
      expect(answer.problem.detail).toContain('LOG_SIGNING_KEY');
    }
  } finally {
    await keyless.close();
  }
});
