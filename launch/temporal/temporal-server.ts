// Starts and stops the Temporal dev server with its UI (DESIGN 5, 7), its state in a file under DATA_DIR.
import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import type { Guardian } from '../processes/guarded';
import { temporalStage } from '../processes/guardian-duties';
import { findFreePort } from '../processes/ports';
import {
  commandLine,
  endProcess,
  identify,
  isSameProcess,
  waitUntil,
  type ProcessIdentity,
} from '../processes/processes';

export interface TemporalOptions {
  binary: string;
  /** Where its SQLite database stands; undefined keeps it in memory. */
  dbFile: string | undefined;
  logFile: string;
  /** Made when it is not there. */
  namespace: string;
  preferredPort: number;
  /** Undefined starts no UI. */
  preferredUiPort: number | undefined;
  guardian?: Guardian;
  onProgress?: (line: string) => void;
}

export interface RunningTemporal {
  pid: number;
  /** host:port of the frontend. */
  address: string;
  port: number;
  uiPort: number | undefined;
  uiUrl: string | undefined;
  /** Resolves when the server has ended, whoever ended it. */
  exited: Promise<void>;
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;

/** Resolves when the frontend answers. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  if (options.dbFile !== undefined) {
    mkdirSync(dirname(options.dbFile), { recursive: true, mode: 0o700 });
    await clearPredecessor(options.dbFile, options.onProgress);
  }
  const refused = new Set<number>();
  for (;;) {
    const port = await findFreePort(options.preferredPort, refused);
    const uiPort =
      options.preferredUiPort === undefined
        ? undefined
        : await findFreePort(options.preferredUiPort, new Set([...refused, port]));
    const child = spawnServer(options, port, uiPort);
    const address = `127.0.0.1:${port}`;
    if (await becomesReady(child, address, options.namespace)) {
      return describe(child, port, uiPort, options);
    }
    options.guardian?.release(child.pid ?? 0);
    const output = readFileSync(options.logFile, 'utf8').slice(-4_000);
    if (!/address already in use|can't set frontend port|can't set UI port/i.test(output)) {
      throw new Error(
        `The Temporal server did not start:\n${output.trim()}\n(see ${options.logFile})`,
      );
    }
    refused.add(port);
    if (uiPort !== undefined) refused.add(uiPort);
  }
}

function describe(
  child: ChildProcess,
  port: number,
  uiPort: number | undefined,
  options: TemporalOptions,
): RunningTemporal {
  const identity = identify(child.pid ?? 0);
  if (options.dbFile !== undefined) {
    writeFileSync(ownerFile(options.dbFile), JSON.stringify(identity), { mode: 0o600 });
  }
  return {
    pid: identity.pid,
    address: `127.0.0.1:${port}`,
    port,
    uiPort,
    uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`,
    exited: new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once('exit', () => resolve());
    }),
    async stop() {
      // Its leave-taking takes a second and a half, and a server in memory has nothing to write down.
      await endProcess(identity, options.dbFile === undefined ? 'SIGKILL' : 'SIGTERM', 10_000);
      options.guardian?.release(identity.pid);
      if (options.dbFile !== undefined) rmSync(ownerFile(options.dbFile), { force: true });
    },
  };
}

/** Two servers must not share a file: ends one that a crash left running on it. */
async function clearPredecessor(
  dbFile: string,
  onProgress?: (line: string) => void,
): Promise<void> {
  let left: ProcessIdentity;
  try {
    left = JSON.parse(readFileSync(ownerFile(dbFile), 'utf8')) as ProcessIdentity;
  } catch {
    return;
  }
  if (!isSameProcess(left) || !commandLine(left.pid)?.includes(dbFile)) return;
  onProgress?.(`Temporal: ending process ${left.pid}, left by a start that crashed`);
  await endProcess(left, 'SIGTERM', 10_000);
}

function ownerFile(dbFile: string): string {
  return `${dbFile}.pid`;
}

function spawnServer(
  options: TemporalOptions,
  port: number,
  uiPort: number | undefined,
): ChildProcess {
  // The pragmas are DESIGN 5's: 200-280 workflow starts a second on two cores instead of about 100.
  const args = [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--ui-ip', '127.0.0.1'],
    ...['--port', String(port), '--namespace', options.namespace],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(options.dbFile === undefined ? [] : ['--db-filename', options.dbFile]),
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...['--log-level', 'error', '--log-format', 'json', '--color', 'never'],
  ];
  const log = openSync(options.logFile, 'a', 0o600);
  // Its file has what workflows carry, and is for our owner only; the child inherits this.
  if (options.dbFile !== undefined && existsSync(options.dbFile)) chmodSync(options.dbFile, 0o600);
  const umask = process.umask(0o077);
  try {
    const child = spawn(options.binary, args, {
      cwd: '/',
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.once('error', () => undefined);
    child.unref();
    if (child.pid !== undefined) {
      options.guardian?.watch({
        name: 'Temporal',
        process: identify(child.pid),
        stage: temporalStage,
        selfExitMs: 0,
        signal: 'SIGTERM',
        timeoutMs: 10_000,
        forceSignal: 'SIGKILL',
      });
    }
    return child;
  } finally {
    process.umask(umask);
    closeSync(log);
  }
}

async function becomesReady(
  child: ChildProcess,
  address: string,
  namespace: string,
): Promise<boolean> {
  const ended = () =>
    child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const ready = () => answers(address, namespace);
  await waitUntil(async () => ended() || (await ready()), startTimeoutMs, 30);
  if (ended()) return false;
  if (await ready()) return true;
  child.kill('SIGKILL');
  await waitUntil(ended, 5_000);
  return false;
}

/** Whether a frontend at this address knows the namespace. */
async function answers(address: string, namespace: string): Promise<boolean> {
  if (!(await isListening(address))) return false;
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '2s' });
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}

/** A gRPC channel waits a second after a refused connection, so the port is asked first. */
function isListening(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(port) });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
