// How workflows call activities (DESIGN 5): faults of the infrastructure are retried for ever, refusals are not
// retried at all (activities/run.ts tells them apart).
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/common';

/**
 * One service call. An activity beats its heart while it runs, so that the next attempt begins seconds after a
 * worker's death rather than when the longest commit would have ended.
 */
export const commandOptions = {
  startToCloseTimeout: '60s',
  heartbeatTimeout: '5s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
} satisfies ActivityOptions;

/**
 * One service call within the workflow's own task, where very many workflows act at once: far fewer messages between worker
 * and server. A worker's death ends the task ten seconds later, and another one makes the call again.
 */
export const localOptions = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
} satisfies LocalActivityOptions;

/** Many commits in a row: as long as they take, begun again seconds after a worker's death. */
export const chunkedOptions = {
  ...commandOptions,
  startToCloseTimeout: '2h',
} satisfies ActivityOptions;

/** Work that reads or writes much. */
export const longOptions = {
  startToCloseTimeout: '12h',
  heartbeatTimeout: '1m',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
} satisfies ActivityOptions;
