// The supervisor's side of the guardian: starts it, keeps it told, and starts it again should it die.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Charge, Duty } from './guardian-duties';
import { builtEntry } from '../paths';
import { signalProcess } from './processes';

export interface Guardian {
  watch(charge: Charge): void;
  release(pid: number): void;
  /** A file or folder that goes once all charges have ended, if the supervisor cannot do it itself. */
  removeAtEnd(path: string): void;
  /** Call it when everything has been stopped in order. */
  dismiss(): Promise<void>;
  /**
   * Lets the guardian end everything, and resolves when it has. What is watched afterwards ends at once.
   * `force` spares the application's processes no time to drain.
   */
  endAll(options: { force: boolean }): Promise<void>;
  /** True once everything is to end, so that nothing is started again. */
  isEnding(): boolean;
}

/**
 * @param logFile where its few lines go; a file, for it must not depend on us.
 * @param onLaunched hears the guardian's pid, again when another had to take its place.
 */
export function startGuardian(logFile?: string, onLaunched?: (pid: number) => void): Guardian {
  const charges = new Map<number, Charge>();
  const leftovers = new Set<string>();
  let dismissed = false;
  let child = launch();

  function launch(): ChildProcess {
    const log = logFile === undefined ? 'ignore' : openSync(logFile, 'a', 0o600);
    const started = spawn(process.execPath, [builtEntry('launch/processes/guardian')], {
      detached: true,
      stdio: ['pipe', 'ignore', log],
      env: { PATH: process.env.PATH },
    });
    if (log !== 'ignore') closeSync(log);
    if (started.pid !== undefined) onLaunched?.(started.pid);
    started.stdin?.on('error', () => undefined);
    started.once('exit', () => {
      if (!dismissed) child = launch();
    });
    for (const charge of charges.values()) tell(started, { type: 'watch', charge });
    for (const path of leftovers) tell(started, { type: 'removeAtEnd', path });
    started.unref();
    (started.stdin as (NodeJS.WritableStream & { unref?(): void }) | null)?.unref?.();
    return started;
  }

  function exitOf(running: ChildProcess): Promise<void> {
    running.ref();
    return new Promise((resolve) => running.once('exit', () => resolve()));
  }

  function tell(to: ChildProcess, duty: Duty): void {
    if (to.stdin?.writable) to.stdin.write(`${JSON.stringify(duty)}\n`);
  }

  return {
    watch(charge) {
      if (dismissed) signalProcess(charge.process.pid, charge.forceSignal);
      charges.set(charge.process.pid, charge);
      tell(child, { type: 'watch', charge });
    },
    release(pid) {
      charges.delete(pid);
      tell(child, { type: 'release', pid });
    },
    removeAtEnd(path) {
      leftovers.add(path);
      tell(child, { type: 'removeAtEnd', path });
    },
    async dismiss() {
      dismissed = true;
      const ended = exitOf(child);
      tell(child, { type: 'dismiss' });
      await ended;
    },
    async endAll({ force }) {
      dismissed = true;
      const ended = exitOf(child);
      tell(child, { type: 'endAll', force });
      await ended;
    },
    isEnding: () => dismissed,
  };
}
