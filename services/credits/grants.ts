// Goodwill from the treasury to a user (DESIGN 2.2): settled charges are never refunded; a grant leaves mining,
// score and revenue as they were.
import type { Knex } from 'knex';
import { requirePositiveAmount } from '../../domain/credits';
import { assert, DomainError } from '../../domain/errors';
import { formatAmount } from '../../domain/money';
import { requireReason } from '../../domain/text';
import { isoTime } from '../../domain/time';
import { platformAccount, userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { deriveId } from '../../ledger/ids';
import { defineTable, type RowOf } from '../../ledger/table';
import { auditAct } from '../identity/audit-log';
import { originOf, type Caller } from '../identity/caller';
import { readPage, type Page, type PageRequest } from '../pages';
import {
  requireOperator,
  requireOtherPerson,
  requireUser,
  userStates,
} from '../identity/user-state';

const grants = defineTable({
  name: 'grants',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'uuid',
    userId: 'uuid',
    amount: 'bigint',
    reason: 'text',
    grantedBy: 'uuid',
    grantedAt: 'timestamptz',
  },
});
type GrantRow = RowOf<typeof grants>;

const columns = {
  id: 'g.id',
  userId: 'g.user_id',
  amount: 'g.amount',
  reason: 'g.reason',
  grantedBy: 'g.granted_by',
  grantedAt: 'g.granted_at',
} satisfies Record<keyof GrantRow, string>;

/** A grant as it is told: the amount as a decimal string, the time in ISO 8601. */
interface Grant {
  readonly id: string;
  readonly userId: string;
  readonly amount: string;
  readonly reason: string;
  readonly grantedBy: string;
  readonly grantedAt: string;
}

function presentGrant(row: GrantRow): Grant {
  return { ...row, amount: formatAmount(row.amount), grantedAt: isoTime(row.grantedAt) };
}

interface GrantRequest {
  readonly userId: string;
  /** Base units of CREDIT. */
  readonly amount: bigint;
  readonly reason: string;
}

interface MakeGrant extends GrantRequest {
  readonly id: string;
  readonly operatorId: string;
  readonly requestId: string;
}

const treasury = platformAccount('treasury', 'CREDIT');

const grantFromTreasury: Command<MakeGrant, Grant> = {
  kind: 'grant',
  keys: ({ operatorId, userId }) => ({
    accounts: [treasury, userAccount(userId, 'available', 'CREDIT')],
    rows: [rowKey(userStates, operatorId), rowKey(userStates, userId)],
  }),
  decide(view, { id, operatorId, userId, amount, reason, requestId }) {
    requireOperator(view, operatorId);
    requireOtherPerson(operatorId, userId);
    requirePositiveAmount(amount);
    requireReason(reason);
    requireUser(view, userId);
    const balance = view.balance(treasury);
    if (amount > balance) {
      throw new DomainError('INSUFFICIENT_FUNDS', 'The treasury has not that many Credits.', {
        available: formatAmount(balance),
      });
    }
    const grant = { id, userId, amount, reason, grantedBy: operatorId, grantedAt: view.at };
    const to = userAccount(userId, 'available', 'CREDIT');
    const logged = auditAct(view.at, {
      operatorId,
      action: 'grant.make',
      subjectKind: 'user',
      subjectId: userId,
      reason,
      details: { grantId: id, amount: formatAmount(amount) },
      requestId,
    });
    return {
      transfers: [moveBetween('grant', treasury, to, amount, id)],
      rows: [putRow(grants, grant), logged],
      result: presentGrant(grant),
    };
  },
};

export interface Grants {
  /**
   * @throws DomainError FORBIDDEN, ACTION_BY_INTERESTED_OPERATOR, USER_NOT_FOUND, INSUFFICIENT_FUNDS (the treasury),
   * AMOUNT_OUT_OF_RANGE, INVALID_REQUEST
   */
  make(caller: Caller, request: GrantRequest): Promise<{ grant: Grant; replayed: boolean }>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<Grant>>;
}

export function createGrants({ db, committer }: { db: Knex; committer: Committer }): Grants {
  return {
    async make(caller, { userId, amount, reason }) {
      const { userId: operatorId, requestId, idempotency } = caller;
      assert(idempotency, 'a grant has an idempotency key');
      const id = deriveId('grant', operatorId, idempotency.key);
      const input = { id, operatorId, requestId, userId, amount, reason };
      const { result, replayed } = await committer.submit(
        grantFromTreasury,
        input,
        originOf(caller),
      );
      return { grant: result, replayed };
    },
    async list(page) {
      const query = db({ g: 'grants' }).select(columns);
      const { items, nextCursor } = await readPage<GrantRow>(query, page, [
        { column: 'g.granted_at', type: 'time', of: ({ grantedAt }) => grantedAt },
        { column: 'g.id', type: 'uuid', of: ({ id }) => id },
      ]);
      return { items: items.map(presentGrant), nextCursor };
    },
  };
}
