// kill -9 of the worker in the middle of a redemption (DESIGN 5 and 8): nothing is lost, nothing happens twice, and
// the books are those of an undisturbed run.
import { Client as PgClient } from 'pg';
import { assertBooksBalance } from '../support/invariants';
import {
  createWorld,
  eventually,
  isWorkerBlocked,
  newKey,
  redemptionOf,
  startWorkerProcess,
  type WorkerProcess,
  type World,
} from './support';

describe('a worker killed in the middle of a redemption', () => {
  let world: World;
  let worker: WorkerProcess;
  /** Holds locks that stop the worker's commit where the test wants it. */
  let blocker: PgClient;

  beforeAll(async () => {
    world = await createWorld();
    await world.fund('100');
    blocker = new PgClient({ connectionString: world.config.databaseUrl });
    await blocker.connect();
    worker = await startWorkerProcess(world.config);
  });

  afterAll(async () => {
    expect(await worker.end()).toBe(0);
    await blocker.end();
    await assertBooksBalance(world.config.databaseUrl ?? '');
    await world.close();
  });

  const handleOf = (id: string) => world.temporal.workflow.getHandle(`redemption/${id}`);

  async function isApprovedOnce(id: string, spent: string): Promise<void> {
    await expect(handleOf(id).result()).resolves.toMatchObject({ status: 'approved' });
    expect(await world.credits()).toEqual({ available: spent, redeeming: '0' });
    const { items } = await world.api.context.services.auditLog.list(
      { subjectId: id },
      { limit: 10 },
    );
    expect(items).toMatchObject([{ action: 'redemption.approve' }]);
    const transfers = await world.api.context
      .db('journal_transfers')
      .where('reference', id)
      .orderBy('sequence')
      .pluck<string[]>('kind');
    expect(transfers).toEqual(['redemption_hold', 'redemption']);
  }

  const isBlocked = () => isWorkerBlocked(world.api.context.db);

  it('between the outbox and the start of the workflow', async () => {
    // Stopped, it hears of the event but cannot deliver it any more.
    worker.child.kill('SIGSTOP');
    const id = await world.request('10');
    await worker.kill();
    await expect(handleOf(id).describe()).rejects.toThrow(/not found/i);
    const answer = world.decide('approve', id, world.operators[0]);
    worker = await startWorkerProcess(world.config);
    expect(redemptionOf(await answer)).toMatchObject({ status: 'approved' });
    await isApprovedOnce(id, '90');
  });

  it('between the acceptance of an update and the commit of its activity', async () => {
    const id = await world.request('20');
    await eventually(() => handleOf(id).describe());
    await blocker.query('begin; select 1 from journal_head for update');
    const answer = world.decide('approve', id, world.operators[0]);
    await eventually(isBlocked);
    await worker.kill();
    await blocker.query('rollback');
    const events = (await handleOf(id).fetchHistory()).events ?? [];
    expect(events.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(true);
    expect(await world.credits()).toMatchObject({ redeeming: '20' });

    worker = await startWorkerProcess(world.config);
    expect(redemptionOf(await answer)).toMatchObject({ status: 'approved' });
    await isApprovedOnce(id, '70');
  });

  it('after the commit of an activity, before it could say so', async () => {
    const id = await world.request('30');
    await eventually(() => handleOf(id).describe());
    // The whole batch with its COMMIT is on the wire when the insert into the audit log has to wait.
    await blocker.query('begin; lock table audit_log in share mode');
    const key = newKey();
    const answer = world.decide('approve', id, world.operators[0], { key });
    await eventually(isBlocked);
    worker.child.kill('SIGSTOP');
    await blocker.query('rollback');
    await eventually(async () => (await world.credits()).redeeming === '0');
    await worker.kill();

    worker = await startWorkerProcess(world.config);
    const approved = redemptionOf(await answer);
    expect(approved).toMatchObject({ status: 'approved' });
    await isApprovedOnce(id, '40');
    const repeat = await world.decide('approve', id, world.operators[0], { key });
    expect(redemptionOf(repeat)).toEqual(approved);
  });

  it('again and again while redemptions are decided', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => world.request('1')));
    const answers = ids.map((id, i) =>
      world.decide(i % 2 === 0 ? 'approve' : 'reject', id, world.operators[i % 2 === 0 ? 0 : 1]),
    );
    for (let i = 0; i < 2; i++) {
      await worker.kill();
      worker = await startWorkerProcess(world.config);
    }
    const statuses = (await Promise.all(answers)).map((answer) => redemptionOf(answer).status);
    expect(statuses).toEqual(ids.map((_, i) => (i % 2 === 0 ? 'approved' : 'rejected')));
    expect(await world.credits()).toEqual({ available: '36', redeeming: '0' });
  });
});
