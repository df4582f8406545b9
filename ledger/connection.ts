// How we talk to PostgreSQL: bigint stays bigint and a time is its milliseconds since 1970, on the committer's
// connection and on the pool for reads alike.
import knex, { type Knex } from 'knex';
import { DatabaseError, types, type CustomTypesConfig } from 'pg';

const int8 = 20;
const timestamptz = 1184;

/** `2026-01-31 12:00:00.123+00` (sessions of ours are in UTC) -> milliseconds. */
function parseTimestamp(text: string): number {
  return Date.parse(`${text.slice(0, -3).replace(' ', 'T')}Z`);
}

/** What reads a column of this type from the server's text. */
export function columnParser(oid: number): (text: string) => unknown {
  if (oid === int8) return BigInt;
  if (oid === timestamptz) return parseTimestamp;
  return types.getTypeParser(oid) as (text: string) => unknown;
}

const customTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (format === 'binary') return types.getTypeParser(oid, format) as (text: string) => unknown;
    return columnParser(oid);
  }) as CustomTypesConfig['getTypeParser'],
};

/** Settings shared by every connection of ours. */
export function connectionSettings(databaseUrl: string, applicationName: string) {
  return {
    connectionString: databaseUrl,
    application_name: applicationName,
    types: customTypes,
    keepAlive: true,
    // parseTimestamp counts on both
    options: '-c datestyle=ISO -c timezone=UTC',
  };
}

/** knex prints every lost connection; whoever asked gets the error, and says what it means. */
const silence = () => undefined;
const noLog = { debug: silence, deprecate: silence, warn: silence, error: silence };

/** The pool for reads (and for the few writes that move no value). */
export function openDatabase(
  databaseUrl: string,
  applicationName: string,
  maxConnections = 10,
): Knex {
  return knex({
    client: 'pg',
    // knex's own type of a connection is narrower than what it hands on to pg
    connection: connectionSettings(databaseUrl, applicationName) as Knex.PgConnectionConfig,
    pool: { min: 0, max: maxConnections },
    acquireConnectionTimeout: 10_000,
    log: noLog,
  });
}

/**
 * What the server says when the same statements may go through another time: it lost the connection, is short of
 * something, was shut down or has become a standby, a limit of time or a deadlock ended the statement.
 */
const transientStates = /^(08|53|57P|58|25006|25P03|25P04|40001|40P01|55P03|57014)/;
/** What the system says of a connection that cannot be made or broke. */
const brokenConnection = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH)$/;

/** What the driver says of a connection that broke under a query; knex puts the query before it. */
const lostConnection =
  /(^| - )(Connection terminated( unexpectedly)?|Client (has encountered a connection error|was closed) and is not queryable)$/;

/** Whether the server's own answer is one after which a repeat may help. */
export function isTransientAnswer(error: DatabaseError): boolean {
  return transientStates.test(error.code ?? '');
}

/**
 * Whether it is the connection that failed. PostgreSQL says this of none of our statements; a pooler between us says it
 * in the server's voice when it has lost the server, and does not know what became of what was under way.
 */
export function isConnectionFailure({ code = '' }: DatabaseError): boolean {
  return code.startsWith('08');
}

/** Whether a read failed for the database being away, not for what was asked. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseError) return isTransientAnswer(error);
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown };
  return (
    (typeof code === 'string' && brokenConnection.test(code)) ||
    name === 'KnexTimeoutError' ||
    (typeof message === 'string' && lostConnection.test(message))
  );
}
