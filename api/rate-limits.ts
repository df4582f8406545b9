// Rate limits (DESIGN 6): by address for what is public, by key or session for the rest. They are counted in this
// process' memory: n processes behind a balancer allow n times as many, and that is enough for what they are for,
// keeping one client from taking everybody's share. (The brake on password guesses stands with the passwords.)
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '../domain/errors';

/** Requests per minute. */
export const requestsPerMinute = {
  /** Public reads, by address. */
  public: 1_200,
  /** Public reads that may be many megabytes, by address. */
  download: 120,
  /** Everything else, by key or session. */
  key: 6_000,
  /** By address; a password hash costs some 30 ms of a core. */
  signUp: 120,
  signIn: 60,
  /** Requests with a key or session that is not known, by address. */
  badCredentials: 300,
} as const;

export type LimitClass = keyof typeof requestsPerMinute;

/** An answer that can still be given headers. */
interface HeaderSink {
  setHeader(name: string, value: number): unknown;
}

const windowSeconds = 60;
/** SDKs obey Retry-After to the letter. */
const maxRetryAfterSeconds = 30;

export interface RateLimits {
  /** Counts a request and tells the client where it stands. @throws DomainError RATE_LIMITED */
  consume(limitClass: LimitClass, who: string, response: HeaderSink): Promise<void>;
  /** Throws like `consume` when nothing is left, but counts nothing. */
  check(limitClass: LimitClass, who: string, response: HeaderSink): Promise<void>;
}

/** One client: an IPv4 address, or the /64 that an IPv6 client has to itself. */
export function clientOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4'
    ? parsed.toString()
    : ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString();
}

function tellClient(response: HeaderSink, limit: number, state: RateLimiterRes): number {
  const resetSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
  response.setHeader('x-ratelimit-limit', limit);
  response.setHeader('x-ratelimit-remaining', Math.max(0, state.remainingPoints));
  response.setHeader('x-ratelimit-reset', resetSeconds);
  return resetSeconds;
}

export function createRateLimits(
  limits: Readonly<Record<LimitClass, number>> = requestsPerMinute,
): RateLimits {
  const limiters = Object.fromEntries(
    Object.entries(limits).map(([name, points]) => [
      name,
      new RateLimiterMemory({ keyPrefix: name, points, duration: windowSeconds }),
    ]),
  ) as Record<LimitClass, RateLimiterMemory>;

  function refuse(limitClass: LimitClass, state: RateLimiterRes, response: HeaderSink): never {
    const resetSeconds = tellClient(response, limits[limitClass], state);
    response.setHeader('retry-after', Math.min(resetSeconds, maxRetryAfterSeconds));
    throw new DomainError('RATE_LIMITED', 'Too many requests; wait as long as Retry-After says.');
  }

  return {
    async consume(limitClass, who, response) {
      try {
        const state = await limiters[limitClass].consume(who);
        tellClient(response, limits[limitClass], state);
      } catch (state) {
        if (state instanceof RateLimiterRes) refuse(limitClass, state, response);
        throw state;
      }
    },

    async check(limitClass, who, response) {
      const state = await limiters[limitClass].get(who);
      if (state && state.remainingPoints <= 0) refuse(limitClass, state, response);
    },
  };
}
