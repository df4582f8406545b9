// Recognises who asks (DESIGN 6): a key as bearer token, or the console's session cookie, whose Origin is checked.
// The API reads each time; the relay may keep a key for a second, since a reservation checks it again under the lock.
import { parseCookie } from 'cookie';
import { DomainError } from '../../domain/errors';
import { scopesOfRole } from '../../domain/identity';
import type { ApiKeys, KeyRecord } from './api-keys';
import type { Principal } from './caller';
import { isAddressAllowed } from './ip-allow-list';
import type { SessionRecord, Sessions } from './sessions';

export const sessionCookie = 'lx_session';

/** What a request brings; header values as they came. */
export interface Credentials {
  readonly authorization?: string | undefined;
  /** Anthropic's header for a key; the relay passes it on. */
  readonly xApiKey?: string | undefined;
  readonly cookie?: string | undefined;
  /** The client's address, as the proxies that are trusted tell it. */
  readonly address: string;
  /** Asked for when a cookie is all that came. */
  readonly browser: () => BrowserFacts;
}

/** What the check of a cookie's Origin needs. */
export interface BrowserFacts {
  /** False for GET and HEAD. */
  readonly isUnsafe: boolean;
  /** Our own origin in this request's eyes: scheme://host[:port]. */
  readonly self: string;
  readonly origin?: string | undefined;
  readonly secFetchSite?: string | undefined;
}

export interface Authenticator {
  /**
   * @throws DomainError UNAUTHENTICATED (nothing, or nothing known), API_KEY_EXPIRED, API_KEY_REVOKED,
   * ADDRESS_NOT_ALLOWED, ORIGIN_REFUSED
   */
  authenticate(credentials: Credentials): Promise<Principal>;
}

interface AuthenticatorOptions {
  readonly apiKeys: Pick<ApiKeys, 'findBySecret' | 'noteUse'>;
  readonly sessions: Pick<Sessions, 'findByToken'>;
}

function unauthenticated(message: string): DomainError {
  return new DomainError('UNAUTHENTICATED', message);
}

function readBearer(authorization: string): string {
  const token = /^Bearer +([\x21-\x7e]{1,200}) *$/i.exec(authorization)?.[1];
  if (!token) throw unauthenticated('Send the key as "Authorization: Bearer lx_...".');
  return token;
}

/** The token of the session cookie, if the request has one. */
export function readSessionToken(cookieHeader: string | undefined): string | undefined {
  return cookieHeader === undefined ? undefined : parseCookie(cookieHeader)[sessionCookie];
}

function admitKey(key: KeyRecord, address: string): Principal {
  if (key.revokedAt !== null) throw new DomainError('API_KEY_REVOKED', 'This key was revoked.');
  if (key.expiresAt !== null && key.expiresAt <= Date.now()) {
    throw new DomainError('API_KEY_EXPIRED', 'This key has expired.');
  }
  if (key.ipAllowList !== null && !isAddressAllowed(address, key.ipAllowList)) {
    throw new DomainError('ADDRESS_NOT_ALLOWED', 'This key may not be used from your address.');
  }
  return {
    userId: key.userId,
    role: key.role,
    isFrozen: key.frozenAt !== null,
    scopes: key.scopes,
    keyId: key.id,
    models: key.models,
    sessionHash: null,
  };
}

function admitSession(session: SessionRecord): Principal {
  return {
    userId: session.userId,
    role: session.role,
    isFrozen: session.frozenAt !== null,
    scopes: scopesOfRole(session.role),
    keyId: null,
    models: null,
    sessionHash: session.tokenHash,
  };
}

/**
 * Refuses a state-changing request that another site made a browser send. SameSite=Strict keeps the cookie at home
 * already; this is for the browser that does not know it. A client that sends neither header is no browser of today.
 * @throws DomainError ORIGIN_REFUSED
 */
export function checkOrigin({ isUnsafe, self, origin, secFetchSite }: BrowserFacts): void {
  if (!isUnsafe) return;
  const isOwn =
    origin === undefined
      ? secFetchSite === undefined || secFetchSite === 'same-origin'
      : origin === self;
  if (!isOwn) throw new DomainError('ORIGIN_REFUSED', 'The request comes from another site.');
}

export function createAuthenticator({ apiKeys, sessions }: AuthenticatorOptions): Authenticator {
  async function authenticateKey(secret: string, address: string): Promise<Principal> {
    const key = await apiKeys.findBySecret(secret);
    if (!key) throw unauthenticated('This key is not known.');
    const principal = admitKey(key, address);
    await apiKeys.noteUse(key);
    return principal;
  }

  async function authenticateSession(token: string, browser: BrowserFacts): Promise<Principal> {
    checkOrigin(browser);
    const session = await sessions.findByToken(token);
    if (!session) throw unauthenticated('The session has ended; sign in again.');
    return admitSession(session);
  }

  return {
    async authenticate({ authorization, xApiKey, cookie, address, browser }) {
      if (authorization !== undefined) return authenticateKey(readBearer(authorization), address);
      if (xApiKey !== undefined) return authenticateKey(xApiKey, address);
      const token = readSessionToken(cookie);
      if (token !== undefined) return authenticateSession(token, browser());
      throw unauthenticated('Send the key as "Authorization: Bearer lx_...", or sign in.');
    },
  };
}
