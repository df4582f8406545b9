// The workflows of the worker: what its bundle is made from.
export { dailyAudit } from './daily-audit';
export { redemption } from './redemption';
export { reservationSweep } from './reservation-sweep';
