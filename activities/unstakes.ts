// What an unstake's workflow does in the ledger (DESIGN 2.10).
import type { Staking } from '../services/staking/staking';
import type { ReturnedUnstake } from '../services/staking/unstake';
import type { Unstake } from '../services/staking/unstake-rows';
import { runActivity } from './run';

export type { ReturnedUnstake, Unstake };

export interface UnstakeActivities {
  /** Returns the LCO once their time has come, or says how long it still is; idempotent. */
  returnUnstaked(unstakeId: string): Promise<ReturnedUnstake>;
}

export function createUnstakeActivities({
  staking,
}: {
  readonly staking: Staking;
}): UnstakeActivities {
  return {
    returnUnstaked: (unstakeId) => runActivity(() => staking.returnUnstaked(unstakeId)),
  };
}
