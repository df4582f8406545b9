// The books of prediction markets (DESIGN 2.8 and 8).
import type { AuditCheck } from './check';
import { predictionLifeChecks } from './prediction-life';
import { predictionPostingChecks } from './prediction-postings';
import { predictionReplayCheck } from './prediction-replay';

export const predictionChecks: readonly AuditCheck[] = [
  ...predictionPostingChecks,
  ...predictionLifeChecks,
  predictionReplayCheck,
];
