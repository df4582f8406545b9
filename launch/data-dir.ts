// What stands where under DATA_DIR, and who may read it (DESIGN 7).
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

export interface DataDir {
  path: string;
  postgres: string;
  temporalDb: string;
  logs: string;
  keys: string;
  masterKey: string;
  logSigningKey: string;
  /** Passwords and keys of the first accounts. */
  accounts: string;
  lock: string;
  instance: string;
}

export function describeDataDir(path: string): DataDir {
  return {
    path,
    postgres: join(path, 'postgres'),
    temporalDb: join(path, 'temporal', 'temporal.db'),
    logs: join(path, 'logs'),
    keys: join(path, 'keys'),
    masterKey: join(path, 'keys', 'master.key'),
    logSigningKey: join(path, 'keys', 'log-signing.key'),
    accounts: join(path, 'keys', 'accounts.json'),
    lock: join(path, 'start.lock'),
    instance: join(path, 'instance.json'),
  };
}

/** Makes the folders that are missing. As root PostgreSQL runs as another user, who must get through. */
export function makeDataDir(dir: DataDir): void {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  if (!existsSync(dir.path)) mkdirSync(dir.path, { recursive: true, mode });
  mkdirSync(dir.logs, { recursive: true, mode: 0o700 });
  mkdirSync(dir.keys, { recursive: true, mode: 0o700 });
}
