// The supervisor's side of the guardian: starts it, keeps it told, and starts it again should it die.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Charge, Duty } from './guardian-duties';
import { builtEntry } from './paths';

export interface Guardian {
  /** Of the guardian that runs now. */
  pid(): number;
  watch(charge: Charge): void;
  release(pid: number): void;
  /** A file or folder that goes once all charges have ended, if the supervisor cannot do it itself. */
  removeAtEnd(path: string): void;
  /** Call it when everything has been stopped in order. */
  dismiss(): Promise<void>;
}

/** @param logFd where its few lines go; a file, for it must not depend on us. */
export function startGuardian(logFd: number | 'ignore'): Guardian {
  const charges = new Map<number, Charge>();
  const leftovers = new Set<string>();
  let dismissed = false;
  let child = launch();

  function launch(): ChildProcess {
    const started = spawn(process.execPath, [builtEntry('launch/guardian')], {
      detached: true,
      stdio: ['pipe', 'ignore', logFd],
      env: { PATH: process.env.PATH },
    });
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

  function tell(to: ChildProcess, duty: Duty): void {
    to.stdin?.write(`${JSON.stringify(duty)}\n`);
  }

  return {
    pid: () => child.pid ?? 0,
    watch(charge) {
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
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.ref();
      tell(child, { type: 'dismiss' });
      await ended;
    },
  };
}
