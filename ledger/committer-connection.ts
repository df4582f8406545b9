// The committer's own session with the database: prepared statements in pipelines, with time limits that end a stalled
// holder of the head. A session that is lost stays lost: whoever holds it can never go on, unknowingly, on another one.
import { Socket } from 'node:net';
import { Client, DatabaseError } from 'pg';
import { connectionSettings, isTransientAnswer } from './connection';
import { PreparedStatements, StatementPipeline, type StatementResult } from './statement-pipeline';
import type { BatchSql } from './table';

/**
 * A holder of the head that stands still or is cut off is ended: after five seconds between two statements, after
 * eight wherever it is (before PostgreSQL 17, which brought `transaction_timeout`, only within a statement). Both are
 * less than callers' patience, so that it costs its neighbours a delay and no refusal. Eight seconds also end a wait
 * for the lock, which is tried again while there is patience. Sequential scans are off because every statement here
 * finds rows by key, and a plan made while a table was empty would otherwise stay.
 */
const sessionSql = /* sql */ `
  set idle_in_transaction_session_timeout = '5s';
  set statement_timeout = '8s';
  select set_config(name, '8s', false) from pg_settings where name = 'transaction_timeout';
  set enable_seqscan = off;
  set jit = off;
  set plan_cache_mode = force_generic_plan;
  set synchronous_commit = on`;

const connectTimeoutMs = 5_000;
const goodbyeTimeoutMs = 1_000;

export class CommitterSession implements BatchSql {
  private isOver = false;
  private readonly prepared = new PreparedStatements();
  /** What was asked for in this turn, and goes out at its end. */
  private gathering: StatementPipeline | undefined;

  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
  ) {
    const end = () => {
      this.isOver = true;
    };
    client.on('error', end);
    client.on('end', end);
  }

  /** Connects; rejects when the database cannot be reached or does not let us in. */
  static async open(databaseUrl: string, applicationName: string, timeoutMs: number) {
    const socket = new Socket();
    const client = new Client({
      ...connectionSettings(databaseUrl, applicationName),
      stream: () => socket,
    });
    const session = new CommitterSession(client, socket);
    const timer = setTimeout(() => session.destroy(), Math.min(timeoutMs, connectTimeoutMs));
    try {
      await client.connect();
      await client.query(sessionSql);
    } catch (error) {
      session.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return session;
  }

  /** The connection is gone: nothing can be asked any more, and an open transaction is rolled back. */
  get isLost(): boolean {
    return this.isOver;
  }

  /** What is asked for without waiting in between shares a round trip. */
  query(name: string, text: string, values: readonly unknown[]): Promise<StatementResult> {
    if (!this.gathering) {
      this.gathering = new StatementPipeline();
      queueMicrotask(() => this.flush());
    }
    return this.gathering.add(this.prepared.find(name, text), values);
  }

  /** BEGIN, COMMIT, ROLLBACK. */
  run(text: string): Promise<StatementResult> {
    return this.query(text, text, []);
  }

  private flush(): void {
    const pipeline = this.gathering;
    this.gathering = undefined;
    if (pipeline) this.client.query(pipeline);
  }

  /** Cuts the connection at once; every query under way is rejected. */
  destroy(): void {
    this.isOver = true;
    this.socket.destroy();
  }

  /** Takes leave of the server, which has nothing to do for us any more. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.destroy(), goodbyeTimeoutMs);
    await this.client.end().catch(() => undefined);
    clearTimeout(timer);
  }
}

/** Whether a batch failed for the database being away or busy rather than for what was asked. */
export function isTransient(error: unknown, session: CommitterSession): boolean {
  if (error instanceof DatabaseError) return isTransientAnswer(error);
  return session.isLost;
}
