// A PostgreSQL data directory on disk: making it, its passwords, and reading who runs it (DESIGN 7).
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries';
import type { Launcher } from './unprivileged';

/** The role that owns the application's databases; no superuser. */
export const appRole = 'lexchange';
export const superuser = 'postgres';

/** Passwords of a cluster's two roles. They live inside the data directory, so that they travel with it. */
export interface ClusterPasswords {
  superuser: string;
  app: string;
}

const passwordFile = 'l-exchange-passwords.json';

/**
 * glibc gives what a statement has freed back to the system at once, and fetches it again for the next one: a
 * sixteenth of what a small commit costs the server. A process may keep some megabytes instead.
 */
const allocation = { MALLOC_TOP_PAD_: '1048576', MALLOC_TRIM_THRESHOLD_: '8388608' };

/** What a server's programs see of our environment: no PG* variable may steer them. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', ...allocation };
}

/**
 * Makes the data directory if it is not there. It is built beside its place and renamed, so that a start killed
 * half way leaves nothing that looks finished.
 * @throws Error when it belongs to another major version or another user.
 */
export async function ensureCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  launcher: Launcher,
  options: { durable: boolean },
): Promise<{ created: boolean }> {
  const versionFile = join(dataDir, 'PG_VERSION');
  if (existsSync(versionFile)) {
    checkCluster(dataDir, binaries, launcher);
    return { created: false };
  }
  mkdirSync(dirname(dataDir), { recursive: true });
  // Nobody else builds here: the caller holds the lock on the folder above.
  const unfinished = `${basename(dataDir)}.new`;
  for (const name of readdirSync(dirname(dataDir))) {
    if (name.startsWith(unfinished)) rmSync(join(dirname(dataDir), name), { recursive: true });
  }
  const building = `${dataDir}.new`;
  mkdirSync(building, { mode: 0o700 });
  const passwords: ClusterPasswords = { superuser: newPassword(), app: newPassword() };
  const pwfile = `${building}.pw`;
  try {
    writeFileSync(pwfile, `${passwords.superuser}\n`, { mode: 0o600 });
    if (launcher.owner) {
      chownSync(building, launcher.owner.uid, launcher.owner.gid);
      chownSync(pwfile, launcher.owner.uid, launcher.owner.gid);
    }
    await runInitdb(building, pwfile, binaries, launcher, options);
    const secrets = join(building, passwordFile);
    writeFileSync(secrets, JSON.stringify(passwords), { mode: 0o600 });
    if (launcher.owner) chownSync(secrets, launcher.owner.uid, launcher.owner.gid);
    renameSync(building, dataDir);
  } finally {
    rmSync(pwfile, { force: true });
    rmSync(building, { recursive: true, force: true });
  }
  return { created: true };
}

export function readPasswords(dataDir: string): ClusterPasswords {
  const path = join(dataDir, passwordFile);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ClusterPasswords;
  } catch (error) {
    throw new Error(`The database's passwords cannot be read from ${path}: ${String(error)}`, {
      cause: error,
    });
  }
}

/** The contents of postmaster.pid, which a server writes while it runs (and leaves behind when killed). */
export interface Postmaster {
  pid: number;
  dataDir: string;
  port: number;
  status: string;
}

export function readPostmaster(dataDir: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    return {
      pid,
      dataDir: lines[1] ?? '',
      port: Number(lines[3] ?? 0),
      status: (lines[7] ?? '').trim(),
    };
  } catch {
    return undefined;
  }
}

/** @throws Error when it belongs to another major version or another user. */
export function checkCluster(
  dataDir: string,
  binaries: PostgresBinaries,
  launcher: Launcher,
): void {
  const major = Number(readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim());
  if (major !== binaries.majorVersion) {
    throw new Error(
      `${dataDir} was made by PostgreSQL ${major}, and this version of L-Exchange brings ${binaries.majorVersion}. ` +
        'Take a dump with the older version and restore it into a new DATA_DIR (docs/runbooks), or delete the old data with `npm run demo:reset`.',
    );
  }
  const owner = statSync(dataDir).uid;
  const uid = process.getuid?.();
  if (launcher.owner === undefined && uid !== undefined && owner !== uid) {
    throw new Error(
      `${dataDir} belongs to uid ${owner}, and this process runs as uid ${uid}. ` +
        'Start as the user who made it (root, if it was root), or set another DATA_DIR.',
    );
  }
  // A copy or a checkout tool may have widened it, and the server refuses then.
  if ((statSync(dataDir).mode & 0o077) !== 0) chmodSync(dataDir, 0o700);
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

async function runInitdb(
  building: string,
  pwfile: string,
  binaries: PostgresBinaries,
  launcher: Launcher,
  options: { durable: boolean },
): Promise<void> {
  // The builtin provider sorts the same on every machine and needs no system locale.
  const args = [
    `--pgdata=${building}`,
    `--username=${superuser}`,
    `--pwfile=${pwfile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(options.durable ? [] : ['--no-sync']),
  ];
  const { program, args: wrapped, ids } = launcher.wrap(binaries.initdb, args);
  const child = spawn(program, wrapped, {
    ...ids,
    cwd: '/',
    env: postgresEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`initdb failed (${code}):\n${output.trim()}`);
}
