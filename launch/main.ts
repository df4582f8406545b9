// `npm start` (DESIGN 7): one instance per DATA_DIR in the foreground, ended by Ctrl-C or SIGTERM; a second one
// forces it.
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, readConfig } from '../config/config';
import { describeDataDir, makeDataDir, type DataDir } from './data-dir';
import { isLock, tryLock, type Lock } from './processes/lock-file';
import { isSameProcess } from './processes/processes';
import { createSupervisor, type Instance, type Supervisor } from './supervisor';

const announce = (line: string): void => console.log(`  ${line}`);

/** How long the guardian of a killed start may take to end what that left. */
const guardianTimeoutMs = 90_000;

async function lockDataDir(dir: DataDir): Promise<Lock> {
  const deadline = performance.now() + guardianTimeoutMs;
  for (let told = false; ; told = true) {
    const result = tryLock(dir.lock);
    if (isLock(result)) return result;
    if (isSameProcess(result.holder) || performance.now() > deadline) {
      throw new Error(
        `L-Exchange already runs on ${dir.path} (pid ${result.holder.pid}). Stop it first, or give this one another DATA_DIR and PORT.`,
      );
    }
    if (!told) announce('The last start was killed; waiting until what it left has ended');
    await sleep(200);
  }
}

/** A terminal's Ctrl-C arrives twice under npm: from the terminal, and passed on by npm. */
const sameSignalMs = 1_000;

/** Ends the process when it is told to. @returns whether that has begun. */
function endOnSignals(supervisor: Supervisor, instance: () => Instance | undefined): () => boolean {
  let firstAt: number | undefined;
  let forced = false;
  const endInOrder = async () => {
    const running = instance();
    announce(`Stopping${running ? ' (again to force)' : ''}`);
    await (running ? running.stop() : supervisor.abandon({ force: false }));
    process.exit(0);
  };
  const force = async () => {
    announce('Forced: ending what has not drained');
    await supervisor.abandon({ force: true });
    process.exit(130);
  };
  const onSignal = () => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      endInOrder().catch(fail);
    } else if (!forced && performance.now() - firstAt > sameSignalMs) {
      forced = true;
      force().catch(fail);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  onParentGone(onSignal);
  return () => firstAt !== undefined;
}

/** An npm that is killed cannot pass the signal on; what it ran in the foreground ends with it. */
function onParentGone(act: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, 1_000);
  timer.unref();
}

/** What we say ourselves is meant for people; the stack of anything else is for us. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOurs = error.constructor === Error || error instanceof ConfigError;
  return isOurs ? error.message : (error.stack ?? error.message);
}

function fail(error: unknown): void {
  console.error(`\n${describeFailure(error)}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const dir = describeDataDir(config.dataDir);
  makeDataDir(dir);
  const lock = await lockDataDir(dir);
  console.log('L-Exchange is starting');
  let instance: Instance | undefined;
  const supervisor = createSupervisor({ env: process.env, dir, lock, announce });
  const isEnding = endOnSignals(supervisor, () => instance);
  try {
    instance = await supervisor.start();
  } catch (error) {
    // An interrupted start fails somewhere, and is being cleared away already.
    if (isEnding()) return;
    console.error(`\n${describeFailure(error)}\n`);
    await supervisor.abandon({ force: false });
    process.exit(1);
  }
  if (isEnding()) return;
  console.log(instance.banner);
  // `npm run dev` asks for it after a build.
  process.on('message', (message: { type?: string }) => {
    if (message.type === 'reload') instance?.reload().catch(fail);
  });
}

main().catch(fail);
