// The console's files as the API serves them; what its pages do is tried in a browser.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startApi, type TestApi } from '../api/harness';
import { projectRoot } from '../../launch/paths';

const assets = join(projectRoot(), 'dist', 'web', 'assets');
const maxFirstLoad = 300 * 1024;

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const open = (path: string, accept = 'text/html') =>
  fetch(api.url + path, { headers: { accept }, redirect: 'manual' });

it.each(['/', '/playground', '/no/such/page'])('%s is a page of the console', async (path) => {
  const answer = await open(path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(await answer.text()).toContain('<div id="console"></div>');
});

it('allows nothing from elsewhere and no inline script, and styles by a nonce of each answer', async () => {
  const nonces = [];
  for (const answer of [await open('/'), await open('/')]) {
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain('unsafe');
    const [, nonce = ''] = /style-src 'self' 'nonce-([^']+)'/.exec(policy) ?? [];
    const page = await answer.text();
    expect(page).toContain(`<meta property="csp-nonce" nonce="${nonce}" />`);
    expect(page).not.toMatch(/<script(?![^>]* src=)|<style|https?:\/\//);
    nonces.push(nonce);
  }
  expect(nonces[0]).not.toBe(nonces[1]);
});

it.each(['/api/v1/no-such-thing', '/api'])('%s is the API’s, whoever asks', async (path) => {
  const answer = await open(path);
  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
});

it('what is no navigation is a refusal, not a page', async () => {
  expect((await open('/no/such/page', 'application/json')).status).toBe(404);
  expect((await fetch(`${api.url}/playground`, { method: 'POST' })).status).toBe(404);
});

it('may keep its files for ever, for their names tell what is in them', async () => {
  const page = await (await open('/')).text();
  const paths = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
    ([, path]) => path ?? '',
  );
  expect(paths).toHaveLength(2);
  for (const path of paths) {
    const answer = await open(path, '*/*');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    // What is not read keeps its connection open.
    await answer.arrayBuffer();
  }
  expect((await open('/assets/none.js', '*/*')).status).toBe(404);
});

const textOf = (name: string) => readFileSync(join(assets, name), 'utf8');

/** What a module brings with it: itself and all that it imports, but not what it loads later. */
function withImports(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, imported] of textOf(name).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
    if (imported !== undefined) withImports(imported, found);
  }
  return found;
}

it('is small: whatever page is opened first, it stays below what a first load may have', async () => {
  const page = await (await open('/')).text();
  const [main = '', styles = ''] = ['js', 'css'].map(
    (kind) => new RegExp(`/assets/([^"]+\\.${kind})"`).exec(page)?.[1],
  );
  const lazy = [...textOf(main).matchAll(/import\("\.\/([^"]+)"\)/g)].map(([, name]) => name ?? '');
  expect(lazy.length).toBeGreaterThan(10);
  for (const name of lazy) {
    const files = [...withImports(name, withImports(main)), styles];
    const sizes = files.map((file) => gzipSync(textOf(file)).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(maxFirstLoad);
  }
});
