// Passwords by argon2id with OWASP's first recommendation (19 MiB, two passes, one lane), and the brake on guessing.
import { hash, verify } from '@node-rs/argon2';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { DomainError } from '../../domain/errors';
import { makeSecret } from './secrets';

const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// Failures, not attempts: whoever knows the password is not slowed down by their own sign-ins. In this process'
// memory: n processes allow n times as many, which is of no use to a guesser. One client is stopped soon and can do no
// more to an account than be stopped; many together are stopped later, and the owner with them.
const failuresPerClient = { points: 10, duration: 300 } as const;
const failuresPerAccount = { points: 100, duration: 300 } as const;

/** Typed in two ways on two keyboards, a password is still the same one. */
function normalise(password: string): string {
  return password.normalize('NFKC');
}

export function hashPassword(password: string): Promise<string> {
  return hash(normalise(password), cost);
}

export interface PasswordCheck {
  /**
   * Takes the same time whether the account exists (its hash is given) or not. `client` is whoever types: an address,
   * or a user who is signed in.
   * @throws DomainError INVALID_CREDENTIALS; RATE_LIMITED after too many failures of the client with this account, or
   * of all clients with it
   */
  check(
    account: string,
    client: string,
    storedHash: string | undefined,
    password: string,
  ): Promise<void>;
}

/** @throws DomainError RATE_LIMITED */
async function count(failures: RateLimiterMemory, who: string): Promise<void> {
  const { consumedPoints } = await failures.penalty(who);
  if (consumedPoints > failures.points) {
    throw new DomainError('RATE_LIMITED', 'Too many wrong passwords; try again in some minutes.');
  }
}

export function createPasswordCheck(): PasswordCheck {
  const ofClient = new RateLimiterMemory({ ...failuresPerClient, keyPrefix: 'client' });
  const ofAccount = new RateLimiterMemory({ ...failuresPerAccount, keyPrefix: 'account' });
  const hashOfNobody = hashPassword(makeSecret());
  return {
    async check(account, client, storedHash, password) {
      // Counted before the check and given back after it, so that guesses sent at once count one by one. What a
      // client tries beyond its limit does not count against the account.
      const pair = `${client} ${account}`;
      await count(ofClient, pair);
      await count(ofAccount, account);
      const matches = await verify(storedHash ?? (await hashOfNobody), normalise(password));
      if (!matches || storedHash === undefined) {
        throw new DomainError(
          'INVALID_CREDENTIALS',
          'The e-mail address or the password is wrong.',
        );
      }
      await ofClient.reward(pair);
      await ofAccount.reward(account);
    },
  };
}
