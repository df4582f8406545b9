// Jest's global set-up: builds dist/ (tests start child processes from it), starts the engines once, and
// migrates the template database. The guardian ends them however this run ends.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { Client } from 'pg';
import { startPostgres, type RunningPostgres } from '../../launch/postgres/embedded-postgres';
import { startGuardian, type Guardian } from '../../launch/processes/guarded';
import { projectRoot } from '../../launch/paths';
import { findTemporal } from '../../launch/temporal/temporal-binary';
import { startTemporal, type RunningTemporal } from '../../launch/temporal/temporal-server';
import { migrateToLatest } from '../../migrations';
import { prepareNamespace } from '../../worker/namespace';
import {
  enginesVariable,
  randomPort,
  templateDatabase,
  testPostgresOptions,
  type TestEngines,
} from './engines';
import { paceOf, paceVariable } from './pace';
import { scratchFolder } from './scratch';

const namespace = 'default';

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}

type StopEngines = () => Promise<void>;
/** global-teardown.ts runs in the same process. */
export const stopEnginesKey = Symbol.for('l-exchange test engines');

export default async function setUp(): Promise<void> {
  execFileSync(process.execPath, ['scripts/build.mjs', '--keep-going'], {
    cwd: projectRoot(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const folder = scratchFolder('lx-test-');
  // As root the server runs as another user, who must get through.
  chmodSync(folder, 0o711);
  const guardian = startGuardian();
  guardian.removeAtEnd(folder);

  const [postgres, temporal] = await Promise.all([
    startTemplatePostgres(folder, guardian),
    startTestTemporal(folder, guardian),
  ]);

  const engines: TestEngines = {
    postgres: {
      baseUrl: postgres.url('').replace(/\/$/, ''),
      superuserUrl: postgres.superuserUrl(),
      port: postgres.port,
    },
    temporal: { address: temporal.address, namespace },
  };
  process.env[enginesVariable] = JSON.stringify(engines);
  const stop: StopEngines = async () => {
    await Promise.all([postgres.stop(), temporal.stop()]);
    await guardian.dismiss();
    rmSync(folder, { recursive: true, force: true });
  };
  (globalThis as Record<symbol, unknown>)[stopEnginesKey] = stop;
}

async function startTemplatePostgres(folder: string, guardian: Guardian): Promise<RunningPostgres> {
  const postgres = await startPostgres({ ...testPostgresOptions(folder, randomPort()), guardian });
  const admin = new Client({ connectionString: postgres.superuserUrl() });
  await admin.connect();
  try {
    await admin.query(`create database ${templateDatabase} owner lexchange`);
    const startedAt = performance.now();
    await migrateToLatest(postgres.url(templateDatabase));
    const pace = paceOf(performance.now() - startedAt);
    process.env[paceVariable] = String(pace);
    if (pace > 2) print(`this machine is slow: windows are ${pace.toFixed(1)} times as long`);
    // Copying refuses while anybody, autovacuum included, looks at it.
    await admin.query(`alter database ${templateDatabase} with allow_connections false`);
  } finally {
    await admin.end();
  }
  return postgres;
}

async function startTestTemporal(folder: string, guardian: Guardian): Promise<RunningTemporal> {
  const { path } = await findTemporal({ env: process.env, onProgress: print, guardian });
  const temporal = await startTemporal({
    binary: path,
    dbFile: undefined,
    logFile: join(folder, 'temporal.log'),
    namespace,
    preferredPort: randomPort(),
    preferredUiPort: undefined,
    guardian,
  });
  const connection = await Connection.connect({ address: temporal.address });
  await prepareNamespace(connection, namespace);
  await connection.close();
  return temporal;
}
