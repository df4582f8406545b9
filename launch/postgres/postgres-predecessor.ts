// What an earlier start left of a PostgreSQL server on our data directory: a live server is taken over, a stale
// pid file discarded, and a server of other data left alone.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readPasswords, readPostmaster, superuser } from './postgres-cluster';
import { queryOnce } from './query-once';
import { commandLine, endProcess, identify, isAlive, waitUntil } from '../processes/processes';

/** SQLSTATE of a server that starts up, recovers or shuts down. */
const cannotConnectNow = '57P03';

/** Ends a server that a crash left on this very data directory; leaves every other one alone. */
export async function clearPredecessor(
  dataDir: string,
  onProgress?: (line: string) => void,
): Promise<void> {
  const found = readPostmaster(dataDir);
  if (!found) return;
  if (!isAlive(found.pid) || !/postgres/.test(commandLine(found.pid) ?? '')) {
    await discardStalePidFile(found.pid, dataDir);
    return;
  }
  const identity = identify(found.pid);
  if (found.status === 'stopping') {
    if (await waitUntil(() => !isAlive(found.pid), 30_000)) return;
  }
  if (found.dataDir !== dataDir || !(await servesDataDir(found.port, dataDir))) {
    throw new Error(
      `Process ${found.pid} seems to hold ${dataDir}, but it does not answer on port ${found.port} as that database. ` +
        `See what it is (ps -p ${found.pid} -f); stop it and start again.`,
    );
  }
  onProgress?.(`PostgreSQL: taking over from process ${found.pid}, left by a start that crashed`);
  await endProcess(identity, 'SIGINT', 30_000, 'SIGQUIT');
}

/**
 * A server that finds a pid file whose process is gone discards it, after it has checked that no backend of the
 * dead one still holds the shared memory. But it takes any process with that pid for a server: a zombie that its
 * parent has not reaped, or another program that got the number after a reboot. Then the file has to go first.
 */
async function discardStalePidFile(pid: number, dataDir: string): Promise<void> {
  const isTaken = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  if (await waitUntil(() => !isTaken(), 1_000)) return;
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}

async function servesDataDir(port: number, dataDir: string): Promise<boolean> {
  const { superuser: password } = readPasswords(dataDir);
  const connectionString = `postgresql://${superuser}:${password}@127.0.0.1:${port}/postgres`;
  let answer: string | undefined;
  await waitUntil(
    async () => {
      try {
        const rows = await queryOnce<{ data_directory: string }>(
          connectionString,
          'show data_directory',
        );
        answer = rows[0]?.data_directory;
        return true;
      } catch (error) {
        // One that starts or recovers asks us to come again; one that knows no such password is not ours.
        const { code } = error as { code?: string };
        return code !== cannotConnectNow && code !== 'ECONNREFUSED';
      }
    },
    10_000,
    250,
  );
  return answer === dataDir;
}
