// The IMO launchpad (whitepaper 4.1, DESIGN 2.7): what the API asks of it, and the steps that an IMO's workflow takes,
// each of them commits that happen once.
import type { Knex } from 'knex';
import { assert, DomainError } from '../../domain/errors';
import { allocateQuota } from '../../domain/imo-allocation';
import type { Command } from '../../ledger/command';
import type { Committer } from '../../ledger/committer';
import { nowMsSql } from '../database-clock';
import { originOfDecision } from '../decision-origin';
import { originOf, type Caller } from '../identity/caller';
import { readPage, type Page, type PageRequest } from '../pages';
import { announceImo, type ImoOffer } from './announce';
import {
  allocateShares,
  closeImo,
  weighSubscriptions,
  weightedLock,
  type Share,
} from './close-imo';
import { readClosingStakes, readOpenLocks, readWeighedLocks } from './closing-reads';
import { cancelImo, expireImo, giveUpQuota, returnLocks, type ImoCancellation } from './end-imo';
import { imoNotFound, progressOf, type ImoProgress, type ImoStepKind } from './imo-progress';
import {
  imoColumns,
  subscriptionColumns,
  subscriptionIdOf,
  type ImoRow,
  type SubscriptionRow,
} from './imo-rows';
import { presentImo, presentSubscription, type Imo, type Subscription } from './imo-views';
import { readQuotaEntitlements, type QuotaEntitlement } from './quota-entitlements';
import { subscribe } from './subscribe';

interface Answered<Result> {
  readonly result: Result;
  readonly replayed: boolean;
}

/** Tells how far a step of many commits has come. */
type Progress = (text: string) => void;

export interface Imos {
  /** @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, MODEL_NOT_FOUND, STATE_CONFLICT */
  announce(caller: Caller, offer: ImoOffer): Promise<Answered<Imo>>;
  /** Newest first. */
  list(filter: { readonly modelId?: string | undefined }, page: PageRequest): Promise<Page<Imo>>;
  /** @throws DomainError IMO_NOT_FOUND */
  get(imoId: string): Promise<Imo>;
  /** @throws DomainError as the command `subscribe` does */
  subscribe(caller: Caller, imoId: string, amount: bigint): Promise<Answered<Subscription>>;
  /** A user's own. @throws DomainError IMO_NOT_FOUND, NOT_FOUND without one */
  subscriptionOf(imoId: string, userId: string): Promise<Subscription>;
  /** What a user may call because of IMOs. */
  entitlementsOf(userId: string): Promise<readonly QuotaEntitlement[]>;
  /** @throws DomainError as the command `giveUpQuota` does */
  giveUp(caller: Caller, imoId: string): Promise<Answered<Subscription>>;

  read(imoId: string): Promise<ImoProgress>;
  /** Each step, asked for again or too early, changes nothing and says what comes next. */
  close(imoId: string): Promise<ImoProgress>;
  /** Weighs all subscribers, some hundred a commit. */
  weigh(imoId: string, onProgress?: Progress): Promise<ImoProgress>;
  /** Gives all participants their shares, some hundred a commit. */
  allocate(imoId: string, onProgress?: Progress): Promise<ImoProgress>;
  expire(imoId: string): Promise<ImoProgress>;
  /** Returns all locks of an IMO that is over, some hundred a commit. */
  returnLocks(imoId: string, onProgress?: Progress): Promise<ImoProgress>;
  /** @throws DomainError as the command `cancelImo` does */
  cancel(act: ImoCancellation): Promise<ImoProgress>;
}

export interface ImosOptions {
  readonly db: Knex;
  readonly committer: Committer;
  /** How many subscribers a commit of the close takes: 500 hold the journal's head for 30 to 50 ms. */
  readonly subscribersAtOnce?: number;
}

