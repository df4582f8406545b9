// A PostgreSQL of the benchmark's own: the embedded one with the product's settings, fsync on.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../launch/postgres/embedded-postgres';
import { startGuardian } from '../launch/processes/guarded';
import { migrateToLatest } from '../migrations';

/** Runs `use` with the URL of a fresh, migrated database, and removes everything afterwards. */
export async function withBenchDatabase<T>(use: (databaseUrl: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lx-bench-'));
  const guardian = startGuardian();
  guardian.removeAtEnd(folder);
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    preferredPort: 54_400,
    guardian,
  });
  try {
    await migrateToLatest(postgres.url());
    return await use(postgres.url());
  } finally {
    await postgres.stop();
    await guardian.dismiss();
    rmSync(folder, { recursive: true, force: true });
  }
}
