// Finds the Temporal CLI, or fetches it (DESIGN 7): on PATH, in our cache, by the SDK's own download, or built
// by Go. A closed network lets only some of these through, so each failure leads to the next step.
import { execFile, spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Guardian } from '../processes/guarded';
import { appStage } from '../processes/guardian-duties';
import { isLock, tryLock } from '../processes/lock-file';
import { builtEntry } from '../paths';
import { identify } from '../processes/processes';

/** Later CLI versions carry a `replace` in their go.mod and cannot be installed by `go install`. */
export const temporalCliVersion = '1.5.1';

export interface TemporalBinary {
  path: string;
  source: 'PATH' | 'cache' | 'download' | 'go';
}

export interface FindOptions {
  env: NodeJS.ProcessEnv;
  onProgress: (line: string) => void;
  guardian?: Guardian | undefined;
}

const execute = promisify(execFile);
const buildTimeoutMs = 30 * 60_000;

function temporalCacheDir(env: NodeJS.ProcessEnv): string {
  return join(
    env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'l-exchange',
    `temporal-${temporalCliVersion}`,
  );
}

/** What is there already: a usable `temporal` on PATH, else the cached one. */
export async function locateTemporal(env: NodeJS.ProcessEnv): Promise<TemporalBinary | undefined> {
  const onPath = findProgram('temporal', env);
  if (onPath !== undefined && (await canServe(onPath))) return { path: onPath, source: 'PATH' };
  const cached = join(temporalCacheDir(env), 'temporal');
  return isExecutable(cached) ? { path: cached, source: 'cache' } : undefined;
}

/**
 * Walks the ladder to its end.
 * @throws Error that lists the ways out when nothing works here.
 */
export async function findTemporal(options: FindOptions): Promise<TemporalBinary> {
  const found = await locateTemporal(options.env);
  if (found) return found;
  const target = temporalCacheDir(options.env);
  mkdirSync(join(target, '..'), { recursive: true });
  const lock = await waitForLock(`${target}.lock`, options.onProgress);
  try {
    const madeMeanwhile = await locateTemporal(options.env);
    if (madeMeanwhile) return madeMeanwhile;
    const failures: string[] = [];
    for (const [source, fetch] of [
      ['download', download],
      ['go', buildWithGo],
    ] as const) {
      const workDir = `${target}.partial`;
      rmSync(workDir, { recursive: true, force: true });
      mkdirSync(workDir);
      try {
        await fetch(workDir, options);
        await execute(join(workDir, 'temporal'), ['--version']);
        rmSync(target, { recursive: true, force: true });
        renameSync(workDir, target);
        return { path: join(target, 'temporal'), source };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failures.push(reason);
        options.onProgress(`Temporal: ${reason}`);
      } finally {
        rmSync(workDir, { recursive: true, force: true });
      }
    }
    throw new Error(noTemporalMessage(failures));
  } finally {
    lock.release();
  }
}

/** The SDK's own download, in a process of its own that can be ended when the network swallows it. */
async function download(
  workDir: string,
  { env, onProgress, guardian }: FindOptions,
): Promise<void> {
  onProgress(
    `Temporal: downloading CLI ${temporalCliVersion} from temporal.download (about 40 MB)`,
  );
  const fetched = join(workDir, `temporal-v${temporalCliVersion}`);
  const child = startHelper(
    process.execPath,
    [builtEntry('launch/temporal/temporal-download'), workDir, `v${temporalCliVersion}`],
    env,
    guardian,
  );
  // The archive's file appears once the server has answered, and grows then.
  let seenBytes = -1;
  let lastGrowth = performance.now();
  const watch = setInterval(() => {
    const bytes = sizeOf(`${fetched}.downloading`) ?? sizeOf(fetched) ?? -1;
    if (bytes > seenBytes || existsSync(fetched)) {
      seenBytes = bytes;
      lastGrowth = performance.now();
    }
    const patienceMs = seenBytes < 0 ? 8_000 : 30_000;
    if (performance.now() - lastGrowth > patienceMs) child.kill();
  }, 250);
  try {
    const { code, output } = await child.done;
    if (code === null) throw new Error('temporal.download does not answer');
    if (code !== 0) throw new Error(`the download did not work (${lastLine(output)})`);
    renameSync(fetched, join(workDir, 'temporal'));
  } finally {
    clearInterval(watch);
  }
}

