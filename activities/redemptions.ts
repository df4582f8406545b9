// What the redemption's workflow does in the ledger (DESIGN 2.1). The commands check the operator's role and write
// the audit log in their commit.
import type { Redemptions } from '../services/credits/redemptions';
import type { RedemptionDecision } from '../services/credits/redemption-decisions';
import type { Redemption } from '../services/credits/redemption-rows';
import { runActivity } from './run';

export type { Redemption };

/** All fail with the code of the refusal as type, which is not retried. */
export interface RedemptionActivities {
  readRedemption(redemptionId: string): Promise<Redemption>;
  /** Idempotent by `decisionKey`. */
  approveRedemption(decision: RedemptionDecision): Promise<Redemption>;
  /** Idempotent by `decisionKey`. */
  rejectRedemption(decision: RedemptionDecision): Promise<Redemption>;
}

export function createRedemptionActivities({
  redemptions,
}: {
  readonly redemptions: Redemptions;
}): RedemptionActivities {
  return {
    readRedemption: (redemptionId) => runActivity(() => redemptions.get(redemptionId)),
    approveRedemption: (decision) => runActivity(() => redemptions.approve(decision)),
    rejectRedemption: (decision) => runActivity(() => redemptions.reject(decision)),
  };
}
