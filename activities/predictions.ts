// The steps of a prediction market (DESIGN 2.8), each of them commits that happen once however often it is asked for.
import type { Resolution } from '../domain/predictions/market';
import type { Ruling } from '../services/predictions/dispute';
import type { MarketTerms } from '../services/predictions/market-rows';
import type { PublicMarket } from '../services/predictions/market-views';
import type { MarketAct } from '../services/predictions/operator-act';
import type { MarketStanding, Predictions } from '../services/predictions/predictions';
import { runActivity } from './run';

export type { MarketStanding, MarketTerms, PublicMarket };

/** All fail with the code of the refusal as type, which is not retried; asked too early they say how long to wait. */
export interface PredictionActivities {
  readPrediction(marketId: string): Promise<MarketStanding>;
  expirePrediction(marketId: string): Promise<MarketStanding>;
  lockPrediction(marketId: string): Promise<MarketStanding>;
  voidUnresolvedPrediction(marketId: string): Promise<MarketStanding>;
  finalisePrediction(marketId: string): Promise<MarketStanding>;
  letPredictionStand(marketId: string): Promise<MarketStanding>;
  rollBackPrediction(marketId: string): Promise<MarketStanding>;
  /** All lots, some hundred a commit; another attempt goes on with those that are left. */
  payPrediction(marketId: string): Promise<MarketStanding>;
  /** Idempotent by `decisionKey`, as are the four after it. */
  approvePrediction(act: MarketAct): Promise<MarketStanding>;
  rejectPrediction(act: MarketAct): Promise<MarketStanding>;
  resolvePrediction(act: MarketAct & Resolution): Promise<MarketStanding>;
  rulePrediction(act: MarketAct & Ruling): Promise<MarketStanding>;
  voidPrediction(act: MarketAct): Promise<MarketStanding>;
}

export function createPredictionActivities({
  predictions,
}: {
  readonly predictions: Predictions;
}): PredictionActivities {
  return {
    readPrediction: (marketId) => runActivity(() => predictions.read(marketId)),
    expirePrediction: (marketId) => runActivity(() => predictions.expire(marketId)),
    lockPrediction: (marketId) => runActivity(() => predictions.lock(marketId)),
    voidUnresolvedPrediction: (marketId) => runActivity(() => predictions.voidUnresolved(marketId)),
    finalisePrediction: (marketId) => runActivity(() => predictions.finalise(marketId)),
    letPredictionStand: (marketId) => runActivity(() => predictions.letStand(marketId)),
    rollBackPrediction: (marketId) => runActivity(() => predictions.rollBack(marketId)),
    payPrediction: (marketId) => runActivity((progress) => predictions.pay(marketId, progress)),
    approvePrediction: (act) => runActivity(() => predictions.approve(act)),
    rejectPrediction: (act) => runActivity(() => predictions.reject(act)),
    resolvePrediction: (act) => runActivity(() => predictions.resolve(act)),
    rulePrediction: (act) => runActivity(() => predictions.rule(act)),
    voidPrediction: (act) => runActivity(() => predictions.void(act)),
  };
}
