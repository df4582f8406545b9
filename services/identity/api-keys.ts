// API keys (DESIGN 6): shown once, listed, revoked, and recognised by their secret; key-issuer.ts makes them.
// `spend_cap`, `spent` and `reserved` are the committer's columns (user-state.ts); all others never change but
// `revoked_at` and `last_used_at`.
import type { Knex } from 'knex';
import { assert, DomainError } from '../../domain/errors';
import { userScopes, type Role, type Scope } from '../../domain/identity';
import { newId } from '../../ledger/ids';
import { hashSecret, makeSecret } from './secrets';

const secretPrefix = 'lx_';
/** `last_used_at` is for people: it need not be written with every call. */
const lastUsedStepMs = 60_000;

/** What a new key may do and for how long. */
export interface KeyTerms {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970; null: it does not expire. */
  readonly expiresAt: number | null;
  /** Base units of CREDIT that it may spend in all; null: no cap of its own. */
  readonly spendCap: bigint | null;
  /** null: every model. */
  readonly models: readonly string[] | null;
  /** Addresses and CIDR blocks it may be used from; null: from anywhere. */
  readonly ipAllowList: readonly string[] | null;
}

export interface ApiKey extends KeyTerms {
  readonly id: string;
  /** The beginning of the secret, to tell keys apart. */
  readonly hint: string;
  readonly spent: bigint;
  readonly reserved: bigint;
  readonly createdAt: number;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

/** A key with its secret: given once, when it is made. */
export interface IssuedKey {
  readonly secret: string;
  readonly key: ApiKey;
}

/** What recognising a key needs, with its user as of now. */
export interface KeyRecord {
  readonly id: string;
  readonly userId: string;
  readonly role: Role;
  readonly frozenAt: number | null;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly ipAllowList: readonly string[] | null;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
}

export interface ApiKeys {
  /** The user's keys, newest first, revoked ones included. */
  list(userId: string): Promise<readonly ApiKey[]>;
  /**
   * Revokes the key and, unless told otherwise, all that was made with it, and with those: whoever stole a key may
   * have made others. Idempotent. Returns how many were live until now.
   * @throws DomainError API_KEY_NOT_FOUND, also for somebody else's key.
   */
  revoke(userId: string, keyId: string, options?: { readonly alone: boolean }): Promise<number>;
  findBySecret(secret: string): Promise<KeyRecord | undefined>;
  /** Remembers that a key was used, to the minute. */
  noteUse(key: KeyRecord): Promise<void>;
}

/** The first key of a new user: every scope of a user, no limits. */
export const firstKeyTerms: KeyTerms = {
  name: 'First key',
  scopes: userScopes,
  expiresAt: null,
  spendCap: null,
  models: null,
  ipAllowList: null,
};

const columns = {
  id: 'k.id',
  name: 'k.name',
  hint: 'k.hint',
  scopes: 'k.scopes',
  expiresAt: 'k.expires_at',
  spendCap: 'k.spend_cap',
  spent: 'k.spent',
  reserved: 'k.reserved',
  models: 'k.models',
  ipAllowList: 'k.ip_allow_list',
  createdAt: 'k.created_at',
  revokedAt: 'k.revoked_at',
  lastUsedAt: 'k.last_used_at',
};

/**
 * Until the end of the transaction nobody else makes or revokes keys of this user. The row of the user will not do:
 * commits that reserve calls wait for it.
 */
export async function lockKeysOf(transaction: Knex.Transaction, userId: string): Promise<void> {
  await transaction.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
    `api-keys:${userId}`,
  ]);
}

/** Inserts a key inside the caller's transaction, if any; `madeBy` is the key that made it. */
export async function insertKey(
  db: Knex,
  userId: string,
  terms: KeyTerms,
  madeBy: string | null = null,
): Promise<IssuedKey> {
  const secret = makeSecret(secretPrefix);
  const id = newId();
  await db('api_keys').insert({
    id,
    user_id: userId,
    name: terms.name,
    secret_hash: hashSecret(secret),
    hint: secret.slice(0, 9),
    scopes: terms.scopes,
    expires_at: terms.expiresAt === null ? null : new Date(terms.expiresAt),
    spend_cap: terms.spendCap,
    models: terms.models,
    ip_allow_list: terms.ipAllowList,
    made_by: madeBy,
  });
  const key = await findKey(db, id);
  assert(key, 'a key that was just inserted is there');
  return { secret, key };
}

export function findKey(db: Knex, keyId: string): Promise<ApiKey | undefined> {
  return db({ k: 'api_keys' }).first<ApiKey | undefined>(columns).where('k.id', keyId);
}

const revokeSql = /* sql */ `
  update api_keys set revoked_at = clock_timestamp() where id = ? and revoked_at is null`;

const revokeWithMadeSql = /* sql */ `
  with recursive made (id) as (
    select ?::uuid
    union
    select k.id from made m join api_keys k on k.made_by = m.id
  )
  update api_keys k set revoked_at = clock_timestamp()
  from made m where k.id = m.id and k.revoked_at is null`;

export function createApiKeys(db: Knex): ApiKeys {
  return {
    async list(userId) {
      return db({ k: 'api_keys' })
        .select<ApiKey[]>(columns)
        .where('k.user_id', userId)
        .orderBy([
          { column: 'k.created_at', order: 'desc' },
          { column: 'k.id', order: 'desc' },
        ]);
    },

    async revoke(userId, keyId, { alone } = { alone: false }) {
      return db.transaction(async (transaction) => {
        await lockKeysOf(transaction, userId);
        const known: unknown = await transaction('api_keys')
          .first('id')
          .where({ id: keyId, user_id: userId });
        if (!known) throw new DomainError('API_KEY_NOT_FOUND', 'There is no such key.');
        const { rowCount } = await transaction.raw<{ rowCount: number }>(
          alone ? revokeSql : revokeWithMadeSql,
          [keyId],
        );
        return rowCount;
      });
    },

    async findBySecret(secret) {
      if (!secret.startsWith(secretPrefix)) return undefined;
      return db({ k: 'api_keys' })
        .join({ u: 'users' }, 'u.id', 'k.user_id')
        .first<KeyRecord | undefined>({
          id: 'k.id',
          userId: 'k.user_id',
          role: 'u.role',
          frozenAt: 'u.frozen_at',
          scopes: 'k.scopes',
          models: 'k.models',
          ipAllowList: 'k.ip_allow_list',
          expiresAt: 'k.expires_at',
          revokedAt: 'k.revoked_at',
          lastUsedAt: 'k.last_used_at',
        })
        .where('k.secret_hash', hashSecret(secret));
    },

    async noteUse({ id, lastUsedAt }) {
      if (Date.now() - (lastUsedAt ?? 0) < lastUsedStepMs) return;
      await db('api_keys').where({ id }).update({ last_used_at: db.fn.now() });
    },
  };
}
