// Starts and stops the embedded PostgreSQL server (DESIGN 7): a real cluster from npm's binaries on a loopback
// port, in a session of its own so that a terminal's Ctrl-C does not reach it before the application drained.
import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Guardian } from '../processes/guarded';
import { postgresStage } from '../processes/guardian-duties';
import { findFreePort } from '../processes/ports';
import { findPostgresBinaries, prepareBinaries, type PostgresBinaries } from './postgres-binaries';
import {
  appRole,
  ensureCluster,
  postgresEnvironment,
  readPasswords,
  readPostmaster,
  superuser,
} from './postgres-cluster';
import { clearPredecessor } from './postgres-predecessor';
import { queryOnce } from './query-once';
import { endProcess, identify, signalProcess, waitUntil } from '../processes/processes';
import { chooseLauncher, type Launcher } from './unprivileged';

export interface PostgresOptions {
  /** PGDATA; made when it is not there. Its parent must be ours alone. */
  dataDir: string;
  /** Where the server writes; kept across starts. */
  logFile: string;
  preferredPort: number;
  /** False turns fsync off, for tests: a killed server still recovers, a machine that loses power may not. */
  durable?: boolean;
  /** Server settings over the defaults below. */
  settings?: Record<string, string>;
  guardian?: Guardian;
  onProgress?: (line: string) => void;
}

export interface RunningPostgres {
  pid: number;
  port: number;
  /** Connection string of the application's role. */
  url(database?: string): string;
  /** Connection string of the superuser, for set-up and tests alone. */
  superuserUrl(database?: string): string;
  /** Resolves when the server has ended, whoever ended it. */
  exited: Promise<void>;
  /** Fast shutdown: sessions are ended, nothing committed is lost. */
  stop(): Promise<void>;
}

const defaultSettings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %d ',
  cluster_name: 'l-exchange',
};

const logLimitBytes = 20 * 1024 * 1024;
const startTimeoutMs = 120_000;

/**
 * Makes the cluster if needed, deals with a server that a crash left running, starts one, and makes sure that
 * the application's role and database exist.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const binaries = findPostgresBinaries();
  prepareBinaries(binaries);
  const launcher = chooseLauncher(options.dataDir, [options.dataDir, binaries.root]);
  const durable = options.durable ?? true;
  if (!existsSync(options.dataDir)) options.onProgress?.('PostgreSQL: making the database cluster');
  const { created } = await ensureCluster(options.dataDir, binaries, launcher, { durable });
  const dataDir = realpathSync(options.dataDir);
  await clearPredecessor(dataDir, options.onProgress);

  const { child, port } = await launchServer(dataDir, binaries, launcher, options);
  const identity = identify(child.pid ?? 0);
  const passwords = readPasswords(dataDir);
  const url = (user: string, password: string, database: string) =>
    `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
  const running: RunningPostgres = {
    pid: identity.pid,
    port,
    url: (database = appRole) => url(appRole, passwords.app, database),
    superuserUrl: (database = 'postgres') => url(superuser, passwords.superuser, database),
    exited: new Promise((resolve) => child.once('exit', () => resolve())),
    async stop() {
      await endProcess(identity, 'SIGINT', 30_000, 'SIGQUIT');
      options.guardian?.release(identity.pid);
    },
  };
  if (child.exitCode !== null) throw new Error('PostgreSQL ended right after its start');
  if (created || !(await hasDatabase(running))) await createRoleAndDatabase(running, passwords.app);
  return running;
}

async function launchServer(
  dataDir: string,
  binaries: PostgresBinaries,
  launcher: Launcher,
  options: PostgresOptions,
): Promise<{ child: ChildProcess; port: number }> {
  const refused = new Set<number>();
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const port = await findFreePort(options.preferredPort, refused);
    rotateLog(options.logFile);
    const logStart = existsSync(options.logFile) ? statSync(options.logFile).size : 0;
    const child = spawnServer(dataDir, port, binaries, launcher, options);
    if (await becomesReady(child, dataDir, deadline)) return { child, port };
    options.guardian?.release(child.pid ?? 0);
    const output = readFileSync(options.logFile).subarray(logStart).toString();
    if (/could not bind|could not create any TCP/.test(output)) {
      refused.add(port);
    } else if (/pre-existing shared memory block/.test(output) && performance.now() < deadline) {
      // The backends of a killed server notice its death within moments.
      await sleep(200);
    } else {
      throw new Error(`PostgreSQL did not start:\n${output.trim()}\n(see ${options.logFile})`);
    }
  }
}

function spawnServer(
  dataDir: string,
  port: number,
  binaries: PostgresBinaries,
  launcher: Launcher,
  options: PostgresOptions,
): ChildProcess {
  const settings = {
    ...defaultSettings,
    ...(options.durable === false ? { fsync: 'off', full_page_writes: 'off' } : {}),
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', dataDir, '-p', String(port), ...flags];
  const { program, args: wrapped, ids } = launcher.wrap(binaries.postgres, args);
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(program, wrapped, {
      ...ids,
      cwd: '/',
      env: postgresEnvironment(),
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.once('error', () => undefined);
    child.unref();
    if (child.pid !== undefined) {
      options.guardian?.watch({
        name: 'PostgreSQL',
        process: identify(child.pid),
        stage: postgresStage,
        selfExitMs: 0,
        signal: 'SIGINT',
        timeoutMs: 30_000,
        forceSignal: 'SIGQUIT',
      });
    }
    return child;
  } finally {
    closeSync(log);
  }
}

/** True once the server says `ready` in its pid file (as pg_ctl looks for it), false if it ended before. */
async function becomesReady(
  child: ChildProcess,
  dataDir: string,
  deadline: number,
): Promise<boolean> {
  const ended = () =>
    child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const ready = () => {
    const postmaster = readPostmaster(dataDir);
    return postmaster?.pid === child.pid && postmaster?.status === 'ready';
  };
  await waitUntil(() => ended() || ready(), Math.max(0, deadline - performance.now()), 10);
  if (ended()) return false;
  if (ready()) return true;
  signalProcess(child.pid ?? 0, 'SIGQUIT');
  await waitUntil(ended, 5_000);
  return false;
}

async function hasDatabase(running: RunningPostgres): Promise<boolean> {
  const rows = await queryOnce(
    running.superuserUrl(),
    `select 1 from pg_database where datname = '${appRole}'`,
  );
  return rows.length > 0;
}

/** Idempotent: a start may have been killed between its steps. */
async function createRoleAndDatabase(running: RunningPostgres, password: string): Promise<void> {
  const admin = new Client({ connectionString: running.superuserUrl() });
  await admin.connect();
  try {
    const { rowCount } = await admin.query('select 1 from pg_roles where rolname = $1', [appRole]);
    if (rowCount === 0) {
      await admin.query(
        `create role ${appRole} login createdb password ${admin.escapeLiteral(password)}`,
      );
    }
    await admin.query(`create database ${appRole} owner ${appRole}`);
  } finally {
    await admin.end();
  }
}

function rotateLog(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > logLimitBytes) {
    renameSync(logFile, `${logFile}.1`);
  }
}
