// All activities of the worker, made from what they need (DESIGN 3).
import type { Knex } from 'knex';
import type { Committer } from '../ledger/committer';
import type { Buybacks } from '../services/buybacks/buybacks';
import type { Imos } from '../services/imos/imos';
import type { Margin } from '../services/margin/margin';
import type { Governance } from '../services/governance/governance';
import type { Predictions } from '../services/predictions/predictions';
import type { Redemptions } from '../services/credits/redemptions';
import type { Staking } from '../services/staking/staking';
import type { VideoJobs } from '../services/videos/video-jobs';
import type { Wars } from '../services/wars/wars';
import { createAuditActivities, type AuditActivities } from './audits';
import { createBuybackActivities, type BuybackActivities } from './buybacks';
import { createImoActivities, type ImoActivities } from './imos';
import { createMarginActivities, type MarginActivities } from './margin';
import { createGovernanceActivities, type GovernanceActivities } from './governance';
import { createPredictionActivities, type PredictionActivities } from './predictions';
import { createProofActivities, type ProofActivities } from './proofs';
import { createRedemptionActivities, type RedemptionActivities } from './redemptions';
import { createReservationActivities, type ReservationActivities } from './reservations';
import { createUnstakeActivities, type UnstakeActivities } from './unstakes';
import { createVideoActivities, type VideoActivities } from './videos';
import { createWarActivities, type WarActivities } from './wars';

export interface ActivityDependencies {
  readonly db: Knex;
  readonly committer: Committer;
  readonly buybacks: Buybacks;
  readonly imos: Imos;
  readonly governance: Governance;
  readonly margin: Margin;
  readonly predictions: Predictions;
  readonly redemptions: Redemptions;
  readonly staking: Staking;
  readonly videoJobs: VideoJobs;
  readonly wars: Wars;
}

export type Activities = AuditActivities &
  BuybackActivities &
  ImoActivities &
  MarginActivities &
  GovernanceActivities &
  PredictionActivities &
  ProofActivities &
  RedemptionActivities &
  ReservationActivities &
  UnstakeActivities &
  VideoActivities &
  WarActivities;

export function createActivities(dependencies: ActivityDependencies): Activities {
  return {
    ...createAuditActivities(dependencies),
    ...createBuybackActivities(dependencies),
    ...createImoActivities(dependencies),
    ...createMarginActivities(dependencies),
    ...createGovernanceActivities(dependencies),
    ...createPredictionActivities(dependencies),
    ...createProofActivities(dependencies),
    ...createRedemptionActivities(dependencies),
    ...createReservationActivities(dependencies),
    ...createUnstakeActivities(dependencies),
    ...createVideoActivities(dependencies),
    ...createWarActivities(dependencies),
  };
}
