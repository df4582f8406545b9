// `npm start` as its users meet it: built files, processes of their own, signals.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { describeDataDir } from '../../launch/data-dir';
import { readInstance, type Instance } from '../../launch/instance-file';
import { builtEntry } from '../../launch/paths';
import { isAlive, waitUntil } from '../../launch/processes/processes';
import { scratchFolder } from '../support/scratch';

interface Start {
  process: ChildProcess;
  output(): string;
  /** The exit code or signal. */
  ended: Promise<number | NodeJS.Signals | null>;
}

describe('npm start', () => {
  let dataDir: string;
  let holder: Server;
  let takenPort: number;
  const starts: Start[] = [];

  const launch = (module: string, args: string[], env: NodeJS.ProcessEnv = {}): Start => {
    const child = spawn(process.execPath, [builtEntry(module), ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DATA_DIR: dataDir,
        PORT: String(takenPort),
        ...env,
      },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
      child.once('close', (code, signal) => resolve(code ?? signal)),
    );
    return { process: child, output: () => output, ended };
  };
  const start = (): Start => {
    const started = launch('launch/main', []);
    starts.push(started);
    return started;
  };
  /** A command to its end. */
  const run = async (module: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) => {
    const command = launch(module, args, env);
    return { code: await command.ended, output: command.output() };
  };
  const untilReady = async (started: Start): Promise<Instance> => {
    await waitUntil(
      () => /Ctrl-C stops everything/.test(started.output()) || started.process.exitCode !== null,
      300_000,
    );
    const instance = readInstance(join(dataDir, 'instance.json'));
    if (!instance) throw new Error(`it is not ready:\n${started.output()}`);
    return instance;
  };
  const balancesOf = async ({ api, demoKey }: Instance): Promise<unknown> => {
    const response = await fetch(`${api}/api/v1/balances`, {
      headers: { authorization: `Bearer ${demoKey}` },
    });
    expect(response.status).toBe(200);
    return response.json();
  };
  const isReady = async ({ api }: Instance): Promise<boolean> =>
    fetch(`${api}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  /** `kill -9` of each process of an instance; what is written of it afterwards. */
  const killOneByOne = async ({ pids }: Instance): Promise<Instance> => {
    let current: Instance | undefined;
    for (const name of Object.keys(pids) as (keyof Instance['pids'])[]) {
      process.kill(Number(pids[name]), 'SIGKILL');
      await waitUntil(() => {
        current = readInstance(join(dataDir, 'instance.json'));
        return current?.pids[name] !== pids[name];
      }, 120_000);
      expect(isAlive(Number(current?.pids[name]))).toBe(true);
    }
    return current as Instance;
  };
  /** What somebody with the database's password could do. */
  const renameInJournal = async ({ databaseUrl }: Instance, kind: string, newKind: string) => {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    const trigger = 'trigger journal_transfers_append_only';
    await client.query(`alter table journal_transfers disable ${trigger};
      update journal_transfers set kind = '${newKind}' where kind = '${kind}';
      alter table journal_transfers enable ${trigger}`);
    await client.end();
  };
  const pidsOf = ({ pids }: Instance): number[] => Object.values(pids).map(Number);
  const allGone = (pids: number[]) => waitUntil(() => pids.every((pid) => !isAlive(pid)), 30_000);

  beforeAll(async () => {
    dataDir = scratchFolder('lx-start-');
    holder = await new Promise<Server>((resolve) => {
      const server = createServer().listen(0, () => resolve(server));
    });
    takenPort = (holder.address() as AddressInfo).port;
  });
  afterAll(async () => {
    holder.close();
    for (const { process: child, ended } of starts) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
    }
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('brings everything up, survives its own death by leaving nothing, and finds its data again', async () => {
    const first = start();
    const instance = await untilReady(first);

    // What scripts read is for its owner only, and the port that was taken is not ours.
    expect(statSync(join(dataDir, 'instance.json')).mode & 0o777).toBe(0o600);
    expect(statSync(describeDataDir(dataDir).temporalDb).mode & 0o077).toBe(0);
    expect(instance.api).not.toBe(`http://127.0.0.1:${takenPort}`);
    expect(first.output()).toContain(`Port ${takenPort} is taken`);
    for (const fact of [
      instance.api,
      instance.temporalUi,
      instance.operatorKey,
      instance.demoKey,
    ]) {
      expect(first.output()).toContain(fact);
    }
    // The line to try names a model that its endpoint serves.
    expect(first.output()).toMatch(/chat\/completions .*"model":"gpt-/);
    expect(pidsOf(instance).every((pid) => isAlive(pid))).toBe(true);
    expect((await fetch(`${instance.temporalUi}`)).status).toBe(200);
    const balances = await balancesOf(instance);

    // A second one on the same data is refused in words.
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`already runs on ${dataDir} (pid ${first.process.pid})`);

    // Nor can its data be deleted under it, and the doctor finds it well.
    const reset = await run('launch/demo-reset', ['--yes']);
    expect(reset).toMatchObject({
      code: 1,
      output: expect.stringContaining('stop it first') as unknown,
    });
    const doctor = await run('launch/doctor');
    expect(doctor.output).toContain(`ok    The instance at ${instance.api} is ready`);
    expect(doctor.code).toBe(0);

    // Whatever dies is started again where it was.
    const revived = await killOneByOne(instance);
    expect({ ...revived, pids: {} }).toEqual({ ...instance, pids: {} });
    await waitUntil(() => isReady(instance), 60_000);
    expect(await balancesOf(instance)).toEqual(balances);

    // The books hold; one byte of the journal, changed by hand, is found, and named.
    const sound = await run('launch/audit');
    expect(sound).toMatchObject({
      code: 0,
      output: expect.stringContaining('The books hold.') as unknown,
    });
    await renameInJournal(instance, 'deposit', 'deposiT');
    const altered = await run('launch/audit', ['--quiet']);
    expect(altered.code).toBe(1);
    expect(altered.output).toMatch(/batch \d+: what it holds does not have the hash it carries/);
    await renameInJournal(instance, 'deposiT', 'deposit');

    // Killed without warning, it leaves no process and no file that says it runs.
    const pids = pidsOf(revived);
    first.process.kill('SIGKILL');
    expect(await allGone(pids)).toBe(true);
    await waitUntil(() => !existsSync(join(dataDir, 'start.lock')), 30_000);
    expect(existsSync(join(dataDir, 'instance.json'))).toBe(false);

    // The next one has it all, and ends in order.
    const third = start();
    const again = await untilReady(third);
    expect(again.demoKey).toBe(instance.demoKey);
    expect(await balancesOf(again)).toEqual(balances);
    third.process.kill('SIGINT');
    expect(await third.ended).toBe(0);
    expect(await allGone(pidsOf(again))).toBe(true);
    expect(existsSync(join(dataDir, 'instance.json'))).toBe(false);
    expect(existsSync(join(dataDir, 'start.lock'))).toBe(false);
  });

  it('is told by the doctor what is wrong, in words and by its exit code', async () => {
    const { code, output } = await run('launch/doctor', [], {
      DATABASE_URL: 'postgresql://nobody:none@127.0.0.1:9/none',
    });
    expect(output).toMatch(/^FAIL {2}PostgreSQL of DATABASE_URL does not answer/m);
    expect(code).toBe(1);
  });

  it('leaves nothing when it is interrupted while it starts', async () => {
    const early = start();
    await waitUntil(() => /PostgreSQL: ready/.test(early.output()), 120_000);
    early.process.kill('SIGINT');
    expect(await early.ended).toBe(0);
    expect(existsSync(join(dataDir, 'start.lock'))).toBe(false);
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  });

  it('begins anew after demo:reset, with the same secrets', async () => {
    expect(await run('launch/demo-reset', ['--yes'])).toMatchObject({ code: 0 });
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
    expect(existsSync(join(dataDir, 'keys', 'accounts.json'))).toBe(false);
    expect(existsSync(join(dataDir, 'keys', 'master.key'))).toBe(true);
  });
});
