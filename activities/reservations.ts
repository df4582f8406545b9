// Gives back what dead processes hold of their users' Credits (DESIGN 2.2, faults).
import type { Knex } from 'knex';
import type { Committer } from '../ledger/committer';
import { sweepReservations } from '../services/calls/relay-release';
import { runActivity } from './run';

export interface ReservationActivities {
  /** Returns how many reservations were released. Idempotent: a reservation ends once. */
  sweepReservations(): Promise<number>;
}

export function createReservationActivities({
  db,
  committer,
}: {
  readonly db: Knex;
  readonly committer: Committer;
}): ReservationActivities {
  return {
    sweepReservations: () => runActivity(() => sweepReservations(db, committer)),
  };
}
