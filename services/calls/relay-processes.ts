// A reservation belongs to a process that beats its heart in a row (DESIGN 2.2, faults). One that is silent for
// twenty seconds is dead to all others, who release what it held; so a process that cannot beat ends its calls.
import type { Knex } from 'knex';
import { defineLookup } from '../../ledger/table';

const beatEveryMs = 5_000;
export const deadAfterMs = 20_000;
/** A process that has not managed to beat for this long must assume that others will soon think it dead. */
const defaultGiveUpAfterMs = 15_000;

/** When a process last beat. */
export const heartbeats = defineLookup<{ readonly beatAt: number }>({
  name: 'heartbeats',
  keyType: 'uuid',
  sql: 'select p.id as key, p.beat_at as "beatAt" from relay_processes p where p.id = any($1::uuid[])',
});

/** Whether the process was given up at journal time `at`; one without a row never lived. */
export function isDead(process: { readonly beatAt: number } | undefined, at: number): boolean {
  return !process || process.beatAt < at - deadAfterMs;
}

export interface Heartbeat {
  readonly processId: string;
  /** False when calls under way must be ended and none begun. */
  isAlive(): boolean;
  /** Calls back each time that the process finds it cannot beat any more. */
  onLost(listener: () => void): void;
  stop(): Promise<void>;
}

export interface HeartbeatTimes {
  readonly everyMs?: number;
  readonly giveUpAfterMs?: number;
}

/** A process that was suspended for long finds its row swept: then it lives again. */
const beatSql = /* sql */ `
  insert into relay_processes (id) values (?)
  on conflict (id) do update set beat_at = clock_timestamp()`;

/** Registers the process and beats until it is stopped. */
export async function startHeartbeat(
  db: Knex,
  processId: string,
  { everyMs = beatEveryMs, giveUpAfterMs = defaultGiveUpAfterMs }: HeartbeatTimes = {},
): Promise<Heartbeat> {
  const listeners: (() => void)[] = [];
  await db.raw(beatSql, [processId]);
  let lastBeatMs = performance.now();
  let isStopped = false;
  let wasLost = false;

  const beat = async () => {
    const startedMs = performance.now();
    try {
      await db.raw(beatSql, [processId]).timeout(everyMs);
      lastBeatMs = startedMs;
      wasLost = false;
    } catch {
      // told by isAlive and onLost; the next beat tries again
    }
    if (!isAlive() && !wasLost) {
      wasLost = true;
      for (const listener of listeners) listener();
    }
  };
  const isAlive = () => !isStopped && performance.now() - lastBeatMs < giveUpAfterMs;
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beating.then(beat);
  }, everyMs);

  return {
    processId,
    isAlive,
    onLost: (listener) => void listeners.push(listener),
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await beating;
      await db.raw('delete from relay_processes where id = ?', [processId]).catch(() => undefined);
    },
  };
}
