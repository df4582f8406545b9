// The two secrets that outlive a start (DESIGN 7): generated under DATA_DIR when they are not configured.
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Config } from '../config/config';
import type { DataDir } from './data-dir';

/** For the environment of child processes. */
export interface InstanceKeys {
  MASTER_KEY: string;
  LOG_SIGNING_KEY: string;
}

/**
 * The configured keys, else those of earlier starts, else new ones. Losing the master key makes stored channel
 * keys unreadable; losing the signing key starts a new identity of the burn log.
 */
export function loadOrCreateKeys(dir: DataDir, config: Config): InstanceKeys {
  return {
    MASTER_KEY: config.masterKey?.toString('hex') ?? loadOrCreate(dir.masterKey),
    LOG_SIGNING_KEY: config.logSigningKey?.toString('hex') ?? loadOrCreate(dir.logSigningKey),
  };
}

function loadOrCreate(path: string): string {
  if (!existsSync(path)) {
    // Linked into place, so that a start killed half way leaves no half key.
    const beside = `${path}.${process.pid}`;
    writeFileSync(beside, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
    linkSync(beside, path);
    rmSync(beside);
  }
  const key = readFileSync(path, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(key)) {
    throw new Error(`${path} does not hold 32 bytes in hex; restore it from a backup`);
  }
  return key;
}
