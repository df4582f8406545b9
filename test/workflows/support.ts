// A whole small product for tests of workflows: the API and, when asked for, a worker, in this process or as a
// child that can be killed, on a database and a Temporal namespace of their own.
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { Client, Connection } from '@temporalio/client';
import { Registry } from 'prom-client';
import type { Config } from '../../config/config';
import { changedWindows } from '../../config/windows';
import { builtEntry, projectRoot } from '../../launch/paths';
import { createLogger } from '../../services/logger';
import type { Redemption } from '../../services/credits/redemption-rows';
import { startWorker, type RunningWorker } from '../../worker/start-worker';
import { startApi, type Answer, type SignedUp, type TestApi } from '../api/harness';
import { testEngines } from '../support/engines';
import { quietRuntime } from './quiet-runtime';

const fourEyesAbove = '1000';

/** The workflows as the run's global set-up bundled them. */
export const workflowBundlePath = join(projectRoot(), 'dist', 'workflow-bundle.js');

/** A worker in this process. */
export function startTestWorker(config: Config, registry = new Registry()): Promise<RunningWorker> {
  quietRuntime();
  return startWorker({
    config,
    logger: createLogger('worker', 'silent'),
    registry,
    workflowBundlePath,
  });
}

export interface World {
  readonly api: TestApi;
  readonly config: Config;
  readonly temporal: Client;
  readonly user: SignedUp;
  /** Two operators. */
  readonly operators: readonly [SignedUp, SignedUp];
  /** Gives the user Credits. */
  fund(amount: string): Promise<void>;
  /** Asks for a redemption over HTTP; returns its id. */
  request(amount: string): Promise<string>;
  decide(
    verb: 'approve' | 'reject',
    redemptionId: string,
    operator: SignedUp,
    options?: { key?: string; reason?: string },
  ): Promise<Answer>;
  /** The user's Credits by purpose. */
  credits(): Promise<{ available: string; redeeming: string }>;
  close(): Promise<void>;
}

interface WorldOptions {
  readonly env?: Record<string, string>;
  readonly updateTimeoutMs?: number;
  /** Another Temporal server than the run's. */
  readonly temporalAddress?: string;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const address = options.temporalAddress ?? testEngines().temporal.address;
  const namespace = `lx-${randomBytes(6).toString('hex')}`;
  const api = await startApi(
    {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      OPS_FOUR_EYES_ABOVE: fourEyesAbove,
      ...options.env,
    },
    options.updateTimeoutMs === undefined ? {} : { updateTimeoutMs: options.updateTimeoutMs },
  );
  const connection = await Connection.connect({ address });
  const user = await api.signUp();
  const operators = [await api.appoint(), await api.appoint()] as const;

  async function post(path: string, key: string, body: unknown, idempotencyKey = newKey()) {
    return api.send('POST', path, { key, body, headers: { 'idempotency-key': idempotencyKey } });
  }

  return {
    api,
    config: api.context.config,
    temporal: new Client({ connection, namespace }),
    user,
    operators,
    async fund(amount) {
      const body = { userId: user.id, amount, externalRef: newKey(), reason: 'a test' };
      expectStatus(await post('/admin/deposits', operators[0].key, body), 201);
    },
    async request(amount) {
      const body = { amount, destination: 'IBAN DE00 0000' };
      const answer = expectStatus(await post('/redemptions', user.key, body), 201);
      return answer.as<{ redemption: { id: string } }>().redemption.id;
    },
    decide(verb, redemptionId, operator, { key = newKey(), reason = 'checked' } = {}) {
      return post(`/admin/redemptions/${redemptionId}/${verb}`, operator.key, { reason }, key);
    },
    async credits() {
      const answer = await api.send('GET', '/balances', { key: user.key });
      const { balances } = answer.as<{ balances: Record<string, string>[] }>();
      const credit = balances.find(({ asset }) => asset === 'CREDIT') ?? {};
      return { available: credit.available ?? '', redeeming: credit.redeeming ?? '' };
    },
    async close() {
      await connection.close();
      await api.close();
    },
  };
}

export function newKey(): string {
  return randomBytes(8).toString('hex');
}

export function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`${answer.status} ${answer.text}`);
  return answer;
}

export function redemptionOf(answer: Answer): Redemption {
  return expectStatus(answer, 200).as<{ redemption: Redemption }>().redemption;
}

/** Polls until `look` gives something else than undefined or false: less often the longer it takes. */
export async function eventually<T>(
  look: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const startedAt = Date.now();
  const deadline = startedAt + timeoutMs;
  for (;;) {
    const found = await look().catch((error: unknown) => {
      if (Date.now() > deadline) throw error;
      return undefined;
    });
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not in ${timeoutMs} ms: ${look.toString()}`);
    await sleep(Math.min(100, 20 + (Date.now() - startedAt) / 20));
  }
}

/** Whether the worker's commit waits for a lock that a test holds. */
export async function isWorkerBlocked(db: Knex): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { count: bigint }[] }>(
    `select count(*) from pg_stat_activity
     where application_name = 'lx-worker-committer' and datname = current_database()
       and wait_event_type = 'Lock'`,
  );
  return Number(rows[0]?.count) > 0;
}

export interface WorkerProcess {
  readonly child: ChildProcess;
  /** What it said when it began to poll. */
  readonly ready: { readonly metricsUrl: string };
  /** `kill -9`, and the wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and how it ended. */
  end(): Promise<number | null>;
}

/** worker/main as npm start runs it, or a module like it; resolves when it polls. */
export async function startWorkerProcess(
  { databaseUrl, temporal, windows, allowPrivateUpstreams, upstream, masterKey }: Config,
  module = 'worker/main',
): Promise<WorkerProcess> {
  const child = fork(builtEntry(module), {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      OPS_FOUR_EYES_ABOVE: fourEyesAbove,
      ALLOW_PRIVATE_UPSTREAMS: allowPrivateUpstreams ? '1' : '0',
      ...(upstream.apiKey ? { UPSTREAM_API_KEY: upstream.apiKey } : {}),
      ...(masterKey ? { MASTER_KEY: masterKey.toString('hex') } : {}),
      WINDOWS: JSON.stringify(
        Object.fromEntries(
          Object.entries(changedWindows(windows)).map(([name, ms]) => [name, `${ms}ms`]),
        ),
      ),
      LOG_LEVEL: process.env.LX_TEST_LOG_LEVEL ?? 'fatal',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const ready = await new Promise<{ metricsUrl: string }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { metricsUrl: string }));
    void exited.then(([code]) => reject(new Error(`the worker ended with ${code}`)));
  });
  return {
    child,
    ready,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async end() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}
