// The redemption's lifecycle over HTTP, on a real Temporal server with a real worker (DESIGN 2.1 and 5).
import { restartWorkflows } from '../../launch/lifecycles';
import { checkEngines } from '../../launch/running-checks';
import { assertBooksBalance } from '../support/invariants';
import type { RunningWorker } from '../../worker/start-worker';
import { approveUpdate, rejectUpdate, statusQuery } from '../../workflows/redemption';
import { lxEntity, lxKind, lxStatus, lxUser } from '../../workflows/search-attributes';
import {
  createWorld,
  eventually,
  expectStatus,
  newKey,
  redemptionOf,
  startTestWorker,
  type World,
} from './support';

describe('a redemption', () => {
  let world: World;
  let worker: RunningWorker;

  beforeAll(async () => {
    world = await createWorld();
    worker = await startTestWorker(world.config);
    for (let i = 0; i < 8; i++) await world.fund('1000');
  });

  afterAll(async () => {
    await worker.stop();
    await assertBooksBalance(world.config.databaseUrl ?? '');
    await world.close();
  });

  const handleOf = (id: string) => world.temporal.workflow.getHandle(`redemption/${id}`);

  function logOf(id: string) {
    return world.api.context.services.auditLog.list({ subjectId: id }, { limit: 10 });
  }

  it('destroys the Credits when an operator approves, and its workflow ends', async () => {
    const before = await world.credits();
    const id = await world.request('10');
    expect(await world.credits()).toMatchObject({ redeeming: '10' });

    const approved = redemptionOf(await world.decide('approve', id, world.operators[0]));
    expect(approved).toMatchObject({ id, status: 'approved', amount: '10', approvalsNeeded: 1 });
    expect(approved.history).toMatchObject([
      { status: 'approved', operatorId: world.operators[0].id, reason: 'checked' },
    ]);
    expect(await world.credits()).toEqual({
      available: String(Number(before.available) - 10),
      redeeming: '0',
    });
    await expect(handleOf(id).result()).resolves.toMatchObject({ status: 'approved' });
    const { items } = await logOf(id);
    expect(items).toMatchObject([{ action: 'redemption.approve', reason: 'checked' }]);
  });

  it('gives the Credits back when an operator rejects', async () => {
    const before = await world.credits();
    const id = await world.request('20');
    const rejected = redemptionOf(await world.decide('reject', id, world.operators[1]));
    expect(rejected).toMatchObject({ status: 'rejected' });
    expect(await world.credits()).toEqual(before);
    await expect(handleOf(id).result()).resolves.toMatchObject({ status: 'rejected' });
  });

  it('waits for a second operator above the four-eyes limit', async () => {
    const id = await world.request('1000.5');
    const first = redemptionOf(await world.decide('approve', id, world.operators[0]));
    expect(first).toMatchObject({ status: 'awaiting_second', approvalsNeeded: 2 });
    expect(await world.credits()).toMatchObject({ redeeming: '1000.5' });

    const again = await world.decide('approve', id, world.operators[0]);
    expect(again.status).toBe(409);
    expect(again.problem).toMatchObject({ code: 'STATE_CONFLICT' });

    const second = redemptionOf(await world.decide('approve', id, world.operators[1]));
    expect(second).toMatchObject({ status: 'approved' });
    expect(second.history).toHaveLength(2);
    expect(await world.credits()).toMatchObject({ redeeming: '0' });
  });

  it('can be read in the Temporal UI', async () => {
    const id = await world.request('1500');
    await world.decide('approve', id, world.operators[0]);
    const description = await handleOf(id).describe();
    const attributes = description.typedSearchAttributes;
    expect(attributes.get(lxKind)).toBe('redemption');
    expect(attributes.get(lxEntity)).toBe(id);
    expect(attributes.get(lxUser)).toBe(world.user.id);
    expect(attributes.get(lxStatus)).toBe('awaiting_second');
    expect(await description.staticSummary()).toBe('Redemption of 1500 Credits');
    expect(String(description.memo?.requestId)).toMatch(/^[0-9a-f-]{36}$/);

    const details = await handleOf(id).query<{ currentDetails: string }>(
      '__temporal_workflow_metadata',
    );
    expect(details.currentDetails).toContain(`User \`${world.user.id}\``);
    expect(details.currentDetails).toContain(`operator \`${world.operators[0].id}\` approved`);
    expect(details.currentDetails).toContain("Waits for one operator's approval");
    await expect(handleOf(id).query(statusQuery)).resolves.toMatchObject({
      status: 'awaiting_second',
    });
    await world.decide('reject', id, world.operators[1]);
  });

  it('is decided once when two operators decide at once', async () => {
    const id = await world.request('30');
    const answers = await Promise.all([
      world.decide('approve', id, world.operators[0]),
      world.decide('reject', id, world.operators[1]),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = answers.find(({ status }) => status === 200);
    const { status } = redemptionOf(winner as NonNullable<typeof winner>);
    await expect(handleOf(id).result()).resolves.toMatchObject({ status });
  });

  it('takes two approvals at once above the limit', async () => {
    const id = await world.request('1000.01');
    const answers = await Promise.all(
      world.operators.map((operator) => world.decide('approve', id, operator)),
    );
    expect(answers.map((answer) => redemptionOf(answer).status).sort()).toEqual([
      'approved',
      'awaiting_second',
    ]);
    await expect(handleOf(id).result()).resolves.toMatchObject({ status: 'approved' });
  });

  it('takes one of two approvals that an operator sends at once', async () => {
    const id = await world.request('1000.01');
    const [operator] = world.operators;
    const answers = await Promise.all([
      world.decide('approve', id, operator),
      world.decide('approve', id, operator),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    redemptionOf(await world.decide('reject', id, world.operators[1]));
  });

  it('answers twenty requests with one key the same, and acts once', async () => {
    const id = await world.request('40');
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.decide('approve', id, world.operators[0], { key })),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replayed).toHaveLength(19);
    expect((await logOf(id)).items).toHaveLength(1);
  });

  it('answers a repeat the same after its workflow has ended, another body with 422', async () => {
    const id = await world.request('50');
    const key = newKey();
    const first = await world.decide('approve', id, world.operators[0], { key });
    await handleOf(id).result();
    const repeat = await world.decide('approve', id, world.operators[0], { key });
    expect(repeat.text).toBe(first.text);
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');

    const other = { key, reason: 'another one' };
    const mismatch = await world.decide('approve', id, world.operators[0], other);
    expect(mismatch.status).toBe(422);
    expect(mismatch.problem).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it('still knows the answer of an ended workflow that was never stored', async () => {
    const id = await world.request('51');
    const key = newKey();
    const first = await world.decide('approve', id, world.operators[0], { key });
    await handleOf(id).result();
    // As if the API had died between the update's answer and its own.
    await world.api.context.db('workflow_commands').where({ key }).update({ result: null });
    const repeat = await world.decide('approve', id, world.operators[0], { key });
    expect(repeat.status).toBe(200);
    expect(repeat.text).toBe(first.text);
  });

  it('tells an ended redemption from one that never was', async () => {
    const id = await world.request('60');
    redemptionOf(await world.decide('reject', id, world.operators[0]));
    await handleOf(id).result();
    const late = await world.decide('approve', id, world.operators[1]);
    expect(late.status).toBe(409);
    expect(late.problem).toMatchObject({ code: 'STATE_CONFLICT' });

    const unknown = await world.decide('approve', world.user.id, world.operators[0]);
    expect(unknown.status).toBe(404);
    expect(unknown.problem).toMatchObject({ code: 'REDEMPTION_NOT_FOUND' });
  });

  it('goes on waiting when somebody cancels its workflow', async () => {
    const id = await world.request('61');
    await eventually(() => handleOf(id).describe());
    await handleOf(id).cancel();
    expect(redemptionOf(await world.decide('approve', id, world.operators[0]))).toMatchObject({
      status: 'approved',
    });
    await expect(handleOf(id).result()).resolves.toMatchObject({ status: 'approved' });
  });

  it('says that its workflow was ended from outside, which can be begun again', async () => {
    const id = await world.request('2000');
    await world.decide('approve', id, world.operators[0]);
    await handleOf(id).terminate('by mistake');
    const key = newKey();
    const askedAt = performance.now();
    const refused = await world.decide('approve', id, world.operators[1], { key });
    expect(refused.problem).toMatchObject({ status: 503, code: 'ENGINE_UNAVAILABLE' });
    expect(refused.problem.detail).toContain('ended from outside');
    // At once, not after the time that an unborn one is given.
    expect(performance.now() - askedAt).toBeLessThan(5_000);

    const { databaseUrl } = world.api;
    const engines = { databaseUrl, temporal: world.config.temporal };
    // As if it had been asked for a while ago: a younger one may be on its way.
    await world.api.context
      .db('redemptions')
      .where({ id })
      .update({ requested_at: new Date(Date.now() - 60_000) });
    expect(await checkEngines(engines)).toContainEqual({
      status: 'fail',
      text: expect.stringContaining(`no running workflow, such as ${id} (TERMINATED)`) as string,
      advice: expect.stringContaining('--restart-workflows') as string,
    });
    expect(await restartWorkflows(engines)).toEqual([`redemption/${id}`]);
    const decided = await eventually(async () => {
      const answer = await world.decide('approve', id, world.operators[1], { key });
      return answer.status !== 503 && answer;
    });
    expect(redemptionOf(decided)).toMatchObject({ status: 'approved' });
    expect(await restartWorkflows(engines)).toEqual([]);

    // One that ended by itself is not begun again, however often it is told of.
    const { runId } = await handleOf(id).describe();
    const { db } = world.api.context;
    await db('outbox').where({ entity_id: id }).update({ delivered_at: null });
    await eventually(async () => {
      const waiting = await db('outbox').where({ entity_id: id, delivered_at: null });
      return waiting.length === 0;
    });
    expect((await handleOf(id).describe()).runId).toBe(runId);
  });

  it('consumes no key when it refuses', async () => {
    const id = await world.request('70');
    const [operator] = world.operators;
    const { operators } = world.api.context.services;
    const caller = { ...(await callerOf(operator)) };
    await operators.freeze(caller, world.user.id, 'a test');
    const key = newKey();
    const refused = await world.decide('approve', id, operator, { key });
    expect(refused.status).toBe(403);
    expect(refused.problem).toMatchObject({ code: 'USER_FROZEN' });

    await operators.unfreeze({ ...caller, requestId: newKey() }, world.user.id, 'a test');
    const accepted = await world.decide('approve', id, operator, { key });
    expect(redemptionOf(accepted)).toMatchObject({ status: 'approved' });
    expect(accepted.headers.get('idempotent-replayed')).toBeNull();
  });

  async function callerOf({ id }: { id: string }) {
    return {
      userId: id,
      role: 'operator' as const,
      isFrozen: false,
      scopes: ['admin'] as const,
      keyId: null,
      models: null,
      sessionHash: null,
      requestId: newKey(),
    };
  }

  describe('decided by an update that the API did not send', () => {
    it.each([
      ['nothing', undefined],
      ['no reason', { operatorId: '0190a1b2-0000-7000-8000-000000000000' }],
      ['an empty reason', { operatorId: '0190a1b2-0000-7000-8000-000000000000', reason: ' ' }],
      ['no operator', { reason: 'because' }],
      ['an operator that is no id', { operatorId: 'me', reason: 'because' }],
      ...[
        ['a reason of two lines', { reason: 'a\nb' }],
        ['a reason that is too long', { reason: 'x'.repeat(501) }],
        ['a request id that ends a text', { reason: 'because', requestId: 'a\u0000b' }],
        ['a request id of two lines', { reason: 'because', requestId: 'a\nb' }],
        ['a request id that is too long', { reason: 'because', requestId: 'x'.repeat(101) }],
      ].map(([what, more]) => [
        what,
        { operatorId: '0190a1b2-0000-7000-8000-000000000000', ...(more as object) },
      ]),
    ])('is refused by the validator with %s', async (_, act) => {
      const id = await world.request('1');
      const handle = await eventually(async () => {
        await handleOf(id).describe();
        return handleOf(id);
      });
      await expect(
        handle.executeUpdate(approveUpdate, { args: [act as never] }),
      ).rejects.toMatchObject({ cause: { type: 'INVALID_REQUEST' } });
      const { events } = await handle.fetchHistory();
      expect(events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(
        false,
      );
      redemptionOf(await world.decide('reject', id, world.operators[0]));
    });

    it('is refused for somebody who is no operator', async () => {
      const id = await world.request('2');
      await eventually(() => handleOf(id).describe());
      const act = { operatorId: world.user.id, reason: 'because' };
      await expect(
        handleOf(id).executeUpdate(approveUpdate, { args: [act] }),
      ).rejects.toMatchObject({ cause: { cause: { type: 'FORBIDDEN' } } });
      redemptionOf(await world.decide('reject', id, world.operators[0]));
    });

    it('is as good as any when it is an operator, and lands in the audit log', async () => {
      const id = await world.request('3');
      await eventually(() => handleOf(id).describe());
      const act = { operatorId: world.operators[1].id, reason: 'from the UI' };
      const rejected = await handleOf(id).executeUpdate(rejectUpdate, {
        args: [act],
        updateId: 'ui-1',
      });
      expect(rejected).toMatchObject({ status: 'rejected' });
      const { items } = await logOf(id);
      expect(items).toMatchObject([
        { action: 'redemption.reject', reason: 'from the UI', requestId: 'update:ui-1' },
      ]);
    });
  });

  it('needs the Idempotency-Key and a reason', async () => {
    const id = await world.request('4');
    const path = `/admin/redemptions/${id}/approve`;
    const { key } = world.operators[0];
    const keyless = await world.api.send('POST', path, { key, body: { reason: 'x' } });
    expect(keyless.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
    const headers = { 'idempotency-key': newKey() };
    const reasonless = await world.api.send('POST', path, { key, body: {}, headers });
    expect(reasonless.problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    const user = await world.api.send('POST', path, { key: world.user.key, body: {}, headers });
    expect(user.status).toBe(403);
    expectStatus(await world.decide('reject', id, world.operators[0]), 200);
  });
});
