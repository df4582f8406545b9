// The workflows of the worker: what its bundle is made from.
export { buybackAndBurn } from './buyback-and-burn';
export { computeWarsRound } from './compute-wars-round';
export { dailyAudit } from './daily-audit';
export { dailyRoots } from './daily-roots';
export { imoLaunch } from './imo-launch';
export { governanceProposal } from './governance-proposal';
export { marginMonitor } from './margin-monitor';
export { marginReconcile } from './margin-reconcile';
export { openBuyback } from './open-buyback';
export { openRound } from './open-round';
export { predictionMarket } from './prediction-market';
export { redemption } from './redemption';
export { reservationSweep } from './reservation-sweep';
export { unstake } from './unstake';
export { videoJob } from './video-job';
