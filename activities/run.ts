// What every activity has in common (DESIGN 5): it beats its heart while it works, and its failure tells Temporal
// whether another attempt can help.
import { activityInfo, Context, log, metricMeter } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { DomainError, InvariantError } from '../domain/errors';

const heartbeatIntervalMs = 1_000;

/** Runs an activity's work; `progress` is what its heartbeats tell. */
export async function runActivity<Result>(
  work: (progress: (text: string) => void) => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  let latest: string | undefined;
  const { isLocal } = context.info;
  // A local activity has no heart: its workflow's task is watched.
  const beat = () => isLocal || context.heartbeat(latest);
  const timer = setInterval(beat, heartbeatIntervalMs);
  try {
    return await work((text) => {
      latest = text;
    });
  } catch (error) {
    throw toFailure(error);
  } finally {
    clearInterval(timer);
  }
}

/** A refusal ends the activity, with the code as the failure's type; what may pass by itself is retried. */
function toFailure(error: unknown): unknown {
  if (error instanceof DomainError) {
    const mayPass = error.code === 'ENGINE_UNAVAILABLE' || error.code === 'OUTCOME_UNKNOWN';
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: !mayPass,
      details: [error.details],
      category: 'BENIGN',
    });
  }
  if (error instanceof InvariantError) {
    const { activityType } = activityInfo();
    log.error('an invariant is broken', { err: error });
    metricMeter
      .createCounter('lx_invariants_broken', '', 'Activities that broke an invariant')
      .add(1, { activity: activityType });
    return ApplicationFailure.nonRetryable(
      'An invariant is broken; the log of the worker says which.',
      'INVARIANT_BROKEN',
    );
  }
  return error;
}
