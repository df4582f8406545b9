// kill -9 of the worker at every stage of a proposal (DESIGN 2.11 and 8): it goes on, is counted and executed once, and
// nothing that was voted is lost.
import { Client as PgClient } from 'pg';
import type { ProposalStatus } from '../../domain/governance';
import { createGovernanceWorld, feeOf, type GovernanceWorld } from './governance-world';
import { eventually, expectStatus, startWorkerProcess, type WorkerProcess } from './support';

jest.setTimeout(180_000);

describe('a worker killed in the middle of a proposal', () => {
  let world: GovernanceWorld;
  let worker: WorkerProcess;
  /** Holds locks that stop the worker's commit where the test wants it. */
  let blocker: PgClient;
  let value = 10;

  beforeAll(async () => {
    world = await createGovernanceWorld({
      governancePending: '500ms',
      governanceActive: '3s',
      governanceExtension: '0s',
      governanceQueued: '1s',
      governanceExpiry: '120s',
    });
    blocker = new PgClient({ connectionString: world.config.databaseUrl });
    await blocker.connect();
    worker = await startWorkerProcess(world.config);
  });
  beforeEach(() => {
    value++;
  });
  afterAll(async () => {
    expect(await worker.end()).toBe(0);
    await blocker.end();
    await world.close();
  });

  async function isBlocked(): Promise<boolean> {
    const { rows } = await world.context.db.raw<{ rows: { count: bigint }[] }>(
      `select count(*) from pg_stat_activity
       where application_name = 'lx-worker-committer' and datname = current_database()
         and wait_event_type = 'Lock'`,
    );
    return rows[0]?.count !== 0n;
  }

  async function restart(): Promise<void> {
    await worker.kill();
    worker = await startWorkerProcess(world.config);
  }

  async function propose(): Promise<string> {
    return world.propose(feeOf(value));
  }

  const is = (id: string, wanted: ProposalStatus) =>
    world.reaches(id, ({ status }) => status === wanted, 60_000);

  /** Executed once, by the votes that were cast. */
  async function isExecutedOnce(id: string): Promise<void> {
    expect(await is(id, 'executed')).toMatchObject({ tally: { for: '300000', voters: 3 } });
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ id, status: 'executed' });
    expect(await world.valueOf('exchange.takerFeeBps')).toBe(value);
    const changes = await world.context.db('parameter_history').where('source', `proposal/${id}`);
    expect(changes).toHaveLength(1);
  }

  it('between the outbox and the start of the workflow', async () => {
    worker.child.kill('SIGSTOP');
    const id = await propose();
    await world.voteAll(id, 'for', 'for', 'for');
    await restart();
    await isExecutedOnce(id);
  });

  it('while it is pending', async () => {
    const id = await propose();
    await eventually(() => world.handleOf(id).describe());
    await restart();
    await world.voteAll(id, 'for', 'for', 'for');
    await isExecutedOnce(id);
  });

  it('while Whales vote', async () => {
    const id = await propose();
    await world.voteAll(id, 'for');
    await worker.kill();
    for (const whale of world.whales.slice(1, 3)) {
      expectStatus(await world.vote(id, whale, 'for'), 201);
    }
    worker = await startWorkerProcess(world.config);
    await isExecutedOnce(id);
  });

  it('before the commit that counts the votes', async () => {
    const id = await propose();
    await world.voteAll(id, 'for', 'for', 'for');
    await world.reaches(id, ({ closesAt }) => Date.parse(closesAt) - Date.now() < 300);
    await blocker.query('begin; select 1 from journal_head for update');
    await eventually(isBlocked);
    await worker.kill();
    await blocker.query('rollback');
    expect((await world.read(id)).proposal.status).toBe('active');
    worker = await startWorkerProcess(world.config);
    await isExecutedOnce(id);
  });

  // The whole batch with its COMMIT is on the wire when it has to wait for the table; then the worker can hear no
  // more of what became of it.
  it.each([
    ['the count', 'active', 'queued', 'proposals'],
    ['the execution', 'queued', 'executed', 'parameter_history'],
  ] as const)('after the commit of %s, before it could say so', async (_, before, after, table) => {
    const id = await propose();
    await world.voteAll(id, 'for', 'for', 'for');
    await world.reaches(
      id,
      ({ status, closesAt }) =>
        status === before && (before === 'queued' || Date.parse(closesAt) - Date.now() < 300),
    );
    await blocker.query(`begin; lock table ${table} in share mode`);
    await eventually(isBlocked, 40_000);
    worker.child.kill('SIGSTOP');
    await blocker.query('rollback');
    await is(id, after);
    await restart();
    await isExecutedOnce(id);
  });

  it('while an operator vetoes, who gets an answer', async () => {
    const id = await propose();
    await eventually(() => world.handleOf(id).describe());
    await worker.kill();
    const veto = world.veto(id);
    worker = await startWorkerProcess(world.config);
    expectStatus(await veto, 200);
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'vetoed' });
  });

  it('again and again', async () => {
    const id = await propose();
    await world.voteAll(id, 'for', 'for', 'for');
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      await restart();
    }
    await isExecutedOnce(id);
  });
});
