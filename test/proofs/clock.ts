// A database whose clock a test sets, to the millisecond: for days, which journal time would take too long to reach.
import { Client } from 'pg';

export interface TestClock {
  /** From now on it is this time, until it is set again. Sessions opened before the clock was installed ignore it. */
  set(time: string): Promise<void>;
  close(): Promise<void>;
}

/** Every session opened from now on reads the test's clock as `clock_timestamp()`. */
export async function installClock(databaseUrl: string, time: string): Promise<TestClock> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const name = new URL(databaseUrl).pathname.slice(1);
  await client.query(/* sql */ `
    create schema test_clock;
    create table test_clock.time (at timestamptz not null);
    create function test_clock.clock_timestamp() returns timestamptz language sql volatile
      as 'select at from test_clock.time';
    insert into test_clock.time values ('${time}');
    alter database ${name} set search_path = public, test_clock, pg_catalog;
  `);
  return {
    async set(next) {
      await client.query('update test_clock.time set at = $1', [next]);
    },
    close: () => client.end(),
  };
}
