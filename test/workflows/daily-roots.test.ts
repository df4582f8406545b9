// The daily roots as the worker makes them (DESIGN 2.12 and 5): every day that is over, whoever triggers it and whatever
// happens to the worker.
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { Client as PgClient } from 'pg';
import { readConfig, type Config } from '../../config/config';
import type { RunningWorker } from '../../worker/start-worker';
import type { DailyRoots } from '../../workflows/daily-roots';
import { createWorld, type World } from '../proofs/world';
import { testEngines } from '../support/engines';
import { eventually, startTestWorker, startWorkerProcess, type WorkerProcess } from './support';

let world: World;
let config: Config;
let connection: Connection;
let temporal: Client;
let ann: string;

beforeEach(async () => {
  world = await createWorld('2030-01-01T12:00:00Z');
  ann = await world.addCaller('10');
  const { address } = testEngines().temporal;
  config = readConfig({
    DATABASE_URL: world.database.url,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: `lx-${randomBytes(6).toString('hex')}`,
  });
  connection = await Connection.connect({ address });
  temporal = new Client({ connection, namespace: config.temporal.namespace });
});

afterEach(async () => {
  await connection.close();
  await world.close();
});

const schedule = () => temporal.schedule.getHandle('daily-roots');

/** Runs the schedule now, as an operator does in the Temporal UI; its workflow's handle. */
async function trigger() {
  const before = (await schedule().describe()).info.numActionsTaken;
  await schedule().trigger();
  const action = await eventually(async () => {
    const { numActionsTaken, recentActions } = (await schedule().describe()).info;
    return numActionsTaken > before ? recentActions.at(-1) : undefined;
  });
  return temporal.workflow.getHandle(action.action.workflow.workflowId);
}

const rootsOf = (table: 'usage_roots' | 'liability_roots') =>
  world.db(table).orderBy('day').pluck('day') as Promise<string[]>;

describe('with a worker', () => {
  let worker: RunningWorker;

  beforeEach(async () => {
    worker = await startTestWorker(config);
  });
  afterEach(() => worker.stop());

  it('is due at five past midnight, and makes up what fell due while nobody worked', async () => {
    const { info, policies } = await schedule().describe();
    expect(info.nextActionTimes[0]?.toISOString()).toMatch(/T00:05:00.000Z$/);
    expect(policies).toMatchObject({ overlap: 'BUFFER_ONE', catchupWindow: 7 * 24 * 3600 * 1000 });
  });

  it('makes every day that lacks a root, once, and shows the roots in the Temporal UI', async () => {
    await world.settleAt(ann, 1_000, '2030-01-01T12:00:00Z');
    await world.settleAt(ann, 1_000, '2030-01-14T12:00:00Z');
    await world.clock.set('2030-01-16T00:05:00Z');
    const first = await trigger();
    const made = (await first.result()) as DailyRoots;
    const days = Array.from({ length: 15 }, (_, i) => `2030-01-${String(i + 1).padStart(2, '0')}`);
    expect(made.usage.map(({ day }) => day)).toEqual(days);
    expect(made.usage.filter(({ size }) => size > 0).map(({ day }) => day)).toEqual([
      '2030-01-01',
      '2030-01-14',
    ]);
    expect(made.liabilities).toMatchObject({
      day: '2030-01-16',
      users: 1,
      credit: '9.998',
      lco: '0.02',
    });
    const { currentDetails } = await first.query<{ currentDetails: string }>(
      '__temporal_workflow_metadata',
    );
    expect(currentDetails).toContain(`| 2030-01-14 | 1 | \`${made.usage[13]?.root}\` |`);
    expect(currentDetails).toContain(made.liabilities.root);

    const again = (await (await trigger()).result()) as DailyRoots;
    expect(again).toEqual({ usage: [], liabilities: made.liabilities });
    expect(await rootsOf('usage_roots')).toEqual(days);
    expect(await rootsOf('liability_roots')).toEqual(['2030-01-16']);
  });

  it('makes each once when several run at once', async () => {
    await world.settleAt(ann, 1_000);
    await world.clock.set('2030-01-04T00:05:00Z');
    const run = (workflowId: string) =>
      temporal.workflow.execute<() => Promise<DailyRoots>>('dailyRoots', {
        workflowId,
        taskQueue: 'l-exchange',
      });
    const made = await Promise.all(['one', 'two', 'three'].map(run));
    expect(new Set(made.map(({ liabilities }) => liabilities.root)).size).toBe(1);
    expect(await rootsOf('usage_roots')).toEqual(['2030-01-01', '2030-01-02', '2030-01-03']);
  });
});

describe('a worker killed', () => {
  let worker: WorkerProcess;
  /** Holds a lock that stops the worker where the test wants it. */
  let blocker: PgClient;

  beforeEach(async () => {
    blocker = new PgClient({ connectionString: world.database.url });
    await blocker.connect();
    await world.settleAt(ann, 1_000);
    await world.clock.set('2030-01-03T00:05:00Z');
    worker = await startWorkerProcess(config);
  });

  afterEach(async () => {
    expect(await worker.end()).toBe(0);
    await blocker.end();
  });

  async function isBlocked(): Promise<boolean> {
    const { rows } = await world.db.raw<{ rows: { count: bigint }[] }>(
      `select count(*) from pg_stat_activity where application_name like 'lx-worker%'
         and datname = current_database() and wait_event_type = 'Lock'`,
    );
    return Number(rows[0]?.count) > 0;
  }

  it.each(['usage_roots', 'liability_leaves', 'liability_roots'])(
    'while it writes %s: the next one goes on, and each root is made once',
    async (table) => {
      await blocker.query(`begin; lock table ${table} in share mode`);
      const run = await trigger();
      await eventually(isBlocked);
      await worker.kill();
      await blocker.query('rollback');
      worker = await startWorkerProcess(config);
      const made = (await run.result()) as DailyRoots;
      expect(made.usage.map(({ day, size }) => [day, size])).toEqual([
        ['2030-01-01', 1],
        ['2030-01-02', 0],
      ]);
      expect(await rootsOf('usage_roots')).toEqual(['2030-01-01', '2030-01-02']);
      expect(await rootsOf('liability_roots')).toEqual(['2030-01-03']);
      expect(made.liabilities).toMatchObject({ users: 1, credit: '9.999' });
    },
  );
});
