// A Temporal dev server and workers of the benchmark's own, as `npm start` runs them.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuardian } from '../launch/processes/guarded';
import { nodeFlags } from '../launch/processes/node-flags';
import { findTemporal } from '../launch/temporal/temporal-binary';
import { startTemporal, type RunningTemporal } from '../launch/temporal/temporal-server';

/** Runs `use` with a fresh server whose database is a file, and removes everything afterwards. */
export async function withBenchTemporal<T>(
  use: (temporal: RunningTemporal) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lx-bench-temporal-'));
  const guardian = startGuardian();
  guardian.removeAtEnd(folder);
  const { path } = await findTemporal({
    env: process.env,
    onProgress: (line) => console.error(line),
    guardian,
  });
  const temporal = await startTemporal({
    binary: path,
    dbFile: join(folder, 'temporal.db'),
    logFile: join(folder, 'temporal.log'),
    namespace: 'default',
    preferredPort: 54_500,
    preferredUiPort: undefined,
    guardian,
  });
  try {
    return await use(temporal);
  } finally {
    await temporal.stop();
    await guardian.dismiss();
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface BenchWorker {
  readonly pid: number;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** The product's worker process; resolves when it polls. */
export async function startBenchWorker(
  databaseUrl: string,
  temporalAddress: string,
): Promise<BenchWorker> {
  const child = fork(join(__dirname, '..', 'worker', 'main.js'), {
    execArgv: [...nodeFlags],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporalAddress,
      LOG_LEVEL: 'fatal',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    void exited.then(([code]) => reject(new Error(`the worker ended with ${String(code)}`)));
  });
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    child.kill(signal);
    await exited;
  };
  return { pid: pidOf(child), kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the worker did not start');
  return pid;
}

/** Resident memory of a process, in MB. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return Number(kilobytes ?? Number.NaN) / 1_024;
}

/** What a process has used of the processors so far. */
export function cpuMsOf(pid: number): number {
  // fields 14 and 15 are user and system time in hundredths of a second; the second, a name in brackets, may have blanks
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
