// The schedules that every worker makes sure of at its start (DESIGN 5). Overlap BUFFER_ONE: a run that falls due
// while the last one still works follows it. Catch-up 7 days: what fell due while the server was down is made up.
import { ScheduleAlreadyRunning, type Client, type ScheduleOptions } from '@temporalio/client';
import { lxKind } from '../workflows/search-attributes';
import { taskQueue } from './task-queue';
import { outlast } from './temporal-outage';

interface Definition {
  /** Also the beginning of its runs' workflow ids. */
  readonly id: string;
  readonly workflowType: string;
  readonly spec: ScheduleOptions['spec'];
  readonly summary: string;
}

export const dailyRootsSchedule = 'daily-roots';

const definitions: readonly Definition[] = [
  {
    id: 'reservation-sweep',
    workflowType: 'reservationSweep',
    spec: { intervals: [{ every: '30s' }] },
    summary: 'Releases the reservations of processes that died',
  },
  {
    id: 'margin-reconcile',
    workflowType: 'marginReconcile',
    spec: { intervals: [{ every: '1m' }] },
    summary: "Does what positions' monitors left undone, and counts interest",
  },
  {
    id: 'open-buyback',
    workflowType: 'openBuyback',
    spec: { calendars: [{ dayOfWeek: 'FRIDAY', hour: 16, comment: 'Friday 16:00, UTC' }] },
    summary: "Opens the week's buyback",
  },
  {
    id: 'open-round',
    workflowType: 'openRound',
    spec: { calendars: [{ dayOfWeek: 'MONDAY', hour: 0, comment: 'Monday 00:00, UTC' }] },
    summary: "Opens the week's round of Compute Wars",
  },
  {
    id: 'daily-audit',
    workflowType: 'dailyAudit',
    spec: { calendars: [{ hour: 0, minute: 10, comment: 'ten past midnight, UTC' }] },
    summary: 'Audits the books',
  },
  {
    id: dailyRootsSchedule,
    workflowType: 'dailyRoots',
    spec: { calendars: [{ hour: 0, minute: 5, comment: 'five past midnight, UTC' }] },
    summary: 'Publishes the roots of usage records and of liabilities',
  },
];

export const scheduleIds = definitions.map(({ id }) => id);

function optionsOf({ id, workflowType, spec, summary }: Definition) {
  return {
    scheduleId: id,
    spec: { ...spec, timezone: 'UTC' },
    policies: { overlap: 'BUFFER_ONE', catchupWindow: '7 days' },
    action: {
      type: 'startWorkflow',
      workflowId: id,
      workflowType,
      args: [],
      taskQueue,
      staticSummary: summary,
      typedSearchAttributes: [{ key: lxKind, value: id }],
    },
  } satisfies ScheduleOptions;
}

/** Idempotent; a schedule that exists gets this version's definition and stays paused if an operator paused it. */
export async function ensureSchedules({ schedule }: Client): Promise<void> {
  await Promise.all(
    definitions.map((definition) => outlast(() => ensureSchedule(schedule, definition))),
  );
}

async function ensureSchedule(schedule: Client['schedule'], definition: Definition): Promise<void> {
  const options = optionsOf(definition);
  try {
    await schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { scheduleId, ...current } = options;
    await schedule
      .getHandle(scheduleId)
      .update(({ state }) => ({ ...current, state: { ...state } }));
  }
}
