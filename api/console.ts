// The console's files (DESIGN 3): built from web/ into dist/web. Its own paths are pages of one document, so what a browser
// navigates to below / is answered by that, unless the API has it.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { Router, type Request } from 'express';

/** Of a build, whether this file runs from it or from the sources. */
function findFolder(): string | undefined {
  const places = [join(__dirname, '..', 'web'), join(__dirname, '..', 'dist', 'web')];
  return places.find((folder) => existsSync(join(folder, 'assets')));
}

/** A browser that opens an address, of which the API would know nothing. */
function isNavigation({ method, path, headers }: Request): boolean {
  const isOfApi = path.startsWith('/api/') || path === '/api';
  return method === 'GET' && !isOfApi && (headers.accept ?? '').includes('text/html');
}

/** What a response allows its page, and beside it the styles that carry this answer's nonce. */
function withNonce(policy: string, nonce: string): string {
  return `${policy};style-src 'self' 'nonce-${nonce}'`;
}

/** Passes on what is not the console's; without a build nothing is. */
export function serveConsole(): Router {
  const router = Router();
  const folder = findFolder();
  if (folder === undefined) return router;
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  // Each file is named by what is in it.
  router.use(
    '/assets',
    express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  );
  router.get(/.*/, (request, response, next) => {
    if (!isNavigation(request)) return next();
    const nonce = randomBytes(16).toString('base64');
    const policy = String(response.getHeader('content-security-policy'));
    response.setHeader('content-security-policy', withNonce(policy, nonce));
    response.setHeader('cache-control', 'no-store');
    response.type('html').send(page.replace('%nonce%', nonce));
  });
  return router;
}
