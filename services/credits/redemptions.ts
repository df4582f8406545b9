// Redemptions (DESIGN 2.1): a user's Credits are held until operators approve (they are destroyed 1:1) or reject
// (they are released). The request tells the redemption's workflow, whose updates end in these decisions.
import type { Knex } from 'knex';
import { requirePositiveAmount } from '../../domain/credits';
import { needsSecondOperator } from '../../domain/deposit';
import { assert, DomainError } from '../../domain/errors';
import {
  maxDestinationLength,
  requireRedeemable,
  type RedemptionStatus,
} from '../../domain/redemption';
import { requirePlainLine } from '../../domain/text';
import { userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { deriveId } from '../../ledger/ids';
import { originOf, type Caller } from '../identity/caller';
import { originOfDecision } from '../decision-origin';
import { readPage, type Page, type PageRequest } from '../pages';
import { redeemHolds, redeemHoldsOf } from './redeem-holds';
import {
  approveRedemption,
  rejectRedemption,
  type RedemptionDecision,
} from './redemption-decisions';
import {
  presentOwnRedemption,
  presentRedemption,
  redemptionColumns,
  redemptions,
  requestedMessage,
  type OwnRedemption,
  type Redemption,
  type RedemptionRow,
} from './redemption-rows';
import { requireActiveUser, userStates } from '../identity/user-state';

interface RequestRedemption {
  readonly userId: string;
  /** The request's; with the user it names the redemption. */
  readonly idempotencyKey: string;
  readonly requestId: string;
  /** Base units of CREDIT. */
  readonly amount: bigint;
  /** Where the money is to go, for the operator who sends it. */
  readonly destination: string;
  /** Base units of CREDIT. */
  readonly fourEyesAbove: bigint;
}

function idOf(userId: string, idempotencyKey: string): string {
  return deriveId('redemption', userId, idempotencyKey);
}

const requestRedemption: Command<RequestRedemption, OwnRedemption> = {
  kind: 'request_redemption',
  keys: ({ userId, idempotencyKey }) => ({
    accounts: [
      userAccount(userId, 'available', 'CREDIT'),
      userAccount(userId, 'redeeming', 'CREDIT'),
    ],
    rows: [
      rowKey(redemptions, idOf(userId, idempotencyKey)),
      rowKey(userStates, userId),
      rowKey(redeemHolds, userId),
    ],
  }),
  decide(view, { userId, idempotencyKey, requestId, amount, destination, fourEyesAbove }) {
    requireActiveUser(view, userId);
    requirePositiveAmount(amount);
    requirePlainLine(destination, 'destination', maxDestinationLength);
    const available = userAccount(userId, 'available', 'CREDIT');
    const redeeming = userAccount(userId, 'redeeming', 'CREDIT');
    requireRedeemable(amount, view.balance(available), redeemHoldsOf(view, userId), view.at);

    const id = idOf(userId, idempotencyKey);
    assert(!view.row(redemptions, id), 'a stored answer stands before a second request');
    const redemption: RedemptionRow = {
      id,
      userId,
      amount,
      destination,
      status: 'pending',
      approvalsNeeded: needsSecondOperator(amount, fourEyesAbove) ? 2 : 1,
      firstApprover: null,
      decidedBy: null,
      decidedAt: null,
      requestedAt: view.at,
      history: [],
    };
    return {
      transfers: [moveBetween('redemption_hold', available, redeeming, amount, id)],
      rows: [putRow(redemptions, redemption)],
      outbox: [requestedMessage(redemption, requestId)],
      result: presentOwnRedemption(redemption),
    };
  },
};

export interface Redemptions {
  /**
   * @throws DomainError USER_FROZEN, INSUFFICIENT_FUNDS, FUNDS_ON_HOLD, AMOUNT_OUT_OF_RANGE, INVALID_REQUEST
   */
  request(
    caller: Caller,
    amount: bigint,
    destination: string,
  ): Promise<{ redemption: OwnRedemption; replayed: boolean }>;
  /**
   * One operator's approval: of two above the four-eyes limit. For the workflow: a repeat with the same
   * `decisionKey` gets the first answer.
   * @throws DomainError REDEMPTION_NOT_FOUND, FORBIDDEN, ACTION_BY_INTERESTED_OPERATOR, USER_FROZEN (the operator
   * or the user), STATE_CONFLICT (decided already, or approved by this operator already), INVALID_REQUEST
   */
  approve(decision: RedemptionDecision): Promise<Redemption>;
  /** As `approve`; a frozen user's can be rejected. */
  reject(decision: RedemptionDecision): Promise<Redemption>;
  /** The user's own, newest first. */
  listOwn(userId: string, page: PageRequest): Promise<Page<OwnRedemption>>;
  /** @throws DomainError REDEMPTION_NOT_FOUND, also for another user's */
  getOwn(userId: string, redemptionId: string): Promise<OwnRedemption>;
  /** For operators and workflows. @throws DomainError REDEMPTION_NOT_FOUND */
  get(redemptionId: string): Promise<Redemption>;
  /** Everybody's, newest first. */
  list(status: RedemptionStatus | undefined, page: PageRequest): Promise<Page<Redemption>>;
}

interface RedemptionsOptions {
  readonly db: Knex;
  readonly committer: Committer;
  /** Base units of CREDIT: above it two operators must approve. */
  readonly fourEyesAbove: bigint;
}

export function createRedemptions(options: RedemptionsOptions): Redemptions {
  const { db, committer, fourEyesAbove } = options;

  async function find(redemptionId: string): Promise<RedemptionRow> {
    const row = await db({ r: 'redemptions' })
      .first<RedemptionRow | undefined>(redemptionColumns)
      .where('r.id', redemptionId);
    if (!row) throw redemptionNotFound();
    return row;
  }

  function readRows(query: Knex.QueryBuilder, page: PageRequest): Promise<Page<RedemptionRow>> {
    return readPage<RedemptionRow>(query.select(redemptionColumns), page, [
      { column: 'r.requested_at', type: 'time', of: ({ requestedAt }) => requestedAt },
      { column: 'r.id', type: 'uuid', of: ({ id }) => id },
    ]);
  }

  async function decide(
    command: Command<RedemptionDecision, Redemption>,
    decision: RedemptionDecision,
  ): Promise<Redemption> {
    const { redemptionId, reason } = decision;
    const origin = originOfDecision(command.kind, redemptionId, decision, reason);
    return (await committer.submit(command, decision, origin)).result;
  }

  return {
    async request(caller, amount, destination) {
      const { userId, requestId, idempotency } = caller;
      assert(idempotency, 'a redemption has an idempotency key');
      const input = {
        userId,
        requestId,
        idempotencyKey: idempotency.key,
        amount,
        destination,
        fourEyesAbove,
      };
      const outcome = await committer.submit(requestRedemption, input, originOf(caller));
      return { redemption: outcome.result, replayed: outcome.replayed };
    },

    approve: (decision) => decide(approveRedemption, decision),
    reject: (decision) => decide(rejectRedemption, decision),

    async listOwn(userId, page) {
      const query = db({ r: 'redemptions' }).where('r.user_id', userId);
      const { items, nextCursor } = await readRows(query, page);
      return { items: items.map(presentOwnRedemption), nextCursor };
    },

    async getOwn(userId, redemptionId) {
      const row = await find(redemptionId);
      if (row.userId !== userId) throw redemptionNotFound();
      return presentOwnRedemption(row);
    },

    get: async (redemptionId) => presentRedemption(await find(redemptionId)),

    async list(status, page) {
      const query = db({ r: 'redemptions' });
      if (status) void query.where('r.status', status);
      const { items, nextCursor } = await readRows(query, page);
      return { items: items.map(presentRedemption), nextCursor };
    },
  };
}

function redemptionNotFound(): DomainError {
  return new DomainError('REDEMPTION_NOT_FOUND', 'There is no such redemption.');
}