async function buildWithGo(
  workDir: string,
  { env, onProgress, guardian }: FindOptions,
): Promise<void> {
  const go = findProgram('go', env);
  if (go === undefined) throw new Error('there is no `go` on PATH to build it with');
  const source = `github.com/temporalio/cli/cmd/temporal@v${temporalCliVersion}`;
  onProgress(
    `Temporal: building it with \`go install ${source}\`: once, about 3 minutes on two cores`,
  );
  const startedAt = performance.now();
  const child = startHelper(go, ['install', source], { ...env, GOBIN: workDir }, guardian);
  const report = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    onProgress(`Temporal: still building (${seconds} s)`);
  }, 20_000);
  const limit = setTimeout(() => child.kill(), buildTimeoutMs);
  try {
    const { code, output } = await child.done;
    if (code !== 0) throw new Error(`\`go install\` did not work (${lastLine(output)})`);
  } finally {
    clearInterval(report);
    clearTimeout(limit);
  }
}

/** A process group of its own, so that all that it starts can be ended, and the guardian can do it for us. */
function startHelper(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  guardian: Guardian | undefined,
) {
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid;
  let output = '';
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  if (pid !== undefined) {
    guardian?.watch({
      name: program,
      process: identify(pid),
      stage: appStage,
      selfExitMs: 0,
      signal: 'SIGTERM',
      timeoutMs: 5_000,
      forceSignal: 'SIGKILL',
      group: true,
    });
  }
  const done = new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  }).finally(() => {
    if (pid !== undefined) guardian?.release(pid);
  });
  return { done, kill: () => pid !== undefined && process.kill(-pid, 'SIGKILL') };
}

async function waitForLock(path: string, onProgress: (line: string) => void) {
  const deadline = performance.now() + buildTimeoutMs;
  for (let told = false; ; told = true) {
    const result = tryLock(path);
    if (isLock(result)) return result;
    if (performance.now() > deadline) {
      throw new Error(
        `process ${result.holder.pid} has been fetching Temporal for half an hour; end it and start again`,
      );
    }
    if (!told)
      onProgress(`Temporal: waiting for process ${result.holder.pid}, which is fetching it`);
    await sleep(500);
  }
}

/** Whether this CLI's dev server takes the flags that we need. */
async function canServe(path: string): Promise<boolean> {
  try {
    const { stdout } = await execute(path, ['server', 'start-dev', '--help'], { timeout: 10_000 });
    return stdout.includes('--sqlite-pragma');
  } catch {
    return false;
  }
}

/** The first executable of that name on PATH. */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** The innermost cause stands last. */
function lastLine(output: string): string {
  const line = output.trim().split('\n').at(-1) ?? '';
  return line.length > 160 ? `…${line.slice(-160)}` : line;
}

function noTemporalMessage(failures: string[]): string {
  return [
    'There is no Temporal server to run workflows on:',
    ...failures.map((failure) => `  - ${failure}`),
    'Ways out, any one of them:',
    '  - put the Temporal CLI on PATH (https://docs.temporal.io/cli, `brew install temporal`)',
    `  - copy its binary to ${join('$XDG_CACHE_HOME or ~/.cache', 'l-exchange', `temporal-${temporalCliVersion}`, 'temporal')}`,
    '  - install Go 1.24 or newer and start again',
    '  - set TEMPORAL_ADDRESS (with TEMPORAL_NAMESPACE, TEMPORAL_API_KEY) to a server or Temporal Cloud',
    '  - docker compose up',
  ].join('\n');
}
