// How we talk to PostgreSQL: bigint stays bigint and a time is its milliseconds since 1970, on the committer's
// connection and on the pool for reads alike.
import knex, { type Knex } from 'knex';
import { types, type CustomTypesConfig } from 'pg';

const int8 = 20;
const timestamptz = 1184;

/** `2026-01-31 12:00:00.123+00` (sessions of ours are in UTC) -> milliseconds. */
function parseTimestamp(text: string): number {
  return Date.parse(`${text.slice(0, -3).replace(' ', 'T')}Z`);
}

const customTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (format !== 'binary') {
      if (oid === int8) return (text: string) => BigInt(text);
      if (oid === timestamptz) return parseTimestamp;
    }
    return types.getTypeParser(oid, format) as (text: string) => unknown;
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
  });
}
