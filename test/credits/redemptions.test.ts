import { randomUUID } from 'node:crypto';
import { parseAmount } from '../../domain/money';
import { callerOf, createWorld, decisionOf, operatorCaller, toUser, type World } from './world';
import { refusal } from '../support/refusals';

let world: World;
let user: string;
let ann: string;
let bob: string;

beforeEach(async () => {
  world = await createWorld();
  user = await world.addUser();
  [ann, bob] = [await world.addUser('operator'), await world.addUser('operator')];
  const { deposit } = await world.deposits.record(operatorCaller(ann), toUser(user, '50000'));
  await world.deposits.approve(operatorCaller(bob), deposit.id, 'Checked');
});

afterEach(() => world.close());

const request = async (amount: string, userId = user) =>
  (await world.redemptions.request(callerOf(userId), parseAmount(amount), 'IBAN CH93')).redemption;
const approve = (id: string, operator: string) =>
  world.redemptions.approve(decisionOf(id, operator));
const reject = (id: string, operator: string) => world.redemptions.reject(decisionOf(id, operator));

describe('a request', () => {
  it('holds the Credits and tells the workflow in the same commit', async () => {
    const caller = callerOf(user);
    const { redemption } = await world.redemptions.request(
      caller,
      parseAmount('12.5'),
      'IBAN CH93',
    );
    expect(redemption).toMatchObject({
      amount: '12.5',
      destination: 'IBAN CH93',
      status: 'pending',
      decidedAt: null,
      history: [{ status: 'pending', at: redemption.requestedAt, reason: null }],
    });
    expect(await world.creditsOf(user)).toBe('49987.5');
    expect(await world.creditsOf(user, 'redeeming')).toBe('12.5');
    const messages: unknown[] = await world.db('outbox').select('kind', 'entity_id', 'payload');
    expect(messages).toEqual([
      {
        kind: 'redemption.requested',
        entity_id: redemption.id,
        payload: {
          redemptionId: redemption.id,
          amount: '12.5',
          userId: user,
          requestId: caller.requestId,
        },
      },
    ]);
  });

  it('happens once for one key', async () => {
    const caller = callerOf(user, 'user', 'key-1');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => world.redemptions.request(caller, 100n, 'IBAN CH93')),
    );
    expect(new Set(outcomes.map(({ redemption }) => redemption.id)).size).toBe(1);
    expect(await world.creditsOf(user, 'redeeming')).toBe('0.000001');
  });

  it.each([
    ['more than there is', '50000.00000001', 'IBAN', 'INSUFFICIENT_FUNDS'],
    ['nothing', '0', 'IBAN', 'AMOUNT_OUT_OF_RANGE'],
    ['less than nothing', '-1', 'IBAN', 'AMOUNT_OUT_OF_RANGE'],
    ['no destination', '1', '', 'INVALID_REQUEST'],
    ['a destination that no screen can show', '1', 'IBAN\u202e', 'INVALID_REQUEST'],
  ] as const)('is refused for %s', async (_, amount, destination, code) => {
    await expect(
      world.redemptions.request(callerOf(user), parseAmount(amount), destination),
    ).rejects.toEqual(refusal(code));
    expect(await world.creditsOf(user)).toBe('50000');
  });

  it('is refused to a frozen user', async () => {
    await world.freeze(user);
    await expect(request('1')).rejects.toEqual(refusal('USER_FROZEN'));
  });

  it('never holds more than there is, from fifty at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => request('5000')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await world.creditsOf(user)).toBe('0');
  });
});

