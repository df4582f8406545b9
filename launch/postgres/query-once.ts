// One statement in a session of its own, for whoever only wants to know something of a server.
import { Client } from 'pg';

export async function queryOnce<Row extends object>(
  connectionString: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: 3_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Row>(sql, [...values]);
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
