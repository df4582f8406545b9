// `npm run demo:reset`: deletes the embedded database and Temporal's state, so that the next start begins anew. The
// instance's secrets stay, unless everything is to go.
import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { readConfig } from '../config/config';
import { describeDataDir, type DataDir } from './data-dir';
import { isLock, tryLock } from './processes/lock-file';
import { readPostmaster } from './postgres/postgres-cluster';
import { commandLine, isAlive } from './processes/processes';
import { runCommand } from './run-command';

interface Options {
  yes?: boolean;
  all?: boolean;
}

function doomedPaths(dir: DataDir, { all }: Options): string[] {
  const paths = [
    dir.postgres,
    dirname(dir.temporalDb),
    dir.instance,
    // The first accounts' keys mean nothing to a new database.
    dir.accounts,
    ...(all ? [dir.keys, dir.logs] : []),
  ];
  return paths.filter((path) => existsSync(path));
}

/** A server without its supervisor would go on writing into deleted files. */
function refuseLiveServer(dir: DataDir): void {
  const server = readPostmaster(dir.postgres);
  if (server && isAlive(server.pid) && /postgres/.test(commandLine(server.pid) ?? '')) {
    throw new Error(`PostgreSQL still runs on ${dir.postgres} (pid ${server.pid}); stop it first.`);
  }
}

async function confirm(paths: string[]): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error('Say --yes to delete without being asked.');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Delete for good?\n  ${paths.join('\n  ')}\n[y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function main(): Promise<void> {
  const options = new Command('demo:reset')
    .description('Deletes the embedded database and the state of Temporal under DATA_DIR.')
    .option('-y, --yes', 'do not ask')
    .option('--all', 'the keys (MASTER_KEY, LOG_SIGNING_KEY) and logs as well')
    .parse()
    .opts<Options>();
  const config = readConfig(process.env);
  const dir = describeDataDir(config.dataDir);
  const paths = doomedPaths(dir, options);
  if (paths.length === 0) {
    console.log(`There is nothing to delete in ${dir.path}.`);
    return;
  }
  const lock = tryLock(dir.lock);
  if (!isLock(lock)) {
    throw new Error(`L-Exchange runs on ${dir.path} (pid ${lock.holder.pid}); stop it first.`);
  }
  try {
    refuseLiveServer(dir);
    if (!options.yes && !(await confirm(paths))) return;
    for (const path of paths) rmSync(path, { recursive: true, force: true });
    console.log(`Deleted from ${dir.path}. The next \`npm start\` begins anew.`);
    if (config.databaseUrl) console.log('The database of DATABASE_URL was not touched.');
  } finally {
    lock.release();
  }
}

runCommand(main);
