// A worker that dies by kill -9 where a test wants it: at any moment, or just before or just after one of its commits. A
// dead one is missed after seconds, in which the processors have nothing to do: see `liveApart`.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Config } from '../../config/config';
import { createCommitGate } from './commit-gate';
import { eventually, startWorkerProcess, type WorkerProcess } from './support';

/** A commit of the worker. */
export interface CommitPoint<T extends string | number | boolean> {
  readonly table: string;
  /** In SQL, on the `new` row and the `old` one: of this commit alone. */
  readonly condition: string;
  /** What it changes, */
  readonly look: () => Promise<T>;
  /** and what that is afterwards. */
  readonly done: T;
}

type Act = () => void | Promise<void>;

/** @param module another than worker/main */
export async function createMortalWorker(config: Config, db: Knex, module?: string) {
  const gate = await createCommitGate(db, config.databaseUrl);
  let worker: WorkerProcess | undefined;

  function running(): WorkerProcess {
    if (!worker) throw new Error('no worker runs');
    return worker;
  }
  async function start(): Promise<void> {
    if (worker) throw new Error('a worker runs');
    worker = await startWorkerProcess(config, module);
  }
  async function kill(): Promise<void> {
    await running().kill();
    worker = undefined;
  }
  async function restart(): Promise<void> {
    await kill();
    await start();
  }

  /** Starts it unless it runs, acts if asked to, and waits for the commit; what there was before that. */
  async function dieAt<T extends string | number | boolean>(
    { table, condition, look, done }: CommitPoint<T>,
    act?: Act,
  ): Promise<T> {
    await gate.close(table, condition);
    if (!worker) await start();
    await act?.();
    await gate.reached();
    const before = await look();
    expect(before).not.toBe(done);
    await kill();
    return before;
  }

  return {
    start,
    kill,
    restart,
    /** It hears, and tells nothing more. */
    suspend: () => running().child.kill('SIGSTOP'),

    async restartOften(times: number, everyMs: number): Promise<void> {
      for (let i = 0; i < times; i++) {
        await sleep(everyMs);
        await restart();
      }
    },

    /** Just before the commit, which is undone. */
    async killBefore<T extends string | number | boolean>(
      point: CommitPoint<T>,
      act?: Act,
    ): Promise<T> {
      const before = await dieAt(point, act);
      await gate.undo(point.table);
      expect(await point.look()).toBe(before);
      return before;
    },
    /** Just after it, before the worker could say so. */
    async killAfter<T extends string | number | boolean>(
      point: CommitPoint<T>,
      act?: Act,
    ): Promise<T> {
      const before = await dieAt(point, act);
      await gate.open(point.table);
      await eventually(async () => (await point.look()) === point.done);
      return before;
    },

    /** The commit by which one gets this status. */
    becomes: (table: string, id: string, status: string): CommitPoint<string> => ({
      table,
      condition: `new.id = '${id}' and new.status = '${status}' and old.status <> new.status`,
      look: async () => (await db(table).first<{ status: string }>('status').where({ id })).status,
      done: status,
    }),

    async end(): Promise<void> {
      // None after a life that failed.
      if (worker) expect(await worker.end()).toBe(0);
      await gate.end();
    },
  };
}

/** How a worker dies at a commit. */
export type Kill = 'killBefore' | 'killAfter';
