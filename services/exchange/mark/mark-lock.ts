// Which process ticks the mark (DESIGN 3): the one whose session holds an advisory lock. PostgreSQL frees it when that
// session ends, however it ends, and another process has it within a second.
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type QueryResult } from 'pg';
import { connectionSettings } from '../../../ledger/connection';

export interface MarkLock {
  /** Whether this process has it, as far as anybody can know. */
  isHeld(): boolean;
  /** Gives it up. */
  close(): Promise<void>;
}

export interface MarkLockOptions {
  readonly databaseUrl: string;
  readonly applicationName: string;
  /** Told of each time that it is gained, and of each time that it is lost other than by closing. */
  onChange(isHeld: boolean): void;
}

/** How often a process that has it makes sure of it, and one that has not asks for it. */
const askEveryMs = 500;
/** A holder that has not heard from the database for so long must assume that it is cut off. */
const doubtAfterMs = 2_000;
/** The server ends the session of a holder that it has not heard from: one that stands still, or was cut off. */
const sessionSql = /* sql */ `set idle_session_timeout = '4s'`;
// Waiting for the lock would hold a snapshot, and with it back what vacuum may clean: so it is asked for.
const askSql = /* sql */ `select pg_try_advisory_lock(hashtextextended('lx mark ticker', 0)) as "isHeld"`;
const confirmSql = /* sql */ `select true as "isHeld"`;

class Contender implements MarkLock {
  private client: Client | undefined;
  private socket: Socket | undefined;
  private hasLock = false;
  private confirmedAtMs = 0;
  private readonly ending = new AbortController();
  private readonly running: Promise<void>;

  constructor(private readonly options: MarkLockOptions) {
    this.running = this.run();
  }

  isHeld(): boolean {
    return this.hasLock && performance.now() - this.confirmedAtMs < doubtAfterMs;
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.running;
    const { client, socket } = this;
    this.hasLock = false;
    this.client = undefined;
    const timer = setTimeout(() => socket?.destroy(), 1_000);
    await client?.end().catch(() => undefined);
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      try {
        await this.ask(this.client ?? (await this.connect()));
      } catch {
        this.drop();
      }
      await sleep(askEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async connect(): Promise<Client> {
    const socket = new Socket();
    const client = new Client({
      ...connectionSettings(this.options.databaseUrl, this.options.applicationName),
      stream: () => socket,
      query_timeout: doubtAfterMs,
    });
    const drop = () => {
      if (this.client === client) this.drop();
    };
    client.on('error', drop);
    client.on('end', drop);
    this.client = client;
    this.socket = socket;
    const timer = setTimeout(() => socket.destroy(), doubtAfterMs);
    try {
      await client.connect();
      await client.query(sessionSql);
    } finally {
      clearTimeout(timer);
    }
    return client;
  }

  private async ask(client: Client): Promise<void> {
    const askedAtMs = performance.now();
    const { rows }: QueryResult<{ isHeld: boolean }> = await client.query(
      this.hasLock ? confirmSql : askSql,
    );
    // What a session answered that was lost meanwhile is no news.
    if (this.client !== client) return;
    this.confirmedAtMs = askedAtMs;
    const isHeld = rows[0]?.isHeld ?? false;
    if (isHeld && !this.hasLock) {
      this.hasLock = true;
      this.options.onChange(true);
    }
  }

  /** The session is gone, or might as well be: the lock with it. */
  private drop(): void {
    const { socket, hasLock } = this;
    this.client = undefined;
    this.socket = undefined;
    this.hasLock = false;
    socket?.destroy();
    if (hasLock && !this.ending.signal.aborted) this.options.onChange(false);
  }
}

/** Begins to contend for the lock, until it is closed; a database that is away is asked again. */
export function contendForMarkLock(options: MarkLockOptions): MarkLock {
  return new Contender(options);
}
