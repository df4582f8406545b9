// Reads .env, if there is one; what is set already wins.
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export function loadEnv() {
  const path = resolve(root, '.env');
  if (existsSync(path)) process.loadEnvFile(path);
}
