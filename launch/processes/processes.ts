// Looking at and ending processes that may not be our children. A pid alone is not an identity, for the
// system hands it out again; with the time that the process began, it is.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** True while a process has this pid. A zombie counts as gone: it holds no file and answers nobody. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return linuxStat(pid)?.state !== 'Z';
}

/** A mark that differs between two processes which had the same pid; undefined if it is gone. */
function startMark(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStat(pid)?.startTicks;
  return readPs(pid, 'lstart=');
}

/** The command line of a process, arguments separated by spaces; undefined if it is gone. */
export function commandLine(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    } catch {
      return undefined;
    }
  }
  return readPs(pid, 'command=');
}

/** A process by pid and start mark. */
export interface ProcessIdentity {
  pid: number;
  startMark: string | undefined;
}

export function identify(pid: number): ProcessIdentity {
  return { pid, startMark: startMark(pid) };
}

/** True while exactly that process lives, not another that got its pid. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return isAlive(identity.pid) && startMark(identity.pid) === identity.startMark;
}

/** Polls until `done` says yes; false when the time is over. */
export async function waitUntil(
  done: () => boolean | Promise<boolean>,
  timeoutMs: number,
  intervalMs = 25,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await done()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(intervalMs);
  }
}

/** Sends a signal; a process that is already gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Sends `signal`, waits, and sends `forceSignal` when the process has not gone in time. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  timeoutMs: number,
  forceSignal: NodeJS.Signals = 'SIGKILL',
): Promise<'ended' | 'forced'> {
  if (!isSameProcess(identity)) return 'ended';
  signalProcess(identity.pid, signal);
  if (await waitUntil(() => !isSameProcess(identity), timeoutMs)) return 'ended';
  signalProcess(identity.pid, forceSignal);
  await waitUntil(() => !isSameProcess(identity), 5_000);
  return 'forced';
}

function linuxStat(pid: number): { state: string; startTicks: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name in brackets, may hold spaces and brackets itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startTicks: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function readPs(pid: number, column: string): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
