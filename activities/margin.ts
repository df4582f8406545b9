// What positions' monitors and the minute's reconciliation do (DESIGN 2.6 and 5). Each is idempotent: what is not due changes
// nothing.
import type { Margin, Reconciled } from '../services/margin/margin';
import type { PositionProgress } from '../services/margin/position-progress';
import { formatAmount, type Asset } from '../domain/money';
import { runActivity } from './run';

export type { PositionProgress } from '../services/margin/position-progress';
export type { MonitorTerms } from '../services/margin/position-rows';

/** What a reconciliation did; amounts as decimal strings. */
export interface MarginReconciliation extends Omit<Reconciled, 'interest'> {
  readonly interest: Readonly<Record<Asset, string>>;
}

export interface MarginActivities {
  readPosition(positionId: string): Promise<PositionProgress>;
  liquidatePosition(positionId: string): Promise<PositionProgress>;
  workOffPosition(positionId: string): Promise<PositionProgress>;
  reconcileMargin(): Promise<MarginReconciliation>;
}

export function createMarginActivities({ margin }: { readonly margin: Margin }): MarginActivities {
  return {
    readPosition: (positionId) => runActivity(() => margin.read(positionId)),
    liquidatePosition: (positionId) => runActivity(() => margin.liquidate(positionId)),
    workOffPosition: (positionId) => runActivity(() => margin.workOff(positionId)),
    reconcileMargin: () =>
      runActivity(async (onProgress) => {
        const { interest, ...done } = await margin.reconcile(onProgress);
        const { CREDIT, LCO } = interest;
        return { ...done, interest: { CREDIT: formatAmount(CREDIT), LCO: formatAmount(LCO) } };
      }),
  };
}
