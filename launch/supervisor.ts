// Brings an instance up and takes it down (DESIGN 7): engines, migrations, first accounts, processes; in order,
// side by side where the order allows, for a warm start takes seconds.
import { join } from 'node:path';
import { readConfig, type Config } from '../config/config';
import { migrateToLatest } from '../migrations';
import { dailyRootsSchedule } from '../worker/schedules';
import { renderBanner } from './banner';
import type { DataDir } from './data-dir';
import {
  startDatabase,
  startWorkflowEngine,
  type DatabaseEngine,
  type TemporalEngine,
} from './engines';
import { startGuardian, type Guardian } from './processes/guarded';
import { removeInstance, writeInstance } from './instance-file';
import { loadOrCreateKeys } from './keys';
import { withTemporal } from './lifecycles';
import type { Lock } from './processes/lock-file';
import { followLog } from './processes/log-follower';
import { preferredPorts } from './processes/ports';
import { identify } from './processes/processes';
import { findHistoryStart, provision } from './provision/provision';
import { chatModelIds } from './provision/seed-models';
import {
  superviseChild,
  type ChildOptions,
  type SupervisedChild,
} from './processes/supervised-child';

export interface SupervisorOptions {
  env: NodeJS.ProcessEnv;
  dir: DataDir;
  /** The lock on `dir`; it ends with the instance. */
  lock: Lock;
  /** Takes a progress line or a warning. */
  announce: (line: string) => void;
}

export interface Instance {
  /** What to print now that everything is ready. */
  banner: string;
  /** Ends the application's processes in order and starts them anew from dist/, for development. */
  reload(): Promise<void>;
  /** Everything in order: accept no more, drain, end the engines last. */
  stop(): Promise<void>;
}

export interface Supervisor {
  /** @throws Error when a part does not start; call `abandon` then. */
  start(): Promise<Instance>;
  /** Ends whatever has been started so far; `force` without draining. */
  abandon(options: { force: boolean }): Promise<void>;
}

interface Parts {
  database: DatabaseEngine;
  temporal: TemporalEngine;
  api: SupervisedChild;
  worker: SupervisedChild;
  /** Undefined with a real upstream. */
  mock: SupervisedChild | undefined;
  /** Undefined without a demo market. */
  demo: SupervisedChild | undefined;
  accounts: Awaited<ReturnType<typeof provision>>;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { dir, lock } = options;
  const guardian = startGuardian(logFile(dir, 'guardian'), (pid) => lock.update(identify(pid)));
  guardian.removeAtEnd(dir.instance);
  guardian.removeAtEnd(dir.lock);
  return { start: () => startInstance(options, guardian), abandon: (how) => guardian.endAll(how) };
}

async function startInstance(options: SupervisorOptions, guardian: Guardian): Promise<Instance> {
  const startedAt = performance.now();
  const { dir, announce, lock } = options;
  const config = readConfig(options.env);
  const followers = ['API', 'worker', 'mock', 'demo'].map((name) =>
    followLog(logFile(dir, name), (line) => announce(`${name}: ${line}`)),
  );
  // Nobody reads the file before everything is ready.
  let refresh: () => void = () => undefined;
  const parts = await startParts(options, config, guardian, () => refresh());
  refresh = () => writeInstance(dir.instance, describeInstance(config, parts));
  refresh();
  const { api, worker, mock, demo, temporal, database, accounts } = parts;
  if (config.port !== 0 && api.port !== config.port) {
    announce(`Port ${config.port} is taken; the API is on ${api.port}`);
  }
  const banner = renderBanner(
    {
      api: apiUrl(config, api),
      temporalUi: temporal.uiUrl,
      temporalAddress: temporal.address,
      ...accounts,
      upstreamBaseUrl: config.upstream.baseUrl,
      model: await firstModel(apiUrl(config, api)),
      windows: config.windows,
      dataDir: dir.path,
      tookMs: performance.now() - startedAt,
    },
    process.stdout.isTTY,
  );
  return {
    banner,
    async reload() {
      await Promise.all([api.restart(), worker.restart(), mock?.restart(), demo?.restart()]);
    },
    async stop() {
      for (const [name, child] of Object.entries({ demo, API: api, worker, mock })) {
        if (child === undefined) continue;
        announce(`${name}: draining`);
        await child.stop();
      }
      for (const follower of followers) follower.stop();
      announce('Temporal and PostgreSQL: stopping');
      await temporal.stop();
      await database.stop();
      removeInstance(dir.instance);
      await guardian.dismiss();
      lock.release();
    },
  };
}

