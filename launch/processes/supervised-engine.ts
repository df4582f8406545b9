// An engine (PostgreSQL, Temporal) that is started again on its own port when it ends by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { createBackoff } from './backoff';

interface Engine {
  pid: number;
  exited: Promise<void>;
  stop(): Promise<void>;
}

export interface SupervisedEngine<Running extends Engine> {
  current(): Running;
  stop(): Promise<void>;
}

/**
 * @param start gets the engine that ended, whose ports the new one must take; it throws when it cannot.
 */
export async function superviseEngine<Running extends Engine>(options: {
  name: string;
  start: (previous: Running | undefined) => Promise<Running>;
  announce: (line: string) => void;
  onRestarted: () => void;
  /** True once everything is to end. */
  isEnding: () => boolean;
}): Promise<SupervisedEngine<Running>> {
  const { name, start, announce, onRestarted, isEnding } = options;
  const backoff = createBackoff();
  let stopping = false;
  let current = await start(undefined);
  let reviving: Promise<void> | undefined;
  watch(current);

  function watch(running: Running): void {
    backoff.started();
    void running.exited.then(() => {
      if (!stopping && !isEnding()) reviving = revive();
    });
  }

  async function revive(): Promise<void> {
    announce(`${name} ended by itself; starting it again`);
    while (!stopping && !isEnding()) {
      await sleep(backoff.nextMs());
      try {
        if (stopping || isEnding()) return;
        current = await start(current);
        announce(`${name} is back (pid ${current.pid})`);
        watch(current);
        onRestarted();
        return;
      } catch (error) {
        announce(
          `${name} does not start: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
  }

  return {
    current: () => current,
    async stop() {
      stopping = true;
      await reviving;
      await current.stop();
    },
  };
}