export function createImos({ db, committer, subscribersAtOnce: atOnce = 500 }: ImosOptions): Imos {
  const rows = () => db({ i: 'imos' }).select({ ...imoColumns, now: db.raw(nowMsSql) });
  type TimedImo = ImoRow & { readonly now: bigint };

  async function find(imoId: string): Promise<{ row: ImoRow; now: number }> {
    const found = (await rows().where('i.id', imoId).first()) as TimedImo | undefined;
    if (!found) throw imoNotFound();
    const { now, ...row } = found;
    return { row, now: Number(now) };
  }

  async function read(imoId: string): Promise<ImoProgress> {
    const { row, now } = await find(imoId);
    return progressOf(now, row);
  }

  /** What comes next once nobody was left for a step. */
  async function readAfter(imoId: string, done: ImoStepKind): Promise<ImoProgress> {
    const progress = await read(imoId);
    assert(progress.next.kind !== done, `the IMO ${imoId} goes on after the step ${done}`);
    return progress;
  }

  async function step<Input extends { readonly imoId: string }>(
    command: Command<Input, ImoProgress>,
    input: Input,
  ): Promise<ImoProgress> {
    const origin = { actor: 'imo', requestId: `imo:${input.imoId}` };
    return (await committer.submit(command, input, origin)).result;
  }

  return {
    async announce(caller, offer) {
      const { userId, requestId, idempotency } = caller;
      assert(idempotency, 'an announcement has an idempotency key');
      const input = { ...offer, operatorId: userId, requestId, idempotencyKey: idempotency.key };
      return committer.submit(announceImo, input, originOf(caller));
    },

    async list({ modelId }, page) {
      const query = rows();
      if (modelId !== undefined) void query.where('i.model_id', modelId);
      const { items, nextCursor } = await readPage<TimedImo>(query, page, [
        { column: 'i.announced_at', type: 'time', of: ({ announcedAt }) => announcedAt },
        { column: 'i.id', type: 'uuid', of: ({ id }) => id },
      ]);
      return { items: items.map((row) => presentImo(row, Number(row.now))), nextCursor };
    },

    async get(imoId) {
      const { row, now } = await find(imoId);
      return presentImo(row, now);
    },

    async subscribe(caller, imoId, amount) {
      const input = { imoId, userId: caller.userId, amount };
      return committer.submit(subscribe, input, originOf(caller));
    },

    async subscriptionOf(imoId, userId) {
      const { row: imo, now } = await find(imoId);
      const row = (await db({ s: 'imo_subscriptions' })
        .first(subscriptionColumns)
        .where('s.id', subscriptionIdOf(imoId, userId))) as SubscriptionRow | undefined;
      if (!row) throw new DomainError('NOT_FOUND', 'You have not subscribed to this IMO.');
      return presentSubscription(row, imo, now);
    },

    entitlementsOf: (userId) => readQuotaEntitlements(db, userId),

    async giveUp(caller, imoId) {
      const input = { imoId, userId: caller.userId };
      return committer.submit(giveUpQuota, input, originOf(caller));
    },

    read,
    close: (imoId) => step(closeImo, { imoId }),

    async weigh(imoId, onProgress) {
      let weighed = 0;
      for await (const stakes of readClosingStakes(db, { imoId, atOnce })) {
        await step(weighSubscriptions, { imoId, stakes });
        onProgress?.(`${(weighed += stakes.length)} subscribers weighed`);
      }
      return readAfter(imoId, 'weigh');
    },

    async allocate(imoId, onProgress) {
      const { row } = await find(imoId);
      const pending = await planShares(db, row);
      for (let i = 0; i < pending.length; i += atOnce) {
        const shares = pending.slice(i, i + atOnce);
        await step(allocateShares, { imoId, shares });
        onProgress?.(`${i + shares.length} of ${pending.length} shares given`);
      }
      return readAfter(imoId, 'allocate');
    },

    expire: (imoId) => step(expireImo, { imoId }),

    async returnLocks(imoId, onProgress) {
      let returned = 0;
      for await (const userIds of readOpenLocks(db, { imoId, atOnce })) {
        await step(returnLocks, { imoId, userIds });
        onProgress?.(`${(returned += userIds.length)} locks returned`);
      }
      return readAfter(imoId, 'return_locks');
    },

    async cancel(act) {
      const origin = originOfDecision(cancelImo.kind, act.imoId, act, act.reason);
      return (await committer.submit(cancelImo, act, origin)).result;
    },
  };
}

/** The shares of all participants, by the rule; those that were given already are left out. */
async function planShares(db: Knex, { id, quota, capPerUser }: ImoRow): Promise<readonly Share[]> {
  const locks = await readWeighedLocks(db, id);
  const weights = locks.map((lock) => ({ weight: weightedLock(lock) }));
  if (weights.length === 0) return [];
  const shares = allocateQuota({ quota, capPerUser, locks: weights });
  return locks.flatMap(({ userId, hasShare }, index) =>
    hasShare ? [] : [{ userId, allocation: shares[index] ?? 0n }],
  );
}
