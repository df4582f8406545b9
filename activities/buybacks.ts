// The steps of a buyback (DESIGN 2.5), each one commit that happens once however often it is asked for.
import type { BuySlice } from '../services/buybacks/buy-slice';
import type { BuybackProgress, NextStep } from '../services/buybacks/buyback-progress';
import type { BuybackWithSlices, Slice } from '../services/buybacks/buyback-views';
import type { Buybacks } from '../services/buybacks/buybacks';
import type { OpenedBuyback } from '../services/buybacks/open-buyback';
import type { BuybackAct } from '../services/buybacks/pause-buyback';
import { runActivity } from './run';

export type { BuybackProgress, BuybackWithSlices, NextStep, Slice };
export type { BuybackWithSlices as Buyback };

/** All fail with the code of the refusal as type, which is not retried. */
export interface BuybackActivities {
  /** The run of the last Friday 16:00 UTC at or before `askedAt` (milliseconds): by its id, once. */
  openWeeklyBuyback(askedAt: number): Promise<OpenedBuyback>;
  /** Closes the books and plans the slices, once; may say that it must wait. */
  startBuyback(buybackId: string): Promise<BuybackProgress>;
  /** Buys for one fund, once; asked too early it says how long to wait. */
  buySlice(slice: BuySlice): Promise<BuybackProgress>;
  burnBought(buybackId: string): Promise<BuybackProgress>;
  /** Idempotent by `decisionKey`. */
  pauseBuyback(act: BuybackAct): Promise<BuybackProgress>;
  /** Idempotent by `decisionKey`. */
  resumeBuyback(act: BuybackAct): Promise<BuybackProgress>;
}

export function createBuybackActivities({
  buybacks,
}: {
  readonly buybacks: Buybacks;
}): BuybackActivities {
  return {
    openWeeklyBuyback: (askedAt) => runActivity(() => buybacks.openWeekly(askedAt)),
    startBuyback: (buybackId) => runActivity(() => buybacks.start(buybackId)),
    buySlice: (slice) => runActivity(() => buybacks.buy(slice)),
    burnBought: (buybackId) => runActivity(() => buybacks.burn(buybackId)),
    pauseBuyback: (act) => runActivity(() => buybacks.pause(act)),
    resumeBuyback: (act) => runActivity(() => buybacks.resume(act)),
  };
}
