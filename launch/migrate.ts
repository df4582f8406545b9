// `npm run migrate`: brings a database to the newest schema, before API and worker of a new version start on it
// (`npm start` does it by itself).
import { readConfig } from '../config/config';
import { migrateToLatest } from '../migrations';
import { findDatabaseUrl } from './database-url';
import { runCommand } from './run-command';

async function main(): Promise<void> {
  const names = await migrateToLatest(findDatabaseUrl(readConfig(process.env)));
  console.log(names.length === 0 ? 'The schema is up to date.' : `Applied: ${names.join(', ')}`);
}

runCommand(main);
