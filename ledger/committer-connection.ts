// The committer's own connection: pipelined, prepared, with time limits that end a stalled holder of the head,
// and reopened when it is lost.
import { Client, type QueryResult } from 'pg';
import { DomainError, InvariantError } from '../domain/errors';
import { connectionSettings } from './connection';
import type { BatchSql } from './table';

/**
 * Session settings. Sequential scans are off because every statement here finds rows by key, and a plan made
 * while a table was empty would otherwise stay.
 */
const sessionSql = /* sql */ `
  set idle_in_transaction_session_timeout = '10s';
  set lock_timeout = '15s';
  set statement_timeout = '30s';
  set enable_seqscan = off;
  set jit = off;
  set synchronous_commit = on`;

export class CommitterConnection {
  private client: Client | undefined;
  private sql: BatchSql | undefined;

  constructor(
    private readonly databaseUrl: string,
    private readonly applicationName: string,
  ) {}

  /** The live connection, opened when there is none. */
  async open(): Promise<BatchSql> {
    if (this.sql) return this.sql;
    const client = new Client({
      ...connectionSettings(this.databaseUrl, this.applicationName),
      connectionTimeoutMillis: 5_000,
      query_timeout: 35_000,
      pipeline: true,
    });
    const drop = () => {
      if (this.client === client) this.client = this.sql = undefined;
    };
    client.on('error', drop);
    client.on('end', drop);
    await client.connect();
    await client.query(sessionSql);
    this.client = client;
    this.sql = {
      query: (name, text, values): Promise<QueryResult> =>
        client.query(values.length > 0 ? { name, text, values: [...values] } : text),
    };
    return this.sql;
  }

  /** Drops the connection, whose transaction is then rolled back by the server. */
  async reset(): Promise<void> {
    const { client } = this;
    this.client = this.sql = undefined;
    await client?.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.reset();
  }
}

/** SQLSTATE classes and codes after which the same batch may go through: lost connections, lock and time limits,
 * serialization, shutdown, too many connections. */
const transientStates = /^(08|53|57P0|40001|40P01|25P03|55P03|57014)/;

/** Whether an error comes from the database being away or busy rather than from what was asked. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DomainError || error instanceof InvariantError) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return transientStates.test(code);
  // The driver's own errors carry a system code such as ECONNRESET, or only a text.
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return true;
  return typeof message === 'string' && /connection|terminated|timeout/i.test(message);
}