async function startParts(
  { env: ownEnv, dir, announce }: SupervisorOptions,
  config: Config,
  guardian: Guardian,
  onRestarted: () => void,
): Promise<Parts> {
  const base: NodeJS.ProcessEnv = {
    ...ownEnv,
    ...loadOrCreateKeys(dir, config),
    DATA_DIR: dir.path,
    // The mock is on loopback.
    ...(config.upstream.baseUrl === undefined ? { ALLOW_PRIVATE_UPSTREAMS: '1' } : {}),
  };
  const start = (child: Pick<ChildOptions, 'name' | 'module' | 'env' | 'port'>) =>
    superviseChild({
      ...child,
      logFile: logFile(dir, child.name),
      guardian,
      announce,
      onRestarted,
    });

  const engines = { config, dir, guardian, announce, onRestarted };
  const migrating = startDatabase(engines).then((started) => migrate(started, announce));
  const temporalStarting = startWorkflowEngine(engines);
  const mockStarting =
    config.upstream.baseUrl === undefined
      ? start({
          name: 'mock',
          module: 'launch/mock-upstream/main',
          env: base,
          port: { variable: 'MOCK_PORT', preferred: preferredPorts.mock },
        })
      : Promise.resolve(undefined);
  const [database, temporal, mock] = await Promise.all([migrating, temporalStarting, mockStarting]);

  const env = {
    ...base,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    ...(temporal.uiUrl === undefined ? {} : { TEMPORAL_UI_URL: temporal.uiUrl }),
  };
  const provisioned = readConfig(env);
  const historyFrom = await findHistoryStart(database.url, provisioned);
  const provisioning = provision({
    databaseUrl: database.url,
    config: provisioned,
    mockBaseUrl: mock && `http://127.0.0.1:${mock.port}/v1`,
    historyFrom,
    announce,
  });
  // Whoever commits in the present while a past is made would end it.
  if (historyFrom !== undefined) await provisioning;
  const [worker, [accounts, api]] = await Promise.all([
    start({ name: 'worker', module: 'worker/main', env }),
    provisioning.then(async (made) => {
      const port = { variable: 'PORT', preferred: config.port };
      return [made, await start({ name: 'API', module: 'api/main', env, port })] as const;
    }),
  ]);
  if (historyFrom !== undefined) await publishRoots(provisioned);
  const demo = accounts.hasDemoMarket
    ? await start({
        name: 'demo',
        module: 'launch/demo/main',
        env: { ...env, DEMO_API: apiUrl(config, api) },
      })
    : undefined;
  return { database, temporal, api, worker, mock, demo, accounts };
}

/** The days of a history are over: their roots need not wait for midnight. The start does not depend on it. */
async function publishRoots({ temporal }: Config): Promise<void> {
  await withTemporal(temporal, (client) =>
    client.schedule.getHandle(dailyRootsSchedule).trigger(),
  ).catch(() => undefined);
}

async function migrate(
  database: DatabaseEngine,
  announce: (line: string) => void,
): Promise<DatabaseEngine> {
  const names = await migrateToLatest(database.url);
  if (names.length > 0) announce(`Migrations: ${names.join(', ')}`);
  return database;
}

function describeInstance(config: Config, parts: Parts) {
  const { database, temporal, api, worker, mock, demo, accounts } = parts;
  return {
    api: apiUrl(config, api),
    temporalUi: temporal.uiUrl ?? null,
    temporalAddress: temporal.address,
    databaseUrl: database.url,
    operatorKey: accounts.operatorKey,
    secondOperatorKey: accounts.secondOperatorKey,
    demoKey: accounts.demoKey ?? null,
    pids: {
      postgres: database.pid(),
      temporal: temporal.pid(),
      api: api.pid(),
      worker: worker.pid(),
      mock: mock?.pid() ?? null,
      demo: demo?.pid() ?? null,
    },
  };
}

/** Where this machine reaches it. */
function apiUrl({ host }: Config, api: SupervisedChild): string {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const address = isEverywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${address}:${api.port}`;
}

function logFile(dir: DataDir, name: string): string {
  return join(dir.logs, `${name.toLowerCase()}.log`);
}

/** A model for the line to try, which is a chat; the start does not depend on it. */
async function firstModel(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/api/v1/models`, { signal: AbortSignal.timeout(2_000) });
    const { items = [] } = (await response.json()) as { items?: { id: string }[] };
    const sold = new Set(items.map(({ id }) => id));
    return [...chatModelIds].find((id) => sold.has(id)) ?? items[0]?.id;
  } catch {
    return undefined;
  }
}
