// Every half minute: releases the reservations of processes that died (DESIGN 2.2 and 5).
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ReservationActivities } from '../activities/reservations';
import { commandOptions } from './activity-options';

const { sweepReservations } = proxyActivities<ReservationActivities>(commandOptions);

/** Returns how many reservations were released. */
export async function reservationSweep(): Promise<number> {
  const summary = 'Release the reservations of dead processes';
  const released = await sweepReservations.executeWithOptions({ summary }, []);
  setCurrentDetails(`Released ${released} reservations.`);
  return released;
}