describe('a decision', () => {
  it('destroys the Credits when approved', async () => {
    const { id } = await request('100');
    const approved = await approve(id, ann);
    expect(approved).toMatchObject({
      id,
      userId: user,
      status: 'approved',
      approvalsNeeded: 1,
      history: [{ status: 'approved', operatorId: ann, reason: 'Checked' }],
    });
    expect(await world.creditsOf(user, 'redeeming')).toBe('0');
    expect(await world.creditsOf(user)).toBe('49900');
    expect(await world.platformCredits('reserve')).toBe('-49900');
    expect(await world.actionsOn(id)).toEqual(['redemption.approve']);
  });

  it('releases the Credits when rejected, and tells the user why', async () => {
    const { id } = await request('100');
    await reject(id, ann);
    expect(await world.creditsOf(user)).toBe('50000');
    expect((await world.redemptions.getOwn(user, id)).history).toMatchObject([
      { status: 'pending', reason: null },
      { status: 'rejected', reason: 'Checked' },
    ]);
    expect(await world.actionsOn(id)).toEqual(['redemption.reject']);
  });

  it('is final', async () => {
    const [first, second] = [await request('100'), await request('100')];
    await approve(first.id, ann);
    await reject(second.id, ann);
    for (const [act, id, status] of [
      [approve, first.id, 'approved'],
      [reject, first.id, 'approved'],
      [approve, second.id, 'rejected'],
      [reject, second.id, 'rejected'],
    ] as const) {
      await expect(act(id, bob)).rejects.toEqual(refusal('STATE_CONFLICT', { status }));
    }
    expect(await world.creditsOf(user)).toBe('49900');
  });

  it('is not for users, nor for the operator whose Credits they are', async () => {
    await expect(approve((await request('1')).id, user)).rejects.toEqual(refusal('FORBIDDEN'));
    await world.deposits.record(operatorCaller(bob), toUser(ann, '5'));
    const own = await request('5', ann);
    for (const act of [approve, reject]) {
      await expect(act(own.id, ann)).rejects.toEqual(refusal('ACTION_BY_INTERESTED_OPERATOR'));
    }
    expect((await approve(own.id, bob)).status).toBe('approved');
  });

  it('takes a reason, on a redemption that exists', async () => {
    const { id } = await request('1');
    await expect(world.redemptions.approve({ ...decisionOf(id, ann), reason: '' })).rejects.toEqual(
      refusal('INVALID_REQUEST'),
    );
    await expect(approve(randomUUID(), ann)).rejects.toEqual(refusal('REDEMPTION_NOT_FOUND'));
  });

  it('answers a repeat with the same key, also after the redemption went on', async () => {
    const { id } = await request('20000');
    const decision = decisionOf(id, ann, 'update-1');
    const first = await world.redemptions.approve(decision);
    await approve(id, bob);
    expect(await world.redemptions.approve({ ...decision, requestId: randomUUID() })).toEqual(
      first,
    );
    expect((await world.redemptions.get(id)).status).toBe('approved');
  });

  it('waits while the user is frozen; a rejection does not', async () => {
    const [first, second] = [await request('1'), await request('2')];
    await world.freeze(user);
    await expect(approve(first.id, ann)).rejects.toEqual(refusal('USER_FROZEN'));
    expect((await reject(second.id, ann)).status).toBe('rejected');
    await world.unfreeze(user);
    expect((await approve(first.id, ann)).status).toBe('approved');
  });
});

describe('above the four-eyes limit', () => {
  it('needs the approvals of two operators', async () => {
    const { id } = await request('10000.00000001');
    expect(await approve(id, ann)).toMatchObject({ status: 'awaiting_second', approvalsNeeded: 2 });
    expect(await world.creditsOf(user, 'redeeming')).toBe('10000.00000001');
    expect(await approve(id, bob)).toMatchObject({
      status: 'approved',
      history: [
        { status: 'awaiting_second', operatorId: ann },
        { status: 'approved', operatorId: bob },
      ],
    });
    expect(await world.platformCredits('reserve')).toBe('-39999.99999999');
  });

  it('does not count one operator twice', async () => {
    const { id } = await request('20000');
    await approve(id, ann);
    await expect(approve(id, ann)).rejects.toEqual(refusal('STATE_CONFLICT'));
    expect((await world.redemptions.get(id)).status).toBe('awaiting_second');
  });

  it('takes two approvals of the same instant for two', async () => {
    const { id } = await request('20000');
    const statuses = (await Promise.all([approve(id, ann), approve(id, bob)])).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual(['approved', 'awaiting_second']);
    expect(await world.creditsOf(user, 'redeeming')).toBe('0');
  });

  it('takes one rejection, from either operator', async () => {
    const [first, second] = [await request('20000'), await request('20000')];
    await approve(first.id, ann);
    await approve(second.id, ann);
    expect((await reject(first.id, ann)).status).toBe('rejected');
    expect((await reject(second.id, bob)).status).toBe('rejected');
    expect(await world.creditsOf(user)).toBe('50000');
  });

  it('needs one approval at the limit', async () => {
    expect((await approve((await request('10000')).id, ann)).status).toBe('approved');
  });
});

describe('the lists of redemptions', () => {
  it("show users their own, and nobody else's", async () => {
    const other = await world.addUser();
    const [first, second, third] = [await request('1'), await request('2'), await request('3')];
    const page = await world.redemptions.listOwn(user, { limit: 2 });
    const rest = await world.redemptions.listOwn(user, { limit: 2, cursor: page.nextCursor ?? '' });
    expect(new Set([...page.items, ...rest.items].map(({ id }) => id))).toEqual(
      new Set([first.id, second.id, third.id]),
    );
    expect((await world.redemptions.listOwn(other, { limit: 2 })).items).toEqual([]);
    await expect(world.redemptions.getOwn(other, first.id)).rejects.toEqual(
      refusal('REDEMPTION_NOT_FOUND'),
    );
  });

  it('show operators those of a status', async () => {
    const [first, second] = [await request('1'), await request('20000')];
    await approve(second.id, ann);
    const list = async (status?: 'pending' | 'awaiting_second') =>
      (await world.redemptions.list(status, { limit: 10 })).items.map(({ id }) => id);
    expect(await list('pending')).toEqual([first.id]);
    expect(await list('awaiting_second')).toEqual([second.id]);
    expect(await list()).toHaveLength(2);
  });
});
