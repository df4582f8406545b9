// Levels (DESIGN 2.10) for readers; decisions take `tierOf` of the staked balance that they see under the lock.
import type { Knex } from 'knex';
import { parameterValue } from '../domain/parameters';
import { tierOf, tiers, type Tier } from '../domain/tiers';
import { userAccount } from '../ledger/accounts';
import { loadParameters } from './parameters';

export interface Standing {
  readonly tier: Tier;
  /** Base units of LCO; what is unbonding does not count. */
  readonly staked: bigint;
  readonly unbonding: bigint;
  /** Calls at once. */
  readonly concurrency: number;
  /** The level above, and the base units of LCO that are missing for it; null for a Whale. */
  readonly next: { readonly tier: Tier; readonly missing: bigint } | null;
}

/** A level with the parameters of this moment. */
export interface Level {
  readonly tier: Tier;
  readonly concurrency: number;
  /** Of a lock in an IMO; 0: may not subscribe. */
  readonly imoWeight: number;
  /** On the profit of a prediction, in a market that opens now. */
  readonly predictionFeeBps: number;
  /** Whether any market's fee is asked of it. */
  readonly paysPredictionFee: boolean;
}

export interface Tiers {
  /** Lowest first. */
  list(): Promise<readonly Level[]>;
  standingOf(userId: string): Promise<Standing>;
}

export function createTiers(db: Knex): Tiers {
  return {
    async list() {
      const parameters = await loadParameters(db);
      const weights: Partial<Record<string, number>> = parameterValue(parameters, 'imo.weights');
      const feeBps = parameterValue(parameters, 'predictions.feeBps');
      return tiers.map((tier) => ({
        tier,
        concurrency: parameterValue(parameters, 'tiers.concurrency')[tier.level],
        imoWeight: weights[tier.level] ?? 0,
        predictionFeeBps: tier.paysPredictionFee ? feeBps : 0,
        paysPredictionFee: tier.paysPredictionFee,
      }));
    },

    async standingOf(userId) {
      const keyOf = (purpose: 'staked' | 'unbonding') => userAccount(userId, purpose, 'LCO').key;
      const accounts = await db('accounts')
        .select<{ key: string; balance: bigint }[]>('key', 'balance')
        .whereIn('key', [keyOf('staked'), keyOf('unbonding')]);
      const balanceOf = (key: string) => accounts.find((account) => account.key === key)?.balance;
      const staked = balanceOf(keyOf('staked')) ?? 0n;
      const tier = tierOf(staked);
      const above = tiers.find(({ minimumStake }) => minimumStake > staked);
      return {
        tier,
        staked,
        unbonding: balanceOf(keyOf('unbonding')) ?? 0n,
        concurrency: parameterValue(await loadParameters(db), 'tiers.concurrency')[tier.level],
        next: above ? { tier: above, missing: above.minimumStake - staked } : null,
      };
    },
  };
}
