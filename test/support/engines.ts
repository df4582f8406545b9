// The engines that tests share: one PostgreSQL and one Temporal dev server for the whole run, started by
// global-setup.ts (DESIGN 7). Each test file takes a database of its own, migrated already.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../../launch/postgres/embedded-postgres';
import { startGuardian } from '../../launch/processes/guarded';
import {
  identify,
  signalProcess,
  waitUntil,
  isSameProcess,
} from '../../launch/processes/processes';
import { migrateToLatest } from '../../migrations';
import { scratchFolder } from './scratch';

export const enginesVariable = 'LX_TEST_ENGINES';
/** A migrated, empty database; nobody may connect to it, or it cannot be copied. */
export const templateDatabase = 'lx_template';

/** What global-setup.ts hands to test files. */
export interface TestEngines {
  postgres: {
    /** Of the application's role, which owns every test database; the database's name is to be appended. */
    baseUrl: string;
    superuserUrl: string;
    port: number;
  };
  temporal: {
    /** For `TEMPORAL_ADDRESS`; the search attributes are registered. */
    address: string;
    namespace: string;
  };
}

export function testEngines(): TestEngines {
  const text = process.env[enginesVariable];
  if (!text)
    throw new Error("the engines are not running: use Jest with this project's configuration");
  return JSON.parse(text) as TestEngines;
}

export interface TestDatabase {
  name: string;
  /** For `DATABASE_URL`. */
  url: string;
  /** Ends all its sessions and drops it. */
  drop(): Promise<void>;
}

/** A fresh database with the newest schema, a copy of the template (about 30 ms). */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { postgres } = testEngines();
  const name = `lx_${randomBytes(6).toString('hex')}`;
  await execute(
    postgres.superuserUrl,
    `create database ${name} template ${templateDatabase} owner lexchange`,
  );
  return {
    name,
    url: `${postgres.baseUrl}/${name}`,
    drop: () => execute(postgres.superuserUrl, `drop database if exists ${name} with (force)`),
  };
}

export interface DedicatedPostgres {
  /** Of the application's database, migrated; the port stays the same over restarts. */
  url: string;
  pid(): number;
  /** `kill -9` of the server and, so, of all its sessions. */
  kill(): Promise<void>;
  /** After `kill`: recovers the same data on the same port. */
  restart(): Promise<void>;
  /** Ends it and deletes its data. */
  remove(): Promise<void>;
}

/** A server of one's own (about two seconds), for tests that kill it. */
export async function startDedicatedPostgres(): Promise<DedicatedPostgres> {
  const folder = scratchFolder('lx-postgres-');
  const guardian = startGuardian();
  guardian.removeAtEnd(folder);
  const start = (preferredPort: number) =>
    startPostgres({ ...testPostgresOptions(folder, preferredPort), guardian });
  let running = await start(randomPort());
  const { port } = running;
  await migrateToLatest(running.url());
  return {
    url: running.url(),
    pid: () => running.pid,
    async kill() {
      const identity = identify(running.pid);
      signalProcess(running.pid, 'SIGKILL');
      await waitUntil(() => !isSameProcess(identity), 5_000);
      guardian.release(identity.pid);
    },
    async restart() {
      running = await start(port);
      if (running.port !== port)
        throw new Error(`port ${port} was taken while the server was down`);
    },
    async remove() {
      await running.stop();
      await guardian.dismiss();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The settings of a test server: small, without fsync, which no killed process can tell, and with passwords that cost a
 * connection next to nothing.
 */
export function testPostgresOptions(folder: string, preferredPort: number) {
  mkdirSync(folder, { recursive: true });
  return {
    dataDir: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    preferredPort,
    durable: false,
    settings: {
      ...{ shared_buffers: '64MB', max_connections: '300', max_wal_size: '512MB' },
      scram_iterations: '1',
    },
  };
}

/** Where to begin looking for a free port, so that runs side by side rarely meet. */
export function randomPort(): number {
  return 20_000 + Math.floor(Math.random() * 10_000);
}

async function execute(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
