// Who calls the relay, and how often they may (DESIGN 2.2 "Limits", 6).
import type { NextFunction, Request, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { assert, DomainError, isRefusal } from '../domain/errors';
import type { Authenticator } from '../services/identity/authenticator';
import type { Principal } from '../services/identity/caller';
import type { Catalog } from '../services/catalog/catalog';
import { credentialsOf } from '../services/identity/credentials';

/**
 * A key (as Bearer or x-api-key) or the console's session, with the right to call.
 * @throws DomainError UNAUTHENTICATED, API_KEY_EXPIRED, API_KEY_REVOKED, ADDRESS_NOT_ALLOWED, ORIGIN_REFUSED,
 * SCOPE_REQUIRED
 */
async function authenticateCaller(
  authenticator: Authenticator,
  request: Request,
): Promise<Principal> {
  const principal = await authenticator.authenticate(credentialsOf(request, true));
  if (!principal.scopes.includes('relay')) {
    throw new DomainError(
      'SCOPE_REQUIRED',
      'This key may not call models: it lacks the scope "relay".',
    );
  }
  return principal;
}

/** Counts a request whose key is not known against its address. @throws DomainError RATE_LIMITED */
export type NoteBadCredentials = (request: Request, response: Response) => Promise<void>;

/**
 * Before anything of a body is read: who it is. Nothing but a failure is counted, so that good keys never wait for
 * what others try from the same address.
 */
export function admitCallers(authenticator: Authenticator, noteBadCredentials: NoteBadCredentials) {
  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    let principal: Principal;
    try {
      principal = await authenticateCaller(authenticator, request);
    } catch (error) {
      if (isRefusal(error, 'UNAUTHENTICATED')) {
        await noteBadCredentials(request, response);
      }
      throw error;
    }
    const { userId, keyId } = principal;
    Object.assign(response.locals, { principal, userId, keyId });
    next();
  };
}

/** Who was admitted. */
export function principalOf(response: Response): Principal {
  const { principal } = response.locals as { principal?: Principal };
  assert(principal, 'callers are admitted first');
  return principal;
}

/** Before the body is read: of a frozen user nothing more is wanted. @throws DomainError USER_FROZEN */
export function refuseFrozen(_request: Request, response: Response, next: NextFunction): void {
  if (principalOf(response).isFrozen) {
    throw new DomainError('USER_FROZEN', 'This account is frozen.');
  }
  next();
}

/** @throws DomainError MODEL_NOT_ALLOWED for a model that is not on the key's list. */
export function requireAllowedModel({ models }: Principal, modelId: string): void {
  if (models !== null && !models.includes(modelId)) {
    throw new DomainError('MODEL_NOT_ALLOWED', `This key may not call the model '${modelId}'.`, {
      param: 'model',
    });
  }
}

export interface RequestLimit {
  /** Counts a request of a key and tells the client where it stands. @throws DomainError RATE_LIMITED */
  consume(principal: Principal, response: Response): Promise<void>;
}

/** Counts the request of the caller who was admitted. */
export function limitRequests(limit: RequestLimit) {
  return async (_request: Request, response: Response, next: NextFunction): Promise<void> => {
    await limit.consume(principalOf(response), response);
    next();
  };
}

/** Requests a minute, by key, as the parameter `relay.requestsPerMinute` says; counted in this process' memory. */
export function createRequestLimit(catalog: Pick<Catalog, 'parameter'>): RequestLimit {
  const limiter = new RateLimiterMemory({ keyPrefix: 'relay', points: 1, duration: 60 });

  function tell(response: Response, state: RateLimiterRes): number {
    const resetSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    response.setHeader('x-ratelimit-limit-requests', limiter.points);
    response.setHeader('x-ratelimit-remaining-requests', Math.max(0, state.remainingPoints));
    response.setHeader('x-ratelimit-reset-requests', `${resetSeconds}s`);
    return resetSeconds;
  }

  return {
    async consume({ keyId, userId }, response) {
      limiter.points = catalog.parameter('relay.requestsPerMinute');
      try {
        tell(response, await limiter.consume(keyId ?? userId));
      } catch (state) {
        if (!(state instanceof RateLimiterRes)) throw state;
        const retryAfterSeconds = tell(response, state);
        throw new DomainError('RATE_LIMITED', 'Too many requests with this key.', {
          retryAfterSeconds,
        });
      }
    },
  };
}
