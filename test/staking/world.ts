// Users with LCO that they mined, to stake, and unstakes that are returned as their workflow has them returned.
import { randomUUID } from 'node:crypto';
import { parseAmount } from '../../domain/money';
import { createStaking } from '../../services/staking/staking';
import type { Unstake } from '../../services/staking/unstake-rows';
import { createTiers } from '../../services/tiers';
import { callerOf } from '../credits/world';
import { createWorld as createExchangeWorld } from '../exchange/world';

export type World = Awaited<ReturnType<typeof createWorld>>;

/** @param cooldownMs of unstakes: none, unless a test waits for one */
export async function createWorld(cooldownMs = 0) {
  const exchange = await createExchangeWorld();
  const { db } = exchange;
  const stakingOf = (by = exchange.committer, cooldown = cooldownMs) =>
    createStaking({ db, committer: by, cooldownMs: cooldown });
  const staking = stakingOf();

  return {
    ...exchange,
    staking,
    stakingOf,
    tiers: createTiers(db),

    /** A user with so many Credits and at least so many LCO, of which `staked` are staked. */
    async addStaker(lco: string, staked = '0', credits = '1'): Promise<string> {
      const userId = await exchange.addTrader(credits, lco);
      if (staked !== '0') await staking.stake(callerOf(userId), parseAmount(staked));
      return userId;
    },

    put: (userId: string, lco: string, key: string = randomUUID(), by = staking) =>
      by.stake(callerOf(userId, 'user', key), parseAmount(lco)),

    async take(
      userId: string,
      lco: string,
      key: string = randomUUID(),
      by = staking,
    ): Promise<Unstake> {
      return (await by.unstake(callerOf(userId, 'user', key), parseAmount(lco))).unstake;
    },

    /** [available, staked, unbonding] in LCO. */
    async coinsOf(userId: string): Promise<(string | undefined)[]> {
      const [, lco] = await exchange.balances.of(userId);
      return [lco?.available, lco?.staked, lco?.unbonding];
    },

    async levelOf(userId: string): Promise<string> {
      return (await createTiers(db).standingOf(userId)).tier.level;
    },
  };
}
