// A user's level (DESIGN 2.10) for readers; decisions take `tierOf` of the staked balance they see under the lock.
import type { Knex } from 'knex';
import { parameterValue } from '../domain/parameters';
import { tierOf, type Tier } from '../domain/tiers';
import { userAccount } from '../ledger/accounts';
import { loadParameters } from './parameters';

export interface Standing {
  readonly tier: Tier;
  /** Base units of LCO; what is unbonding does not count. */
  readonly staked: bigint;
  /** Calls at once. */
  readonly concurrency: number;
}

export interface Tiers {
  standingOf(userId: string): Promise<Standing>;
}

export function createTiers(db: Knex): Tiers {
  return {
    async standingOf(userId) {
      const account = await db('accounts')
        .first<{ balance: bigint } | undefined>('balance')
        .where('key', userAccount(userId, 'staked', 'LCO').key);
      const staked = account?.balance ?? 0n;
      const tier = tierOf(staked);
      const concurrency = parameterValue(await loadParameters(db), 'tiers.concurrency')[tier.level];
      return { tier, staked, concurrency };
    },
  };
}
