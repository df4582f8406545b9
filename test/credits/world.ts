// A database of its own with the Credits' services, and people to use them.
import { createHash, randomUUID } from 'node:crypto';
import { scopes, userScopes, type Role } from '../../domain/identity';
import { parseAmount, formatAmount, unit } from '../../domain/money';
import {
  platformAccount,
  userAccount,
  type PlatformPurpose,
  type UserPurpose,
} from '../../ledger/accounts';
import { moveBetween, type Command } from '../../ledger/command';
import { Committer } from '../../ledger/committer';
import { openDatabase } from '../../ledger/connection';
import { newId } from '../../ledger/ids';
import { createBalances } from '../../services/credits/balances';
import type { Caller } from '../../services/identity/caller';
import { createCostCorrections } from '../../services/credits/cost-corrections';
import { createDeposits, type DepositRequest } from '../../services/credits/deposits';
import { createGrants } from '../../services/credits/grants';
import { createPayments } from '../../services/credits/payments';
import type { RedemptionDecision } from '../../services/credits/redemption-decisions';
import { createRedemptions } from '../../services/credits/redemptions';
import { createUpstreamPayments } from '../../services/credits/upstream-payments';
import { createTestDatabase } from '../support/engines';
import { assertBooksBalance } from '../support/invariants';

const fourEyesAbove = 10_000n * unit;
export const holdMs = 7 * 24 * 60 * 60 * 1000;

/** Spends a user's Credits, as a call does: to revenue. */
const spend: Command<{ userId: string; amount: bigint }, null> = {
  kind: 'test_spend',
  keys: () => ({}),
  decide: (_, { userId, amount }) => ({
    transfers: [
      moveBetween(
        'test_spend',
        userAccount(userId, 'available', 'CREDIT'),
        platformAccount('revenue', 'CREDIT'),
        amount,
      ),
    ],
    result: null,
  }),
};

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld(redeemHoldMs = holdMs) {
  const database = await createTestDatabase();
  const db = openDatabase(database.url, 'lx-test', 8);
  const committer = new Committer({
    databaseUrl: database.url,
    applicationName: 'lx-test-committer',
  });

  async function addUser(role: Role = 'user'): Promise<string> {
    const id = newId();
    await db('users').insert({
      id,
      email: `${id}@example.com`,
      handle: `u${id.replaceAll('-', '').slice(-20)}`,
      password_hash: 'none',
      role,
    });
    return id;
  }

  const balances = createBalances(db);
  return {
    database,
    db,
    committer,
    balances,
    deposits: createDeposits({ db, committer, fourEyesAbove }),
    payments: createPayments({ committer, redeemHoldMs }),
    redemptions: createRedemptions({ db, committer, fourEyesAbove }),
    grants: createGrants({ db, committer }),
    upstreamPayments: createUpstreamPayments({ db, committer }),
    costCorrections: createCostCorrections({ db, committer }),
    addUser,

    spend: (userId: string, amount: string) =>
      committer.submit(spend, { userId, amount: parseAmount(amount) }, { actor: 'test' }),

    /** A user's Credits for a purpose. */
    async creditsOf(userId: string, purpose: UserPurpose = 'available'): Promise<string> {
      const [credits] = await balances.of(userId);
      return credits?.[purpose] ?? 'none';
    },

    /** What the platform has in Credits for a purpose. */
    async platformCredits(purpose: PlatformPurpose): Promise<string> {
      const row = await db('accounts')
        .first<{ balance: bigint } | undefined>('balance')
        .where('key', platformAccount(purpose, 'CREDIT').key);
      return formatAmount(row?.balance ?? 0n);
    },

    async frozenReasonOf(userId: string): Promise<string | null> {
      const row = await db('users')
        .first<{ reason: string | null }>({ reason: 'frozen_reason' })
        .where('id', userId);
      return row?.reason ?? null;
    },

    freeze: (userId: string) =>
      db('users').where('id', userId).update({ frozen_at: db.fn.now(), frozen_reason: 'A test.' }),
    unfreeze: (userId: string) =>
      db('users').where('id', userId).update({ frozen_at: null, frozen_reason: null }),

    /** The audit log's actions on a subject, oldest first. */
    async actionsOn(subjectId: string): Promise<string[]> {
      const rows = await db('audit_log')
        .select<{ action: string }[]>('action')
        .where('subject_id', subjectId)
        .orderBy('id');
      return rows.map(({ action }) => action);
    },

    /** Proves the books, then drops everything. */
    async close() {
      await committer.close();
      await db.destroy();
      await assertBooksBalance(database.url);
      await database.drop();
    },
  };
}

/** A caller with an idempotency key of their own; `body` stands for what is asked. */
export function callerOf(
  userId: string,
  role: Role = 'user',
  key: string = randomUUID(),
  body = '',
): Caller {
  return {
    userId,
    role,
    isFrozen: false,
    scopes: role === 'operator' ? scopes : userScopes,
    keyId: null,
    models: null,
    sessionHash: null,
    requestId: newId(),
    idempotency: { key, fingerprint: createHash('sha256').update(body).digest() },
  };
}

export function operatorCaller(operatorId: string): Caller {
  return callerOf(operatorId, 'operator');
}

export function toUser(
  userId: string,
  amount: string,
  externalRef: string = randomUUID(),
): DepositRequest {
  return {
    userId,
    account: null,
    amount: parseAmount(amount),
    externalRef,
    reason: 'Wire transfer',
  };
}

export function toAccount(
  account: NonNullable<DepositRequest['account']>,
  amount: string,
  externalRef: string = randomUUID(),
): DepositRequest {
  return { userId: null, account, amount: parseAmount(amount), externalRef, reason: 'Capital' };
}

/** A decision as a workflow's update makes it. */
export function decisionOf(
  redemptionId: string,
  operatorId: string,
  decisionKey: string = randomUUID(),
): RedemptionDecision {
  return { redemptionId, operatorId, decisionKey, reason: 'Checked', requestId: newId() };
}
