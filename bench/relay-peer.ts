// The peer of the relay's benchmark: npm `@portkey-ai/gateway`, which proxies and bills nothing. It stands in a
// package of its own, bench/peers, that only this benchmark installs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../launch/paths';
import type { PeerOrder } from './relay-peer-process';
import { startServer, type RunningServer } from './relay-process';

const folder = join(projectRoot(), 'bench', 'peers');
/** Which lock file the installed packages are of; `npm ci` removes it with them. */
const stamp = join(folder, 'node_modules', '.installed-lock');

/** Installs the peers if they are not there as the lock file names them. */
export function installPeers(): void {
  const lock = readFileSync(join(folder, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.error('installing the peers of the benchmark into bench/peers (npm ci, 25 MB, once)');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) {
    throw new Error(
      'The peers could not be installed (see above). Without the network, measure the others: --targets direct,ours',
    );
  }
  writeFileSync(stamp, digest);
}

export function startPeer(logFile: string): Promise<RunningServer> {
  const order: PeerOrder = {
    entry: join(folder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js'),
    args: ['--headless'],
  };
  return startServer({
    name: 'the peer',
    path: join(__dirname, 'relay-peer-process.js'),
    env: { NODE_ENV: 'production' },
    logFile,
    order,
  });
}
