// The console's sessions (DESIGN 6): a random token in a cookie, its hash in a row. A session may do whatever its
// user may.
import type { Knex } from 'knex';
import { DomainError } from '../../domain/errors';
import { demoHandle, demoWhaleHandle, normaliseEmail, type Role } from '../../domain/identity';
import type { PasswordCheck } from './passwords';
import { hashSecret, makeSecret } from './secrets';

export const sessionLifeMs = 7 * 24 * 60 * 60 * 1000;

/** Whom a visitor may look around as. */
export const demoGuests = ['user', 'whale'] as const;
export type DemoGuest = (typeof demoGuests)[number];

const guestHandles: Readonly<Record<DemoGuest, string>> = {
  user: demoHandle,
  whale: demoWhaleHandle,
};

export interface Session {
  /** Given once, for the cookie. */
  readonly token: string;
  readonly userId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What recognising a session needs, with its user as of now. */
export interface SessionRecord {
  readonly userId: string;
  readonly role: Role;
  readonly frozenAt: number | null;
  readonly tokenHash: Buffer;
}

export interface Sessions {
  /**
   * `client` is the address that asks.
   * @throws DomainError INVALID_CREDENTIALS; RATE_LIMITED after too many wrong passwords for the account
   */
  create(email: string, password: string, client: string): Promise<Session>;
  /** @throws DomainError NOT_FOUND unless this is a demo instance that has the account. */
  createDemo(as: DemoGuest): Promise<Session>;
  /** Ends a session; ending it twice is no error. */
  remove(tokenHash: Buffer): Promise<void>;
  findByToken(token: string): Promise<SessionRecord | undefined>;
}

interface SessionsOptions {
  readonly db: Knex;
  readonly passwords: PasswordCheck;
  readonly isDemo: boolean;
}

export function createSessions({ db, passwords, isDemo }: SessionsOptions): Sessions {
  async function open(userId: string): Promise<Session> {
    const token = makeSecret();
    const expiresAt = Date.now() + sessionLifeMs;
    await db('sessions').where('user_id', userId).where('expires_at', '<', db.fn.now()).delete();
    await db('sessions').insert({
      token_hash: hashSecret(token),
      user_id: userId,
      expires_at: new Date(expiresAt),
    });
    return { token, userId, expiresAt };
  }

  return {
    async create(email, password, client) {
      const account = normaliseEmail(email);
      const user = await db('users')
        .first<{ id: string; hash: string } | undefined>({ id: 'id', hash: 'password_hash' })
        .where('email', account);
      await passwords.check(account, client, user?.hash, password);
      if (!user) throw new DomainError('INVALID_CREDENTIALS', 'There is no such account.');
      return open(user.id);
    },

    async createDemo(as) {
      const user = isDemo
        ? await db('users')
            .first<{ id: string } | undefined>('id')
            .whereRaw('lower(handle) = ?', [guestHandles[as]])
        : undefined;
      if (!user) throw new DomainError('NOT_FOUND', 'This is not a demo instance.');
      return open(user.id);
    },

    async remove(tokenHash) {
      await db('sessions').where('token_hash', tokenHash).delete();
    },

    async findByToken(token) {
      return db({ s: 'sessions' })
        .join({ u: 'users' }, 'u.id', 's.user_id')
        .first<SessionRecord | undefined>({
          userId: 's.user_id',
          role: 'u.role',
          frozenAt: 'u.frozen_at',
          tokenHash: 's.token_hash',
        })
        .where('s.token_hash', hashSecret(token))
        .where('s.expires_at', '>', db.fn.now());
    },
  };
}
