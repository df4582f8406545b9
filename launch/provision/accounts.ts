// The set-up's own accounts (DESIGN 7): users whose key is kept beside the data.
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { scopesOfRole, type Role } from '../../domain/identity';
import type { Committer } from '../../ledger/committer';
import { newId } from '../../ledger/ids';
import { createApiKeys, firstKeyTerms, insertKey } from '../../services/identity/api-keys';
import { createOperators } from '../../services/identity/operators';
import { createPasswordCheck } from '../../services/identity/passwords';
import { createUsers } from '../../services/identity/users';
import type { AccountStore } from './account-file';

export interface Account {
  readonly handle: string;
  readonly email: string;
  readonly role: Role;
}

interface EnsuredAccount {
  readonly userId: string;
  readonly keyId: string;
  readonly apiKey: string;
}

/** Makes the user, its role and its key as far as they are missing. */
export async function ensureAccount(
  db: Knex,
  committer: Committer,
  { accounts }: AccountStore,
  { handle, email, role }: Account,
): Promise<EnsuredAccount> {
  const known = accounts.get(handle);
  const apiKeys = createApiKeys(db);
  const key = known && (await apiKeys.findBySecret(known.apiKey));
  if (known && key?.revokedAt === null) {
    return { userId: key.userId, keyId: key.id, apiKey: known.apiKey };
  }

  const existing = await db('users')
    .first<{ id: string; role: Role } | undefined>('id', 'role')
    .where({ handle });
  const { userId, password } = existing
    ? { userId: existing.id, password: known?.password ?? null }
    : await signUp(db, handle, email);
  if (role === 'operator' && existing?.role !== 'operator') {
    await createOperators(committer).appointFirst(userId, newId());
  }
  const terms = { ...firstKeyTerms, name: 'Set-up', scopes: scopesOfRole(role) };
  const { secret: apiKey, key: made } = await insertKey(db, userId, terms);
  accounts.set(handle, { email, password, apiKey });
  return { userId, keyId: made.id, apiKey };
}

async function signUp(
  db: Knex,
  handle: string,
  email: string,
): Promise<{ userId: string; password: string }> {
  const password = randomBytes(18).toString('base64url');
  const users = createUsers({ db, passwords: createPasswordCheck() });
  const { user, apiKey } = await users.signUp(
    { email, password, handle, acceptsRisks: true },
    { isPlatform: true },
  );
  // The set-up's own key takes its place, with the scopes of the role.
  await createApiKeys(db).revoke(user.id, apiKey.key.id);
  return { userId: user.id, password };
}
