// One application process (API, worker, mock upstream): started, watched, started again when it dies on the same
// port, and ended in order. It tells by IPC when it is ready, and drains by itself when that channel closes.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createBackoff } from './backoff';
import type { Guardian } from './guarded';
import { appStage } from './guardian-duties';
import { readLogTail, sizeOf } from './log-follower';
import { builtEntry } from '../paths';
import { nodeFlags } from './node-flags';
import { findFreePort } from './ports';
import { endProcess, identify } from './processes';

export interface ChildOptions {
  /** For people: `API`. */
  name: string;
  /** The module that runs: `api/main`. */
  module: string;
  env: NodeJS.ProcessEnv;
  /** The variable that names its port, and the port to try first; 0 lets it choose. */
  port?: { variable: string; preferred: number };
  logFile: string;
  guardian: Guardian;
  announce: (line: string) => void;
  /** Called whenever another process has taken its place. */
  onRestarted: () => void;
}

export interface SupervisedChild {
  pid(): number;
  /** 0 for a child without one. */
  port: number;
  /** Ends it in order and starts it anew, for development. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const readyTimeoutMs = 60_000;
/** Longer than its own limit for draining. */
const drainTimeoutMs = 40_000;

/** @throws Error with the end of its log when it does not become ready. */
export async function superviseChild(options: ChildOptions): Promise<SupervisedChild> {
  const backoff = createBackoff();
  let stopping = false;
  let restarting: Promise<void> | undefined;
  /** Those that we end ourselves. */
  const dismissed = new WeakSet<ChildProcess>();
  const first = await startFirst(options);
  const { port } = first;
  let child = first.child;
  watch(child);

  function watch(started: ChildProcess): void {
    backoff.started();
    started.once('exit', (code, signal) => {
      options.guardian.release(started.pid ?? 0);
      if (stopping || dismissed.has(started) || options.guardian.isEnding()) return;
      const delayMs = backoff.nextMs();
      options.announce(
        `${options.name} ended (${signal ?? `code ${code}`}); starting it again in ${delayMs / 1000} s (${options.logFile})`,
      );
      setTimeout(() => void revive(), delayMs);
    });
  }

  async function revive(): Promise<void> {
    if (stopping || options.guardian.isEnding()) return;
    const result = await launch(options, port, (started) => {
      child = started;
      watch(started);
    });
    if (!result.ready) return;
    options.announce(`${options.name} is back (pid ${child.pid})`);
    options.onRestarted();
  }

  return {
    pid: () => child.pid ?? 0,
    port,
    restart() {
      restarting ??= (async () => {
        dismissed.add(child);
        await endChild(child);
        await revive();
        restarting = undefined;
      })();
      return restarting;
    },
    async stop() {
      stopping = true;
      await restarting;
      await endChild(child);
    },
  };
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await endProcess(identify(child.pid), 'SIGTERM', drainTimeoutMs);
}

/** The first start may move to another port; later ones must not, for others know it. */
async function startFirst(options: ChildOptions): Promise<{ child: ChildProcess; port: number }> {
  const taken = new Set<number>();
  for (;;) {
    const preferred = options.port?.preferred ?? 0;
    const port = preferred === 0 ? 0 : await findFreePort(preferred, taken);
    const result = await launch(options, port, () => undefined);
    if (result.ready) return { child: result.child, port: result.port ?? port };
    if (options.guardian.isEnding()) throw new Error('interrupted');
    if (port === 0 || !result.log.includes('EADDRINUSE')) {
      throw new Error(`${options.name} did not start:\n${result.log}\n(see ${options.logFile})`);
    }
    taken.add(port);
  }
}

type Launched =
  { ready: true; child: ChildProcess; port: number | undefined } | { ready: false; log: string };

/** @param onSpawned gets the process before it is ready, so that its end is seen in any case. */
async function launch(
  options: ChildOptions,
  port: number,
  onSpawned: (child: ChildProcess) => void,
): Promise<Launched> {
  const logStart = sizeOf(options.logFile);
  const log = openSync(options.logFile, 'a', 0o600);
  const env = options.port
    ? { ...options.env, [options.port.variable]: String(port) }
    : options.env;
  const child = spawn(process.execPath, [...nodeFlags, builtEntry(options.module)], {
    env,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  child.on('error', () => undefined);
  if (child.pid !== undefined) {
    options.guardian.watch({
      name: options.name,
      process: identify(child.pid),
      stage: appStage,
      selfExitMs: drainTimeoutMs,
      signal: 'SIGTERM',
      timeoutMs: 1_000,
      forceSignal: 'SIGKILL',
    });
  }
  onSpawned(child);
  const outcome = await waitForReady(child);
  if (outcome !== undefined) return { ready: true, child, port: outcome.port };
  if (child.pid !== undefined) options.guardian.release(child.pid);
  return { ready: false, log: readLogTail(options.logFile, logStart) };
}

/** Undefined if it ended, or had to be ended, before it was ready. */
function waitForReady(child: ChildProcess): Promise<{ port: number | undefined } | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), readyTimeoutMs);
    const finish = (outcome: { port: number | undefined } | undefined) => {
      clearTimeout(timer);
      child.off('message', onMessage);
      resolve(outcome);
    };
    const onMessage = (message: unknown) => {
      const { type, port } = message as { type?: string; port?: number };
      if (type === 'ready') finish({ port });
    };
    child.on('message', onMessage);
    child.once('exit', () => finish(undefined));
    child.once('error', () => finish(undefined));
  });
}
