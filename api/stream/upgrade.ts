// Lets a client in (DESIGN 6): what an upgrade request must be, and who it comes from. A page of another site may read
// what is public, but never with a cookie of ours.
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import express, { type Request } from 'express';
import { DomainError, isRefusal } from '../../domain/errors';
import { newId } from '../../ledger/ids';
import { checkOrigin, readSessionToken } from '../../services/identity/authenticator';
import type { Principal } from '../../services/identity/caller';
import { browserFactsOf, credentialsOf } from '../../services/identity/credentials';
import { requireAccess, type Admission } from '../admission';
import { parseTrustProxy } from '../app';
import { apiBase } from '../openapi';
import { problemOf } from '../problem';
import { clientOf } from '../rate-limits';

const streamPath = `${apiBase}/stream`;

/** There is no answer that limits could be told in. */
const nowhere = { setHeader: () => undefined };

/** Gives a bare request what Express knows of one: the client's address, our own origin. */
export function createDresser(
  trustProxy: string | undefined,
): (message: IncomingMessage) => Request {
  const app = express();
  app.set('trust proxy', parseTrustProxy(trustProxy));
  const { request } = app as unknown as { request: object };
  return (message) => Object.setPrototypeOf(message, request) as Request;
}

/** @throws DomainError NOT_FOUND; INVALID_REQUEST for a query: a key in an address ends up in logs */
export function checkTarget(url: string): void {
  const [path, ...query] = url.split('?');
  if (path !== streamPath) throw new DomainError('NOT_FOUND', 'There is no stream here.');
  if (query.length > 0) {
    throw new DomainError(
      'INVALID_REQUEST',
      'The stream takes no query; send the key as {"op":"auth","key":"lx_..."}.',
    );
  }
}

async function identify(
  { authenticator, rateLimits }: Admission,
  credentials: Parameters<Admission['authenticator']['authenticate']>[0],
): Promise<Principal> {
  const client = clientOf(credentials.address);
  await rateLimits.check('badCredentials', client, nowhere);
  try {
    const principal = await authenticator.authenticate(credentials);
    requireAccess(principal, 'read');
    return principal;
  } catch (error) {
    if (isRefusal(error, 'UNAUTHENTICATED')) {
      await rateLimits.consume('badCredentials', client, nowhere);
    }
    throw error;
  }
}

/**
 * Who opens a connection: by a key in its header, or by the console's session; null: nobody says. A session that is over
 * is nobody's.
 * @throws DomainError as `authenticate` does, ORIGIN_REFUSED, SCOPE_REQUIRED, RATE_LIMITED
 */
export async function admitUpgrade(
  admission: Admission,
  request: Request,
): Promise<Principal | null> {
  const client = clientOf(request.ip ?? '');
  await admission.rateLimits.consume('public', client, nowhere);
  const credentials = credentialsOf(request);
  if (credentials.authorization !== undefined) return identify(admission, credentials);
  if (readSessionToken(credentials.cookie) === undefined) return null;
  // It reads only, but what it reads is a user's own, and no other site's.
  const browser = () => ({ ...browserFactsOf(request), isUnsafe: true });
  checkOrigin(browser());
  try {
    return await identify(admission, { ...credentials, browser });
  } catch (error) {
    if (isRefusal(error, 'UNAUTHENTICATED')) return null;
    throw error;
  }
}

/** @throws DomainError as `authenticate` does, SCOPE_REQUIRED, RATE_LIMITED */
export function admitKey(admission: Admission, request: Request, key: string): Promise<Principal> {
  return identify(admission, {
    authorization: `Bearer ${key}`,
    address: request.ip ?? '',
    browser: () => browserFactsOf(request),
  });
}

/** Answers an upgrade with a problem document instead. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { status, text } = problemOf(error, newId());
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
