// What `npm run doctor` looks at of an instance that runs (DESIGN 7): does what should go on go on? A process may be
// there and hang, and then only what it leaves undone tells.
import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { deadAfterMs } from '../services/calls/relay-processes';
import { outboxLagSql, type OutboxLag } from '../services/outbox';
import { scheduleIds } from '../worker/schedules';
import { taskQueue } from '../worker/task-queue';
import { fail, messageOf, ok, warn, type Finding } from './finding';
import { findStuck, lifecycles, withTemporal, type Engines, type Lifecycle } from './lifecycles';
import { queryOnce } from './postgres/query-once';
import { waitUntil } from './processes/processes';

const runbook = 'docs/runbooks/stuck-workflow.md';
const lagWarnMs = 10_000;
const lagFailMs = 60_000;
/** A long poll lasts a minute at most, so that a worker that lives has been seen since. */
const pollFreshMs = 90_000;
const justBegunMs = 3_000;
/** The sweep runs every half minute. */
const sweptWithinMs = 120_000;

/** Everything of a running instance that could stand still. */
export async function checkEngines(engines: Engines): Promise<Finding[]> {
  const findings = await Promise.all([
    attempt('PostgreSQL', () => checkRows(engines.databaseUrl)),
    attempt('Temporal', () => checkTemporal(engines.temporal)),
    // It needs both: whichever is away is told of by its own check.
    ...lifecycles.map((lifecycle) => checkLifecycle(lifecycle, engines).catch(() => [])),
  ]);
  return findings.flat();
}

async function attempt(name: string, check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [fail(`${name} does not answer: ${messageOf(error)}`, `See its log, and ${runbook}.`)];
  }
}

async function checkRows(databaseUrl: string): Promise<Finding[]> {
  const [row] = await queryOnce<OutboxLag & { beating: number; abandoned: number }>(
    databaseUrl,
    `select o.waiting, o."lagMs",
       (select count(*)::int from relay_processes
        where beat_at >= clock_timestamp() - interval '${deadAfterMs} milliseconds') as beating,
       (select count(*)::int from relay_calls c left join relay_processes p on p.id = c.process_id
        where c.status = 'live' and c.process_id is not null and (p.id is null
          or p.beat_at < clock_timestamp() - interval '${sweptWithinMs} milliseconds')) as abandoned
     from (${outboxLagSql}) o`,
  );
  const { waiting = 0, lagMs = 0, beating = 0, abandoned = 0 } = row ?? {};
  return [
    describeOutbox(waiting, lagMs),
    beating > 0
      ? ok(`API processes that beat their heart: ${beating}`)
      : fail(
          `No API process has beaten its heart for ${deadAfterMs / 1000} s`,
          'It hangs or cannot reach PostgreSQL: see its log, and end it (npm start restarts it).',
        ),
    ...(abandoned > 0
      ? [
          fail(
            `${abandoned} calls of dead processes still hold Credits`,
            `The schedule reservation-sweep or the worker stands still: see ${runbook}.`,
          ),
        ]
      : []),
  ];
}

function describeOutbox(waiting: number, lagMs: number): Finding {
  const text = `Outbox: ${waiting} waiting, the oldest for ${Math.round(lagMs / 1000)} s`;
  const advice = `The worker or Temporal is away or hangs, or an event cannot be delivered: see the worker's log, and ${runbook}.`;
  if (lagMs > lagFailMs) return fail(text, advice);
  return lagMs > lagWarnMs ? warn(text, advice) : ok(text);
}

function checkTemporal(server: Engines['temporal']): Promise<Finding[]> {
  return withTemporal(server, async (client) => [
    ...(await checkPollers(client)),
    ...(await Promise.all(scheduleIds.map((id) => checkSchedule(client, id)))),
  ]);
}

async function checkPollers(client: Client): Promise<Finding[]> {
  const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } =
    temporal.api.enums.v1.TaskQueueType;
  const kinds = [
    ['workflow', TASK_QUEUE_TYPE_WORKFLOW],
    ['activity', TASK_QUEUE_TYPE_ACTIVITY],
  ] as const;
  return Promise.all(
    kinds.map(async ([kind, type]) => {
      let count = 0;
      // One that has just begun to ask is seen a moment later.
      await waitUntil(async () => (count = await countPollers(client, type)) > 0, justBegunMs, 200);
      return count > 0
        ? ok(`Workers that ask for ${kind} tasks: ${count}`)
        : fail(
            `No worker asks for ${kind} tasks of ${taskQueue}`,
            `It is gone or hangs: see its log, and end it (npm start restarts it); ${runbook}.`,
          );
    }),
  );
}

async function countPollers(
  { workflowService, options }: Client,
  taskQueueType: temporal.api.enums.v1.TaskQueueType,
): Promise<number> {
  const { pollers } = await workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType,
  });
  return (pollers ?? []).filter(
    ({ lastAccessTime }) => Date.now() - (optionalTsToMs(lastAccessTime) ?? 0) < pollFreshMs,
  ).length;
}

async function checkSchedule({ schedule }: Client, id: string): Promise<Finding> {
  try {
    const { state } = await schedule.getHandle(id).describe();
    return state.paused
      ? warn(
          `Schedule ${id} is paused${state.note ? `: ${state.note}` : ''}`,
          `temporal schedule toggle --schedule-id ${id} --unpause`,
        )
      : ok(`Schedule ${id}`);
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    return fail(`Schedule ${id} is missing`, 'Start the worker anew: it makes it.');
  }
}

async function checkLifecycle(
  lifecycle: Lifecycle,
  { databaseUrl, temporal: server }: Engines,
): Promise<Finding[]> {
  const { open, stuck } = await withTemporal(server, (client) =>
    findStuck(lifecycle, databaseUrl, client),
  );
  const { plural } = lifecycle;
  if (stuck.length === 0) return [ok(`Open ${plural}, each with its workflow: ${open}`)];
  const [first] = stuck;
  const finding = fail(
    `${stuck.length} of ${open} open ${plural} have no running workflow, such as ${first?.id} (${first?.workflow})`,
    stuck.some(({ workflow }) => workflow === 'COMPLETED')
      ? `Those that are COMPLETED are older than Temporal's state: see ${runbook}. The others: npm run doctor -- --restart-workflows`
      : 'npm run doctor -- --restart-workflows',
  );
  return [finding];
}
