// kill -9 of the worker at every stage of an IMO (DESIGN 2.7, 5 and 8), between and within the commits of a close that
// takes several: each subscriber is weighed, given a share and given the lock back once, and the quota is all given out.
import { Client as PgClient } from 'pg';
import type { CallerWithKey } from '../relay/relay-world';
import { createImoWorld, type Announcement, type ImoWorld } from './imo-world';
import { eventually, expectStatus, startWorkerProcess, type WorkerProcess } from './support';

jest.setTimeout(180_000);

const quota = 1_000;
/** Two a commit: four of them for a step. */
const subscribers = 7;

describe('a worker killed in the middle of an IMO', () => {
  let world: ImoWorld;
  let worker: WorkerProcess;
  let holders: CallerWithKey[];
  /** Holds what stops the worker's commit where the test wants it, */
  let gate: PgClient;
  /** and the journal's head, so that nothing is committed next. */
  let blocker: PgClient;

  const start = () => startWorkerProcess(world.config, 'test/workflows/imo-worker');
  async function connect(application_name: string): Promise<PgClient> {
    const connectionString = world.config.databaseUrl;
    const client = new PgClient({ connectionString, application_name });
    await client.connect();
    return client;
  }

  beforeAll(async () => {
    world = await createImoWorld();
    [gate, blocker] = [await connect('lx-test-gate'), await connect('lx-test-blocker')];
    holders = [];
    for (let i = 0; i < subscribers; i++) holders.push(await world.addHolder(10_000, 1_000));
    worker = await start();
  });
  afterAll(async () => {
    expect(await worker.end()).toBe(0);
    await gate.end();
    await blocker.end();
    await world.close();
  });

  const db = () => world.context.db;

  /** Locks of different sizes, one after the other, in their order. */
  async function announce(over: Announcement = {}): Promise<string> {
    const id = await world.announce({ quota, closesInMs: 2_000, expiresInMs: 2_500, ...over });
    for (const [i, holder] of holders.entries()) await world.subscribe(id, holder, String(10 + i));
    return id;
  }

  /** A commit that makes such a change waits for the gate, with all of it sent. */
  async function closeGate(table: string, condition: string): Promise<void> {
    await gate.query('select pg_advisory_lock(7)');
    await db().raw(`
      create or replace function wait_at_gate() returns trigger language plpgsql as $$
      begin
        if ${condition} then
          perform pg_advisory_xact_lock(7);
        end if;
        return new;
      end $$;
      create or replace trigger test_gate before update on ${table}
        for each row execute function wait_at_gate();`);
  }

  async function openGate(table: string): Promise<void> {
    await gate.query('select pg_advisory_unlock(7)');
    await db().raw(`drop trigger test_gate on ${table}`);
  }

  async function countBlocked(applicationName: string): Promise<number> {
    const { rows } = await db().raw<{ rows: { count: bigint }[] }>(
      `select count(*) from pg_stat_activity
       where application_name = ? and datname = current_database() and wait_event_type = 'Lock'`,
      [applicationName],
    );
    return Number(rows[0]?.count);
  }
  const isWorkerBlocked = async () => (await countBlocked('lx-worker-committer')) === 1;

  async function restart(): Promise<void> {
    await worker.kill();
    worker = await start();
  }

  /** Everything happened, once. */
  async function endsOnce(id: string): Promise<void> {
    const ended = await world.reaches(id, ({ settledAt }) => settledAt !== null, 60_000);
    expect(ended).toMatchObject({
      ...{ status: 'expired', openLocks: 0, participants: subscribers, allocatedQuota: quota },
    });
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ id, status: 'expired' });
    let given = 0;
    for (const holder of holders) {
      const { allocation, returnReason } = await world.subscriptionOf(id, holder);
      given += allocation ?? 0;
      expect(returnReason).toBe('expired');
      expect(await world.movesOf(id, holder)).toEqual(['imo_lock', 'imo_return']);
      expect(await world.balanceOf(holder, 'LCO', 'imo')).toBe('0');
    }
    expect(given).toBe(quota);
  }

  it('between the outbox and the start of the workflow', async () => {
    // Stopped, it hears of the announcement but cannot tell of it any more.
    worker.child.kill('SIGSTOP');
    const id = await announce();
    await restart();
    await endsOnce(id);
  });

  it.each([
    ['the close', 'announced'],
    ['the expiry', 'active'],
  ])('before the commit of %s', async (_, before) => {
    const id = await announce({ expiresInMs: 4_000 });
    await world.reaches(id, ({ status, closesAt, expiresAt }) => {
      const end = Date.parse(before === 'active' ? expiresAt : closesAt);
      return (before === 'active') === (status === 'active') && end - Date.now() < 500;
    });
    await blocker.query('begin; select 1 from journal_head for update');
    await eventually(isWorkerBlocked);
    await worker.kill();
    await blocker.query('rollback');
    expect((await db()('imos').first('status').where({ id })) as object).toEqual({
      status: before,
    });
    worker = await start();
    await endsOnce(id);
  });

  // The whole batch with its COMMIT is on the wire when it has to wait at the gate: it is committed after the death.
  it.each([
    ['the close', 'weighing'],
    ['the expiry', 'expired'],
  ])('after the commit of %s, before it could say so', async (_, status) => {
    const id = await announce();
    await closeGate(
      'imos',
      `new.id = '${id}' and new.status = '${status}' and old.status <> new.status`,
    );
    await eventually(isWorkerBlocked);
    await worker.kill();
    await openGate('imos');
    await eventually(async () => {
      const row = await db()('imos').first<{ status: string }>('status').where({ id });
      return row.status === status;
    });
    worker = await start();
    await endsOnce(id);
  });

  const stages = [
    ['subscribers are weighed', 'closing_stake'],
    ['shares are given', 'allocation'],
    ['locks are returned', 'returned_at'],
  ] as const;
  const countDone = async (id: string, column: string) => {
    const rows = await db()('imo_subscriptions').whereNotNull(column).where('imo_id', id);
    return rows.length;
  };
  const isThird = (id: string, column: string) =>
    `new.id = '${id}/${holders[2]?.id}' and old.${column} is null and new.${column} is not null`;

  it.each(stages)('within the commits by which %s', async (_, column) => {
    const id = await announce();
    await closeGate('imo_subscriptions', isThird(id, column));
    await eventually(isWorkerBlocked);
    expect(await countDone(id, column)).toBe(2);
    await worker.kill();
    await openGate('imo_subscriptions');
    await eventually(async () => (await countDone(id, column)) === 4);
    worker = await start();
    await endsOnce(id);
  });

  it.each(stages)('between two commits by which %s', async (_, column) => {
    const id = await announce();
    await closeGate('imo_subscriptions', isThird(id, column));
    await eventually(isWorkerBlocked);
    // Next in the queue for the head.
    const taken = blocker.query('begin; select 1 from journal_head for update');
    await eventually(async () => (await countBlocked('lx-test-blocker')) === 1);
    await openGate('imo_subscriptions');
    await taken;
    await eventually(isWorkerBlocked);
    await worker.kill();
    await blocker.query('rollback');
    expect(await countDone(id, column)).toBe(4);
    worker = await start();
    await endsOnce(id);
  });

  it('while holders call, whose quota is as it was', async () => {
    const id = await announce({ expiresInMs: 8_000 });
    await world.reaches(id, ({ status }) => status === 'active');
    const [ann] = holders;
    if (!ann) throw new Error('there are holders');
    await world.call(ann, 20);
    await worker.kill();
    expect(await world.call(ann, 20)).toMatchObject({ imo: { id, used: 28 } });
    worker = await start();
    await endsOnce(id);
    expect(await world.subscriptionOf(id, ann)).toMatchObject({ used: 56, held: 0 });
  });

  it('after an operator cancelled, while locks are returned', async () => {
    const id = await announce({ closesInMs: 60_000, expiresInMs: 90_000 });
    await closeGate('imo_subscriptions', isThird(id, 'returned_at'));
    const answer = world.cancel(id);
    await eventually(isWorkerBlocked);
    await worker.kill();
    await openGate('imo_subscriptions');
    worker = await start();
    expectStatus(await answer, 200);
    await world.reaches(id, ({ settledAt }) => settledAt !== null);
    for (const holder of holders) {
      expect(await world.movesOf(id, holder)).toEqual(['imo_lock', 'imo_return']);
    }
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'cancelled' });
  });

  it('again and again', async () => {
    const id = await announce();
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      await restart();
    }
    await endsOnce(id);
  });
});
