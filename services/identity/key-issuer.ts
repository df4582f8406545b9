// Making keys (DESIGN 6): a key never makes one with more scope, cap or life than itself. What a capped key gives
// away of its cap it no longer has, so that it and all that come of it together spend no more than it was given.
import type { Knex } from 'knex';
import { assert, DomainError } from '../../domain/errors';
import { putRow, rowKey, type Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import {
  findKey,
  insertKey,
  lockKeysOf,
  type ApiKey,
  type IssuedKey,
  type KeyTerms,
} from './api-keys';
import { originOf, type Caller } from './caller';
import { isAllowListWithin } from './ip-allow-list';
import { keyStates } from './user-state';

const maxLiveKeys = 100;

export interface KeyIssuer {
  /**
   * Makes a key for the caller, never one that may do more, spend more or live longer than the caller's own, whose
   * cap falls by that of the new one.
   * @throws DomainError API_KEY_SCOPE_EXCEEDED, API_KEY_LIMIT_REACHED, API_KEY_REVOKED (meanwhile), INVALID_REQUEST
   * (expired already)
   */
  issue(caller: Caller, terms: KeyTerms): Promise<IssuedKey>;
}

interface HandOutCap {
  /** The key that gives. */
  readonly keyId: string;
  /** Base units of CREDIT. */
  readonly amount: bigint;
}

/** Takes an amount off a key's cap, under the lock that its calls reserve under. Refuses API_KEY_SCOPE_EXCEEDED. */
const handOutCap: Command<HandOutCap, null> = {
  kind: 'hand_out_key_cap',
  keys: ({ keyId }) => ({ rows: [rowKey(keyStates, keyId)] }),
  decide(view, { keyId, amount }) {
    const key = view.row(keyStates, keyId);
    assert(key && key.spendCap !== null, 'a capped key stays capped');
    if (amount > key.spendCap - key.spent - key.reserved) throw capExceeded();
    return { rows: [putRow(keyStates, { ...key, spendCap: key.spendCap - amount })], result: null };
  },
};

function exceeded(message: string): DomainError {
  return new DomainError('API_KEY_SCOPE_EXCEEDED', message);
}

function capExceeded(): DomainError {
  return exceeded('It could spend more than is left of the cap of the key that makes it.');
}

function isWithin<Value>(part: readonly Value[], whole: readonly Value[]): boolean {
  return part.every((value) => whole.includes(value));
}

/** @throws DomainError API_KEY_SCOPE_EXCEEDED where a key with these terms would be more than its maker. */
function requireWithin(terms: KeyTerms, maker: ApiKey): void {
  const { expiresAt, spendCap, models, ipAllowList } = maker;
  if (expiresAt !== null && (terms.expiresAt === null || terms.expiresAt > expiresAt)) {
    throw exceeded('It would live longer than the key that makes it.');
  }
  if (spendCap !== null && terms.spendCap === null) throw capExceeded();
  if (models !== null && (terms.models === null || !isWithin(terms.models, models))) {
    throw exceeded('It could call models that its maker may not.');
  }
  if (
    ipAllowList !== null &&
    (terms.ipAllowList === null || !isAllowListWithin(terms.ipAllowList, ipAllowList))
  ) {
    throw exceeded('It could be used from addresses that its maker may not be used from.');
  }
}

/** @throws DomainError API_KEY_REVOKED */
function requireGood(maker: ApiKey | undefined): void {
  if (!maker || maker.revokedAt === null) return;
  throw new DomainError('API_KEY_REVOKED', 'This key was revoked.');
}

/** @throws DomainError API_KEY_LIMIT_REACHED */
async function requireRoom(db: Knex, userId: string): Promise<void> {
  const row = await db('api_keys')
    .count<{ count: bigint }[]>()
    .where('user_id', userId)
    .whereNull('revoked_at')
    .first();
  if (Number(row?.count ?? 0) >= maxLiveKeys) {
    throw new DomainError(
      'API_KEY_LIMIT_REACHED',
      `A user has at most ${maxLiveKeys} live keys; revoke one first.`,
    );
  }
}

export function createKeyIssuer({ db, committer }: { db: Knex; committer: Committer }): KeyIssuer {
  return {
    async issue(caller, terms) {
      const { userId, keyId, scopes } = caller;
      if (terms.expiresAt !== null && terms.expiresAt <= Date.now()) {
        throw new DomainError('INVALID_REQUEST', 'expiresAt is in the past.');
      }
      if (!isWithin(terms.scopes, scopes)) {
        throw exceeded('It would have scopes that its maker does not have.');
      }
      const maker = keyId === null ? undefined : await findKey(db, keyId);
      if (maker) requireWithin(terms, maker);
      // Looked at before the cap goes, and once more where nobody can come between.
      requireGood(maker);
      await requireRoom(db, userId);
      // The cap goes before the key comes: a crash between them loses some of it and never doubles it.
      if (maker && maker.spendCap !== null && terms.spendCap !== null) {
        const input = { keyId: maker.id, amount: terms.spendCap };
        await committer.submit(handOutCap, input, originOf(caller));
      }
      return db.transaction(async (transaction) => {
        await lockKeysOf(transaction, userId);
        await requireRoom(transaction, userId);
        requireGood(keyId === null ? undefined : await findKey(transaction, keyId));
        return insertKey(transaction, userId, terms, keyId);
      });
    },
  };
}
