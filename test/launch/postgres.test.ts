// The embedded PostgreSQL on its data directory: what is kept, what is taken over, what is refused.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type RunningPostgres } from '../../launch/postgres/embedded-postgres';
import { startGuardian, type Guardian } from '../../launch/processes/guarded';
import { isAlive, waitUntil } from '../../launch/processes/processes';
import {
  randomPort,
  startDedicatedPostgres,
  testEngines,
  testPostgresOptions,
} from '../support/engines';
import { scratchFolder } from '../support/scratch';
import { paced } from '../support/pace';

describe('the embedded PostgreSQL', () => {
  let folder: string;
  let guardian: Guardian;
  let running: RunningPostgres | undefined;

  const start = async (preferredPort = randomPort()) => {
    running = await startPostgres({ ...testPostgresOptions(folder, preferredPort), guardian });
    return running;
  };
  const query = async (url: string, sql: string): Promise<unknown[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows.flatMap((row) => Object.values(row));
    } finally {
      await client.end();
    }
  };
  const pidFile = () => join(folder, 'postgres', 'postmaster.pid');

  beforeAll(() => {
    folder = scratchFolder('lx-postgres-test-');
    guardian = startGuardian();
    guardian.removeAtEnd(folder);
  });
  afterEach(() => running?.stop());
  afterAll(async () => {
    await guardian.dismiss();
    rmSync(folder, { recursive: true, force: true });
  });

  it('sorts the same on every machine, keeps to loopback and denies its role what it does not need', async () => {
    const server = await start();
    const [collation] = await query(
      server.url(),
      `select datlocale from pg_database where datname = current_database()`,
    );
    expect(collation).toBe('C.UTF-8');
    expect(await query(server.url(), 'select inet_server_addr()::text')).toEqual(['127.0.0.1/32']);
    expect(
      await query(server.url(), 'select rolsuper from pg_roles where rolname = current_user'),
    ).toEqual([false]);
  });

  it('keeps its data over a stop and a start', async () => {
    const first = await start();
    await query(first.url(), 'create table kept as select 42 as answer');
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(await query(second.url(), 'select answer from kept')).toEqual([42]);
  });

  it('recovers what was committed before a kill -9, migrated and on the same port', async () => {
    const own = await startDedicatedPostgres();
    await query(own.url, 'create table committed as select 7 as answer');
    const pid = own.pid();
    await own.kill();
    expect(isAlive(pid)).toBe(false);
    await own.restart();
    expect(await query(own.url, 'select answer from committed')).toEqual([7]);
    expect(await query(own.url, 'select count(*) > 0 from knex_migrations')).toEqual([true]);
    await own.remove();
  });

  it('starts over a pid file whose number another program has now', async () => {
    await (await start()).stop();
    const other = spawn('sleep', ['60']);
    writeFileSync(
      pidFile(),
      `${other.pid}\n${join(folder, 'postgres')}\n1\n1\n\n127.0.0.1\n\nready\n`,
    );
    const server = await start();
    expect(await query(server.url(), 'select 1')).toEqual([1]);
    other.kill();
  });

  it('takes over a server that was left running on its data', async () => {
    const left = await start();
    const next = await start();
    expect(next.pid).not.toBe(left.pid);
    expect(isAlive(left.pid)).toBe(false);
    expect(await query(next.url(), 'select 1')).toEqual([1]);
  });

  it('leaves a server alone that serves other data, though the pid file names it', async () => {
    await (await start()).stop();
    const { superuserUrl, port } = testEngines().postgres;
    const [stranger] = (await query(superuserUrl, `select pg_read_file('postmaster.pid')`)) as [
      string,
    ];
    const pid = Number.parseInt(stranger, 10);
    writeFileSync(
      pidFile(),
      `${pid}\n${join(folder, 'postgres')}\n1\n${port}\n\n127.0.0.1\n\nready\n`,
    );
    await expect(start()).rejects.toThrow(/does not answer .* as that database/);
    expect(isAlive(pid)).toBe(true);
    rmSync(pidFile());
  });

  it('moves to the next port when one is taken', async () => {
    const holder = await new Promise<Server>((resolve) => {
      const listening = createServer().listen(0, '127.0.0.1', () => resolve(listening));
    });
    const { port } = holder.address() as AddressInfo;
    const { port: chosen } = await start(port);
    expect(chosen).toBeGreaterThan(port);
    holder.close();
  });

  it('says so when the data belong to another major version', async () => {
    const version = join(folder, 'postgres', 'PG_VERSION');
    const own = readFileSync(version, 'utf8');
    writeFileSync(version, '15\n');
    await expect(start()).rejects.toThrow(/made by PostgreSQL 15.* brings 18/);
    writeFileSync(version, own);
  });

  it('is ended by the guardian when it is told to end everything', async () => {
    const own = startGuardian();
    const { pid } = await startPostgres({
      ...testPostgresOptions(folder, randomPort()),
      guardian: own,
    });
    await own.endAll({ force: false });
    expect(await waitUntil(() => !isAlive(pid), paced(1_000))).toBe(true);
  });
});
