// Staking (whitepaper 5, DESIGN 2.10): stake LCO, take them back, and what a user has staked and may do with it.
import type { Knex } from 'knex';
import { assert } from '../../domain/errors';
import type { Committer } from '../../ledger/committer';
import { originOf, type Caller } from '../identity/caller';
import { readPage, type Page, type PageRequest } from '../pages';
import { stake } from './stake';
import { askUnstake, returnUnstaked, unstakeNotFound, type ReturnedUnstake } from './unstake';
import { presentUnstake, unstakeColumns, type Unstake, type UnstakeRow } from './unstake-rows';

/** What a request led to: base units of LCO that are staked after it. */
interface Staked {
  readonly staked: bigint;
  readonly replayed: boolean;
}

export interface Staking {
  /** @throws DomainError USER_FROZEN, AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS */
  stake(caller: Caller, amount: bigint): Promise<Staked>;
  /** @throws DomainError AMOUNT_OUT_OF_RANGE, INSUFFICIENT_FUNDS, OPEN_UNSTAKE_LIMIT */
  unstake(caller: Caller, amount: bigint): Promise<Staked & { readonly unstake: Unstake }>;
  /** The user's own that are under way, the first to be returned first: at most `maxOpenUnstakes`. */
  openUnstakes(userId: string): Promise<readonly Unstake[]>;
  /** The user's own, newest first. */
  listUnstakes(userId: string, page: PageRequest): Promise<Page<Unstake>>;
  /** For the workflow: returns what has waited long enough. @throws DomainError UNSTAKE_NOT_FOUND */
  returnUnstaked(unstakeId: string): Promise<ReturnedUnstake>;
}

interface StakingOptions {
  readonly db: Knex;
  readonly committer: Committer;
  /** Between the request and the return; what was asked keeps the one of its time. */
  readonly cooldownMs: number;
}

/** Who returns what was unstaked. */
const system = { actor: 'unstake' };

export function createStaking({ db, committer, cooldownMs }: StakingOptions): Staking {
  return {
    async stake(caller, amount) {
      const input = { userId: caller.userId, amount };
      const { result, replayed } = await committer.submit(stake, input, originOf(caller));
      return { staked: BigInt(result.staked), replayed };
    },

    async unstake(caller, amount) {
      const { userId, requestId, idempotency } = caller;
      assert(idempotency, 'an unstake has an idempotency key');
      const input = { userId, requestId, idempotencyKey: idempotency.key, amount, cooldownMs };
      const { result, replayed } = await committer.submit(askUnstake, input, originOf(caller));
      return { staked: BigInt(result.staked), unstake: result.unstake, replayed };
    },

    async openUnstakes(userId) {
      const rows = await db({ u: 'unstakes' })
        .select<UnstakeRow[]>(unstakeColumns)
        .where('u.user_id', userId)
        .whereNull('u.returned_at')
        .orderBy(['u.unlock_at', 'u.id']);
      return rows.map(presentUnstake);
    },

    async listUnstakes(userId, page) {
      const query = db({ u: 'unstakes' }).select(unstakeColumns).where('u.user_id', userId);
      const { items, nextCursor } = await readPage<UnstakeRow>(query, page, [
        { column: 'u.asked_at', type: 'time', of: ({ askedAt }) => askedAt },
        { column: 'u.id', type: 'uuid', of: ({ id }) => id },
      ]);
      return { items: items.map(presentUnstake), nextCursor };
    },

    async returnUnstaked(unstakeId) {
      const row = await db({ u: 'unstakes' })
        .first<{ userId: string } | undefined>({ userId: 'u.user_id' })
        .where('u.id', unstakeId);
      if (!row) throw unstakeNotFound();
      const input = { unstakeId, userId: row.userId };
      return (await committer.submit(returnUnstaked, input, system)).result;
    },
  };
}
