// Jest's global set-up: builds dist/ (tests start child processes from it), starts the engines once, and
// migrates the template database. The guardian ends them however this run ends.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../../launch/embedded-postgres';
import { startGuardian } from '../../launch/guarded';
import { projectRoot } from '../../launch/paths';
import { migrateToLatest } from '../../migrations';
import {
  enginesVariable,
  randomPort,
  templateDatabase,
  testPostgresOptions,
  type TestEngines,
} from './engines';

type StopEngines = () => Promise<void>;
/** global-teardown.ts runs in the same process. */
export const stopEnginesKey = Symbol.for('l-exchange test engines');

export default async function setUp(): Promise<void> {
  execFileSync(process.execPath, ['scripts/build.mjs', '--keep-going'], {
    cwd: projectRoot(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const folder = mkdtempSync(join(tmpdir(), 'lx-test-'));
  // As root the server runs as another user, who must get through.
  chmodSync(folder, 0o711);
  const guardian = startGuardian('ignore');
  guardian.removeAtEnd(folder);

  const postgres = await startPostgres({ ...testPostgresOptions(folder, randomPort()), guardian });
  await makeTemplate(postgres.superuserUrl(), postgres.url(templateDatabase));

  const engines: TestEngines = {
    postgres: {
      baseUrl: postgres.url('').replace(/\/$/, ''),
      superuserUrl: postgres.superuserUrl(),
      port: postgres.port,
    },
  };
  process.env[enginesVariable] = JSON.stringify(engines);
  const stop: StopEngines = async () => {
    await postgres.stop();
    await guardian.dismiss();
    rmSync(folder, { recursive: true, force: true });
  };
  (globalThis as Record<symbol, unknown>)[stopEnginesKey] = stop;
}

async function makeTemplate(superuserUrl: string, templateUrl: string): Promise<void> {
  const admin = new Client({ connectionString: superuserUrl });
  await admin.connect();
  try {
    await admin.query(`create database ${templateDatabase} owner lexchange`);
    await migrateToLatest(templateUrl);
    // Copying refuses while anybody, autovacuum included, looks at it.
    await admin.query(`alter database ${templateDatabase} with allow_connections false`);
  } finally {
    await admin.end();
  }
}
