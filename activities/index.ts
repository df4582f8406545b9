// All activities of the worker, made from what they need (DESIGN 3).
import type { Knex } from 'knex';
import type { Committer } from '../ledger/committer';
import type { Redemptions } from '../services/credits/redemptions';
import { createAuditActivities, type AuditActivities } from './audits';
import { createRedemptionActivities, type RedemptionActivities } from './redemptions';
import { createReservationActivities, type ReservationActivities } from './reservations';

export interface ActivityDependencies {
  readonly db: Knex;
  readonly committer: Committer;
  readonly redemptions: Redemptions;
}

export type Activities = AuditActivities & RedemptionActivities & ReservationActivities;

export function createActivities(dependencies: ActivityDependencies): Activities {
  return {
    ...createAuditActivities(dependencies),
    ...createRedemptionActivities(dependencies),
    ...createReservationActivities(dependencies),
  };
}
