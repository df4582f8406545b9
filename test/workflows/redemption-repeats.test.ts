// Decisions on a redemption under their Idempotency-Key: however often one is sent, it is made and answered once.
import { createRedemptionWorld, type RedemptionWorld } from './redemption-world';
import { expectStatus, newKey, redemptionOf } from './support';

let world: RedemptionWorld;

beforeAll(async () => {
  world = await createRedemptionWorld();
});
afterAll(() => world.close());

describe('a decision', () => {
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
    expect((await world.logOf(id)).items).toHaveLength(1);
  });

  it('answers a repeat the same after its workflow has ended, another body with 422', async () => {
    const id = await world.request('50');
    const key = newKey();
    const first = await world.decide('approve', id, world.operators[0], { key });
    await world.handleOf(id).result();
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
    await world.handleOf(id).result();
    // As if the API had died between the update's answer and its own.
    await world.api.context.db('workflow_commands').where({ key }).update({ result: null });
    const repeat = await world.decide('approve', id, world.operators[0], { key });
    expect(repeat.status).toBe(200);
    expect(repeat.text).toBe(first.text);
  });

  it('consumes no key when it refuses', async () => {
    const id = await world.request('70');
    const [operator] = world.operators;
    const { operators } = world.api.context.services;
    const caller = callerOf(operator);
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

function callerOf({ id }: { id: string }) {
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
