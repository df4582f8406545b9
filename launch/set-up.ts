// The one-off step of a container deployment: newest schema, first operators, first channel. `npm start` does the
// same by itself; run it again after every update, before API and worker of the new version start.
import { readConfig } from '../config/config';
import { migrateToLatest } from '../migrations';
import { describeDataDir, makeDataDir } from './data-dir';
import { findDatabaseUrl } from './database-url';
import { provision } from './provision/provision';
import { runCommand } from './run-command';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const mockBaseUrl = process.env.MOCK_BASE_URL || undefined;
  if (config.upstream.baseUrl === undefined && mockBaseUrl === undefined) {
    throw new Error('Set UPSTREAM_BASE_URL and UPSTREAM_API_KEY, or MOCK_BASE_URL for the mock.');
  }
  const dir = describeDataDir(config.dataDir);
  makeDataDir(dir);
  const databaseUrl = findDatabaseUrl(config);
  const names = await migrateToLatest(databaseUrl);
  console.log(names.length === 0 ? 'The schema is up to date.' : `Applied: ${names.join(', ')}`);
  await provision({ databaseUrl, config, mockBaseUrl });
  console.log(`The first accounts and their keys are in ${dir.accounts}.`);
}

runCommand(main);
