import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { projectRoot } from '../../launch/paths';
import { waitUntil } from '../../launch/processes/processes';
import { contendForMarkLock, type MarkLock } from '../../services/exchange/mark/mark-lock';
import { startDatabaseProxy } from '../support/database-proxy';
import { createTestDatabase, type TestDatabase } from '../support/engines';
import { FaultProxy } from '../support/fault-proxy';
import type { HolderMessage } from './mark-holder';
import { paced } from '../support/pace';

let database: TestDatabase;
let locks: MarkLock[];
beforeEach(async () => {
  database = await createTestDatabase();
  locks = [];
});
afterEach(async () => {
  await Promise.all(locks.map((lock) => lock.close()));
  await database.drop();
});

interface Contender {
  readonly lock: MarkLock;
  readonly changes: boolean[];
}

function contend(name: string, databaseUrl = database.url): Contender {
  const changes: boolean[] = [];
  const onChange = (isHeld: boolean) => void changes.push(isHeld);
  const lock = contendForMarkLock({ databaseUrl, applicationName: name, onChange });
  locks.push(lock);
  return { lock, changes };
}

async function holding(contender: Contender, withinMs = paced(5_000)): Promise<Contender> {
  const hasIt = await waitUntil(() => contender.lock.isHeld(), withinMs);
  if (!hasIt) throw new Error(`not held within ${withinMs} ms`);
  return contender;
}

async function endSessionsOf(name: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    [name],
  );
  await client.end();
}

describe('the lock of the mark', () => {
  it('has one holder, who hands it on when it closes', async () => {
    const first = await holding(contend('first'));
    const second = contend('second');
    await sleep(1_200);
    expect(second.lock.isHeld()).toBe(false);
    await first.lock.close();
    expect(first.lock.isHeld()).toBe(false);
    await holding(second, paced(2_000));
    expect(first.changes).toEqual([true]);
    expect(second.changes).toEqual([true]);
  });

  it('passes on within two seconds when the process that has it is killed', async () => {
    const child = fork(join(projectRoot(), 'dist/test/exchange/mark-holder.js'), [database.url], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [message] = (await once(child, 'message')) as [HolderMessage];
    expect(message).toEqual({ isHeld: true });
    const heir = contend('heir');
    await sleep(700);
    expect(heir.lock.isHeld()).toBe(false);
    child.kill('SIGKILL');
    await holding(heir, paced(2_000));
  });

  it('is lost at once with the session, and taken by another or gained again', async () => {
    const first = await holding(contend('first'));
    await endSessionsOf('first');
    expect(await waitUntil(() => first.changes.length > 1, paced(1_000))).toBe(true);
    expect(first.changes.slice(0, 2)).toEqual([true, false]);
    await holding(first);
    expect(first.changes).toEqual([true, false, true]);
  });

  it('is not held through a broken way to the database, and is contended for until it is mended', async () => {
    const proxy = await startDatabaseProxy(database.url);
    const cut = await holding(contend('cut', proxy.url));
    proxy.cut();
    expect(await waitUntil(() => !cut.lock.isHeld(), paced(500))).toBe(true);
    const other = await holding(contend('other'), paced(2_000));
    proxy.restore();
    await sleep(1_500);
    expect(cut.lock.isHeld()).toBe(false);
    await other.lock.close();
    await holding(cut, paced(2_000));
    await cut.lock.close();
    await proxy.close();
  });

  it('is given up by a holder that hears nothing, and the server frees it a little later', async () => {
    const proxy = await FaultProxy.start(database.url);
    const silent = await holding(contend('silent', proxy.url));
    const heir = contend('heir');
    await proxy.arm({ kind: 'held', statement: 1 });
    expect(await waitUntil(() => !silent.lock.isHeld(), paced(2_500))).toBe(true);
    await holding(heir, paced(6_000));
    expect(silent.lock.isHeld()).toBe(false);
    await silent.lock.close();
    await proxy.close();
  });

  it('can be closed while the database is away', async () => {
    const proxy = await startDatabaseProxy(database.url);
    proxy.cut();
    const { lock, changes } = contend('away', proxy.url);
    await sleep(300);
    await lock.close();
    expect(changes).toEqual([]);
    await proxy.close();
  });
});
