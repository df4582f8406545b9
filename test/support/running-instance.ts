// A whole instance as `npm start` brings it up: built files, processes of their own, a folder for its data.
import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeDataDir } from '../../launch/data-dir';
import { readInstance, type Instance } from '../../launch/instance-file';
import { openAccounts } from '../../launch/provision/account-file';
import { builtEntry } from '../../launch/paths';
import { waitUntil } from '../../launch/processes/processes';
import { scratchFolder } from './scratch';

const readyWithinMs = 120_000;

export interface RunningInstance extends Instance {
  /** Of an account that the set-up made, by its handle. */
  loginOf(handle: string): { readonly email: string; readonly password: string };
  /** Ctrl-C, and all of it is gone. */
  stop(): Promise<void>;
}

/** @param env beside the folder of its data and any port */
export async function startInstance(env: NodeJS.ProcessEnv = {}): Promise<RunningInstance> {
  const dataDir = scratchFolder('lx-instance-');
  const child: ChildProcess = spawn(process.execPath, [builtEntry('launch/main')], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATA_DIR: dataDir,
      PORT: '0',
      ...env,
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
  await waitUntil(
    () => output.includes('Ctrl-C stops everything') || child.exitCode !== null,
    readyWithinMs,
  );
  const instance = readInstance(join(dataDir, 'instance.json'));
  if (!instance) {
    await stop();
    throw new Error(`it is not ready:\n${output}`);
  }
  const { accounts } = openAccounts(describeDataDir(dataDir).accounts);
  return {
    ...instance,
    loginOf(handle) {
      const { email, password } = accounts.get(handle) ?? {};
      if (email === undefined || typeof password !== 'string') {
        throw new Error(`${handle} has no password`);
      }
      return { email, password };
    },
    stop,
  };
}
