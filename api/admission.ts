// Lets a request in: rate limit, authentication, scope, Idempotency-Key. What a route asks for stands in its
// declaration.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Request, Response } from 'express';
import { assert, DomainError, isRefusal } from '../domain/errors';
import { readSessionToken, type Authenticator } from '../services/identity/authenticator';
import type { Caller, Principal } from '../services/identity/caller';
import { credentialsOf } from '../services/identity/credentials';
import { localsOf } from './locals';
import { clientOf, type RateLimits } from './rate-limits';
import type { Access, Route } from './route';

export interface Admission {
  readonly authenticator: Authenticator;
  readonly rateLimits: RateLimits;
}

/** @throws DomainError SCOPE_REQUIRED, FORBIDDEN (not an operator), USER_FROZEN (an operator who is) */
export function requireAccess(principal: Principal, access: Exclude<Access, 'public'>): void {
  const scope = access === 'operator' ? 'admin' : access;
  if (!principal.scopes.includes(scope)) {
    throw new DomainError('SCOPE_REQUIRED', `This needs a key with the scope "${scope}".`, {
      scope,
    });
  }
  if (access !== 'operator') return;
  if (principal.role !== 'operator') {
    throw new DomainError('FORBIDDEN', 'Only operators may do this.');
  }
  if (principal.isFrozen) {
    throw new DomainError('USER_FROZEN', 'This account is frozen: it may not act as an operator.');
  }
}

/**
 * The caller of a route that is not public.
 * @throws DomainError as `authenticate` and `requireAccess` do, and RATE_LIMITED
 */
export async function admitCaller(
  { authenticator, rateLimits }: Admission,
  access: Exclude<Access, 'public'>,
  request: Request,
  response: Response,
): Promise<Caller> {
  const client = clientOf(request.ip ?? '');
  await rateLimits.check('badCredentials', client, response);
  const principal = await authenticator
    .authenticate(credentialsOf(request))
    .catch(async (error: unknown) => {
      if (isRefusal(error, 'UNAUTHENTICATED')) {
        await rateLimits.consume('badCredentials', client, response);
      }
      throw error;
    });
  const locals = localsOf(response);
  locals.userId = principal.userId;
  locals.keyId = principal.keyId;
  await rateLimits.consume('key', principal.keyId ?? principal.userId, response);
  requireAccess(principal, access);
  return { ...principal, requestId: locals.requestId };
}

/**
 * Who asks with a key or a session, on a route that needs none; null: nobody, and a session that is over is nobody's.
 * @throws DomainError as `admitCaller` does
 */
export async function readerOf(admission: Admission, request: Request): Promise<string | null> {
  const hasKey = request.get('authorization') !== undefined;
  if (!hasKey && readSessionToken(request.get('cookie')) === undefined) return null;
  assert(request.res, 'Express tells a request of its response');
  try {
    return (await admitCaller(admission, 'read', request, request.res)).userId;
  } catch (error) {
    if (!hasKey && isRefusal(error, 'UNAUTHENTICATED')) return null;
    throw error;
  }
}

/**
 * The request's Idempotency-Key with the fingerprint of method, path and body (in canonical form: the order of
 * members and white space do not matter), if the route knows one.
 * @throws DomainError IDEMPOTENCY_KEY_REQUIRED, also for a key that is none
 */
export function readIdempotencyKey(
  { idempotency }: Route,
  request: Request,
  body: unknown,
): Pick<Caller, 'idempotency'> {
  const key = request.get('idempotency-key');
  if (idempotency === undefined || (idempotency === 'optional' && key === undefined)) return {};
  if (key === undefined || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new DomainError(
      'IDEMPOTENCY_KEY_REQUIRED',
      'Send an Idempotency-Key header of 1 to 255 printable characters, a new one for each new request.',
    );
  }
  const path = request.baseUrl + request.path;
  const text = [request.method, path, canonicalize(body) ?? ''].join('\n');
  return { idempotency: { key, fingerprint: createHash('sha256').update(text).digest() } };
}
