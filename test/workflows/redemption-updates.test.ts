// A redemption that is decided by an update from elsewhere, such as the Temporal UI (DESIGN 5): it is checked as one of
// the API's is.
import { approveUpdate, rejectUpdate } from '../../workflows/redemption';
import { createRedemptionWorld, type RedemptionWorld } from './redemption-world';
import { eventually, redemptionOf } from './support';

let world: RedemptionWorld;

beforeAll(async () => {
  world = await createRedemptionWorld();
});
afterAll(() => world.close());

describe('a redemption decided by an update that the API did not send', () => {
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
      await world.handleOf(id).describe();
      return world.handleOf(id);
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
    await eventually(() => world.handleOf(id).describe());
    const act = { operatorId: world.user.id, reason: 'because' };
    await expect(
      world.handleOf(id).executeUpdate(approveUpdate, { args: [act] }),
    ).rejects.toMatchObject({ cause: { cause: { type: 'FORBIDDEN' } } });
    redemptionOf(await world.decide('reject', id, world.operators[0]));
  });

  it('is as good as any when it is an operator, and lands in the audit log', async () => {
    const id = await world.request('3');
    await eventually(() => world.handleOf(id).describe());
    const act = { operatorId: world.operators[1].id, reason: 'from the UI' };
    const rejected = await world.handleOf(id).executeUpdate(rejectUpdate, {
      args: [act],
      updateId: 'ui-1',
    });
    expect(rejected).toMatchObject({ status: 'rejected' });
    const { items } = await world.logOf(id);
    expect(items).toMatchObject([
      { action: 'redemption.reject', reason: 'from the UI', requestId: 'update:ui-1' },
    ]);
  });
});
