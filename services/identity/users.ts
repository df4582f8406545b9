// Users (DESIGN 6): sign-up, profile, password and the operators' list. Their role, freeze and live calls are the
// committer's (user-state.ts, operators.ts).
import type { Knex } from 'knex';
import { assert, DomainError } from '../../domain/errors';
import { checkPassword, isReservedHandle, normaliseEmail, type Role } from '../../domain/identity';
import { newId } from '../../ledger/ids';
import { firstKeyTerms, insertKey, type IssuedKey } from './api-keys';
import type { Caller } from './caller';
import { readPage, type Page, type PageRequest } from '../pages';
import { hashPassword, type PasswordCheck } from './passwords';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly handle: string;
  readonly role: Role;
  /** Milliseconds since 1970; null: not frozen. */
  readonly frozenAt: number | null;
  readonly frozenReason: string | null;
  readonly acceptsRisksAt: number | null;
  readonly createdAt: number;
}

/** A user as operators see them. */
export interface ListedUser extends User {
  /** The role that an operator proposed, which another one is to confirm; null: none. */
  readonly proposedRole: Role | null;
  readonly proposedBy: string | null;
}

interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly handle: string;
  readonly acceptsRisks: boolean;
}

interface SignUpOptions {
  /** The set-up's own accounts may have reserved handles. */
  readonly isPlatform: boolean;
}

export interface Users {
  /**
   * Makes a user with a first key.
   * @throws DomainError EMAIL_TAKEN, HANDLE_TAKEN, PASSWORD_TOO_WEAK
   */
  signUp(request: SignUp, options?: SignUpOptions): Promise<{ user: User; apiKey: IssuedKey }>;
  /** @throws DomainError USER_NOT_FOUND */
  get(userId: string): Promise<User>;
  /**
   * Changes the password and ends the user's sessions, but for the one that asks.
   * @throws DomainError INVALID_CREDENTIALS, RATE_LIMITED, PASSWORD_TOO_WEAK
   */
  changePassword(caller: Caller, current: string, next: string): Promise<void>;
  /** Newest first. */
  list(filter: UserFilter, page: PageRequest): Promise<Page<ListedUser>>;
}

export interface UserFilter {
  /** A part of the address or of the handle, or a whole id. */
  readonly search?: string | undefined;
  /** The whole address or handle, in any case: of one user at most, for no handle has the sign of an address. */
  readonly name?: string | undefined;
  /** Those alone. */
  readonly ids?: readonly string[] | undefined;
}

const columns = {
  id: 'u.id',
  email: 'u.email',
  handle: 'u.handle',
  role: 'u.role',
  frozenAt: 'u.frozen_at',
  frozenReason: 'u.frozen_reason',
  acceptsRisksAt: 'u.accepts_risks_at',
  createdAt: 'u.created_at',
};

// As in decisions: a proposal counts while its proposer can act.
const listedColumns = { ...columns, proposedBy: 'o.id' };

function handleTaken(): DomainError {
  return new DomainError('HANDLE_TAKEN', 'This handle is taken.');
}

/** Of two sign-ups at once the unique indexes let one through. */
function refuseDuplicate(error: unknown): never {
  if (error instanceof Error && 'constraint' in error) {
    if (error.constraint === 'users_email_key') {
      throw new DomainError('EMAIL_TAKEN', 'There is an account with this e-mail address.');
    }
    if (error.constraint === 'users_handle_key') throw handleTaken();
  }
  throw error;
}

interface UsersOptions {
  readonly db: Knex;
  readonly passwords: PasswordCheck;
}

export function createUsers({ db, passwords }: UsersOptions): Users {
  async function get(userId: string): Promise<User> {
    const user = await db({ u: 'users' }).first<User | undefined>(columns).where('u.id', userId);
    if (!user) throw new DomainError('USER_NOT_FOUND', 'There is no such user.');
    return user;
  }

  return {
    get,

    async signUp(request, { isPlatform } = { isPlatform: false }) {
      const { handle } = request;
      const email = normaliseEmail(request.email);
      if (isReservedHandle(handle) && !isPlatform) throw handleTaken();
      checkPassword(request.password, { email, handle });
      const passwordHash = await hashPassword(request.password);
      const id = newId();
      const apiKey = await db
        .transaction(async (transaction) => {
          await transaction('users').insert({
            id,
            email,
            handle,
            password_hash: passwordHash,
            accepts_risks_at: request.acceptsRisks ? db.fn.now() : null,
          });
          return insertKey(transaction, id, firstKeyTerms);
        })
        .catch(refuseDuplicate);
      return { user: await get(id), apiKey };
    },

    async changePassword(caller, current, next) {
      const user = await get(caller.userId);
      const stored = await db('users')
        .first<{ hash: string } | undefined>({ hash: 'password_hash' })
        .where('id', caller.userId);
      assert(stored, 'a user does not vanish');
      await passwords.check(user.email, caller.userId, stored.hash, current);
      checkPassword(next, user);
      const passwordHash = await hashPassword(next);
      await db.transaction(async (transaction) => {
        await transaction('users').where('id', user.id).update({ password_hash: passwordHash });
        const others = transaction('sessions').where('user_id', user.id);
        if (caller.sessionHash) void others.whereNot('token_hash', caller.sessionHash);
        await others.delete();
      });
    },

    async list({ search, name, ids }, page) {
      const query = db({ u: 'users' })
        .select(listedColumns)
        .select(db.raw("case when o.id is not null then 'operator' end as ??", ['proposedRole']))
        .leftJoin({ p: 'operator_proposals' }, 'p.user_id', 'u.id')
        .leftJoin({ o: 'users' }, (on) =>
          on.on('o.id', 'p.proposed_by').andOnVal('o.role', 'operator').andOnNull('o.frozen_at'),
        );
      if (search !== undefined) {
        // strpos and not like: what is searched for is text, not a pattern
        void query.whereRaw(
          '(strpos(u.email, lower(:search)) > 0 or strpos(lower(u.handle), lower(:search)) > 0 or u.id::text = lower(:search))',
          { search },
        );
      }
      if (name !== undefined) {
        void query.whereRaw('(u.email = lower(:name) or lower(u.handle) = lower(:name))', { name });
      }
      if (ids !== undefined) void query.whereIn('u.id', ids);
      return readPage<ListedUser>(query, page, [
        { column: 'u.created_at', type: 'time', of: ({ createdAt }) => createdAt },
        { column: 'u.id', type: 'uuid', of: ({ id }) => id },
      ]);
    },
  };
}
