// The redemption's lifecycle over HTTP, on a real Temporal server with a real worker (DESIGN 2.1 and 5).
import { restartWorkflows } from '../../launch/lifecycles';
import { checkEngines } from '../../launch/running-checks';
import { statusQuery } from '../../workflows/redemption';
import { lxEntity, lxKind, lxStatus, lxUser } from '../../workflows/search-attributes';
import { createRedemptionWorld, type RedemptionWorld } from './redemption-world';
import { eventually, newKey, redemptionOf } from './support';

describe('a redemption', () => {
  let world: RedemptionWorld;

  beforeAll(async () => {
    world = await createRedemptionWorld();
  });
  afterAll(() => world.close());

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
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'approved' });
    const { items } = await world.logOf(id);
    expect(items).toMatchObject([{ action: 'redemption.approve', reason: 'checked' }]);
  });

  it('gives the Credits back when an operator rejects', async () => {
    const before = await world.credits();
    const id = await world.request('20');
    const rejected = redemptionOf(await world.decide('reject', id, world.operators[1]));
    expect(rejected).toMatchObject({ status: 'rejected' });
    expect(await world.credits()).toEqual(before);
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'rejected' });
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
    const description = await world.handleOf(id).describe();
    const attributes = description.typedSearchAttributes;
    expect(attributes.get(lxKind)).toBe('redemption');
    expect(attributes.get(lxEntity)).toBe(id);
    expect(attributes.get(lxUser)).toBe(world.user.id);
    expect(attributes.get(lxStatus)).toBe('awaiting_second');
    expect(await description.staticSummary()).toBe('Redemption of 1500 Credits');
    expect(String(description.memo?.requestId)).toMatch(/^[0-9a-f-]{36}$/);

    const details = await world
      .handleOf(id)
      .query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(details.currentDetails).toContain(`User \`${world.user.id}\``);
    expect(details.currentDetails).toContain(`operator \`${world.operators[0].id}\` approved`);
    expect(details.currentDetails).toContain("Waits for one operator's approval");
    await expect(world.handleOf(id).query(statusQuery)).resolves.toMatchObject({
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
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status });
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
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'approved' });
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

  it('tells an ended redemption from one that never was', async () => {
    const id = await world.request('60');
    redemptionOf(await world.decide('reject', id, world.operators[0]));
    await world.handleOf(id).result();
    const late = await world.decide('approve', id, world.operators[1]);
    expect(late.status).toBe(409);
    expect(late.problem).toMatchObject({ code: 'STATE_CONFLICT' });

    const unknown = await world.decide('approve', world.user.id, world.operators[0]);
    expect(unknown.status).toBe(404);
    expect(unknown.problem).toMatchObject({ code: 'REDEMPTION_NOT_FOUND' });
  });

  it('goes on waiting when somebody cancels its workflow', async () => {
    const id = await world.request('61');
    await eventually(() => world.handleOf(id).describe());
    await world.handleOf(id).cancel();
    expect(redemptionOf(await world.decide('approve', id, world.operators[0]))).toMatchObject({
      status: 'approved',
    });
    await expect(world.handleOf(id).result()).resolves.toMatchObject({ status: 'approved' });
  });

  it('says that its workflow was ended from outside, which can be begun again', async () => {
    const id = await world.request('2000');
    await world.decide('approve', id, world.operators[0]);
    await world.handleOf(id).terminate('by mistake');
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
    const { runId } = await world.handleOf(id).describe();
    const { db } = world.api.context;
    await db('outbox').where({ entity_id: id }).update({ delivered_at: null });
    await eventually(async () => {
      const waiting = await db('outbox').where({ entity_id: id, delivered_at: null });
      return waiting.length === 0;
    });
    expect((await world.handleOf(id).describe()).runId).toBe(runId);
  });
});
