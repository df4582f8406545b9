// Passwords by argon2id with OWASP's first recommendation (19 MiB, two passes, one lane), and the brake on guessing.
import { hash, verify } from '@node-rs/argon2';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { DomainError } from '../../domain/errors';
import { makeSecret } from './secrets';

const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

// Failures, not attempts: whoever knows the password is not slowed down by their own sign-ins. In this process'
// memory: n processes allow n times as many, which is of no use to a guesser.
const failuresPerAccount = { points: 10, duration: 300 } as const;

/** Typed in two ways on two keyboards, a password is still the same one. */
function normalise(password: string): string {
  return password.normalize('NFKC');
}

export function hashPassword(password: string): Promise<string> {
  return hash(normalise(password), cost);
}

export interface PasswordCheck {
  /**
   * Takes the same time whether the account exists (its hash is given) or not.
   * @throws DomainError INVALID_CREDENTIALS; RATE_LIMITED after too many failures of the account
   */
  check(account: string, storedHash: string | undefined, password: string): Promise<void>;
}

export function createPasswordCheck(): PasswordCheck {
  const failures = new RateLimiterMemory({ ...failuresPerAccount, keyPrefix: 'password' });
  const hashOfNobody = hashPassword(makeSecret());
  return {
    async check(account, storedHash, password) {
      // Counted before the check and given back after it, so that guesses sent at once count one by one.
      const { consumedPoints } = await failures.penalty(account);
      if (consumedPoints > failuresPerAccount.points) {
        throw new DomainError(
          'RATE_LIMITED',
          'Too many wrong passwords; try again in some minutes.',
        );
      }
      const matches = await verify(storedHash ?? (await hashOfNobody), normalise(password));
      if (!matches || storedHash === undefined) {
        throw new DomainError(
          'INVALID_CREDENTIALS',
          'The e-mail address or the password is wrong.',
        );
      }
      await failures.reward(account);
    },
  };
}
