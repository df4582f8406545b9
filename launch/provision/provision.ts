// The first things an instance has (DESIGN 7): two operators, the demo user with Credits to spend, and a channel
// with models to call. Idempotent: what is there stays as it is; keys are kept beside the data, readable by its
// owner only, so that every start can print them again.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Knex } from 'knex';
import type { Config } from '../../config/config';
import { demoHandle, scopesOfRole, type Role } from '../../domain/identity';
import { unit } from '../../domain/money';
import { Committer } from '../../ledger/committer';
import { openDatabase } from '../../ledger/connection';
import { newId } from '../../ledger/ids';
import { createApiKeys, firstKeyTerms, insertKey } from '../../services/identity/api-keys';
import type { Caller } from '../../services/identity/caller';
import { createDeposits } from '../../services/credits/deposits';
import { createOperators } from '../../services/identity/operators';
import { createPasswordCheck } from '../../services/identity/passwords';
import { parameters } from '../../services/parameters';
import { createUsers } from '../../services/identity/users';
import { describeDataDir } from '../data-dir';
import { seedUpstream } from './seed-upstream';

export interface ProvisionOptions {
  readonly databaseUrl: string;
  readonly config: Config;
  /** undefined with a real upstream. */
  readonly mockBaseUrl: string | undefined;
}

export interface ProvisionedKeys {
  readonly operatorKey: string;
  readonly secondOperatorKey: string;
  /** undefined without the demo. */
  readonly demoKey: string | undefined;
}

interface Account {
  readonly handle: string;
  readonly email: string;
  readonly role: Role;
}

/** What is kept of an account beside the data. */
interface StoredAccount {
  readonly email: string;
  /** Unknown when the account was there before the file. */
  readonly password: string | null;
  readonly apiKey: string;
}

const operators: readonly Account[] = ['operator-1', 'operator-2'].map((handle) => ({
  handle,
  email: `${handle}@l-exchange.local`,
  role: 'operator',
}));
const demo: Account = { handle: demoHandle, email: 'demo@l-exchange.local', role: 'user' };
const demoCredits = 1_000n * unit;

/** Makes what is missing and returns the keys of the first accounts. */
export async function provision(options: ProvisionOptions): Promise<ProvisionedKeys> {
  const { databaseUrl, config } = options;
  const db = openDatabase(databaseUrl, 'lx-setup', 2);
  const committer = new Committer({
    databaseUrl,
    applicationName: 'lx-setup-committer',
    projections: [parameters],
  });
  try {
    const store = openStore(config);
    const [first, second] = await Promise.all(
      operators.map((account) => ensureAccount(db, committer, store, account)),
    );
    const guest = config.demo ? await ensureAccount(db, committer, store, demo) : undefined;
    store.save();
    if (!first || !second) throw new Error('the operators were not made');
    await seedUpstream({ ...options, committer });
    if (guest) await fundDemo(db, committer, config, first.userId, guest.userId);
    return {
      operatorKey: first.apiKey,
      secondOperatorKey: second.apiKey,
      demoKey: guest?.apiKey,
    };
  } finally {
    await committer.close();
    await db.destroy();
  }
}

type Store = ReturnType<typeof openStore>;

function openStore(config: Config) {
  const path = describeDataDir(config.dataDir).accounts;
  const accounts = new Map<string, StoredAccount>(
    existsSync(path)
      ? Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, StoredAccount>)
      : [],
  );
  return {
    accounts,
    save() {
      const beside = `${path}.${process.pid}`;
      const text = JSON.stringify(Object.fromEntries(accounts), null, 2);
      writeFileSync(beside, `${text}\n`, { mode: 0o600 });
      renameSync(beside, path);
    },
  };
}

async function ensureAccount(
  db: Knex,
  committer: Committer,
  { accounts }: Store,
  { handle, email, role }: Account,
): Promise<{ userId: string; apiKey: string }> {
  const known = accounts.get(handle);
  const apiKeys = createApiKeys(db);
  const key = known && (await apiKeys.findBySecret(known.apiKey));
  if (known && key?.revokedAt === null) return { userId: key.userId, apiKey: known.apiKey };

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
  const { secret: apiKey } = await insertKey(db, userId, terms);
  accounts.set(handle, { email, password, apiKey });
  return { userId, apiKey };
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

/** Once, by its reference, however often the instance starts. */
async function fundDemo(
  db: Knex,
  committer: Committer,
  { fourEyesAbove }: Config,
  operatorId: string,
  userId: string,
): Promise<void> {
  const operator: Caller = {
    userId: operatorId,
    role: 'operator',
    isFrozen: false,
    scopes: scopesOfRole('operator'),
    keyId: null,
    models: null,
    sessionHash: null,
    requestId: newId(),
  };
  await createDeposits({ db, committer, fourEyesAbove }).record(operator, {
    userId,
    account: null,
    amount: demoCredits,
    externalRef: 'demo-opening-balance',
    reason: 'Credits for the demo user to try things out with',
  });
}
