import { randomUUID } from 'node:crypto';
import { callerOf, createWorld, operatorCaller, toAccount, toUser, type World } from './world';
import { refusal } from '../support/refusals';

let world: World;
let user: string;
let ann: string;
let bob: string;

beforeEach(async () => {
  world = await createWorld();
  user = await world.addUser();
  [ann, bob] = [await world.addUser('operator'), await world.addUser('operator')];
});

afterEach(() => world.close());

const record = (operatorId: string, request: ReturnType<typeof toUser>) =>
  world.deposits.record(operatorCaller(operatorId), request);

describe('a deposit by an operator', () => {
  it('makes Credits for the user at once and is logged in the same commit', async () => {
    const { deposit } = await record(ann, toUser(user, '12.5', 'wire-1'));
    expect(deposit).toMatchObject({
      externalRef: 'wire-1',
      source: 'operator',
      userId: user,
      account: null,
      amount: '12.5',
      status: 'confirmed',
      reason: 'Wire transfer',
      recordedBy: ann,
      redeemableAt: null,
      reversal: null,
    });
    expect(await world.creditsOf(user)).toBe('12.5');
    expect(await world.platformCredits('reserve')).toBe('-12.5');
    const rows: unknown[] = await world
      .db('audit_log')
      .select('action', 'operator_id', 'reason', 'details');
    expect(rows).toEqual([
      {
        action: 'deposit.record',
        operator_id: ann,
        reason: 'Wire transfer',
        details: { amount: '12.5', beneficiary: user, externalRef: 'wire-1' },
      },
    ]);
  });

  it.each(['treasury', 'risk_reserve', 'upstream_cost'] as const)(
    'pays capital into %s',
    async (account) => {
      const { deposit } = await record(ann, toAccount(account, '500'));
      expect(deposit).toMatchObject({ account, userId: null, status: 'confirmed' });
      expect(await world.platformCredits(account)).toBe('500');
    },
  );

  it('is the same deposit when its reference comes back with the same content', async () => {
    const first = await record(ann, toUser(user, '10', 'wire-1'));
    const again = await record(bob, { ...toUser(user, '10', 'wire-1'), reason: 'Said otherwise' });
    expect(again.deposit).toEqual(first.deposit);
    expect(await world.creditsOf(user)).toBe('10');
    expect(await world.actionsOn(first.deposit.id)).toEqual(['deposit.record']);
  });

  it('is refused when its reference comes back with other content', async () => {
    await record(ann, toUser(user, '10', 'wire-1'));
    const other = await world.addUser();
    for (const request of [
      toUser(user, '10.00000001', 'wire-1'),
      toUser(other, '10', 'wire-1'),
      toAccount('treasury', '10', 'wire-1'),
    ]) {
      await expect(record(ann, request)).rejects.toEqual(refusal('DEPOSIT_REFERENCE_REUSED'));
    }
    expect(await world.creditsOf(user)).toBe('10');
  });

  it('happens once for one key from twenty connections at once', async () => {
    const key = randomUUID();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        world.deposits.record(callerOf(ann, 'operator', key), toUser(user, '7', 'wire-1')),
      ),
    );
    expect(new Set(outcomes.map(({ deposit }) => JSON.stringify(deposit))).size).toBe(1);
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await world.creditsOf(user)).toBe('7');
  });

  it('happens once for one reference under twenty keys at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => record(ann, toUser(user, '7', 'wire-1'))),
    );
    expect(new Set(outcomes.map(({ deposit }) => JSON.stringify(deposit))).size).toBe(1);
    expect(await world.creditsOf(user)).toBe('7');
  });

  it.each([
    ['nobody who exists', async () => toUser(randomUUID(), '1'), 'USER_NOT_FOUND'],
    ['nothing', async () => toUser(user, '0'), 'AMOUNT_OUT_OF_RANGE'],
    ['less than nothing', async () => toUser(user, '-1'), 'AMOUNT_OUT_OF_RANGE'],
    [
      'a reason that no log can show',
      async () => ({ ...toUser(user, '1'), reason: 'a\u0007' }),
      'INVALID_REQUEST',
    ],
    ['a reference that no log can show', async () => toUser(user, '1', 'a\nb'), 'INVALID_REQUEST'],
  ] as const)('is refused for %s', async (_, request, code) => {
    await expect(record(ann, await request())).rejects.toEqual(refusal(code));
    expect(await world.platformCredits('reserve')).toBe('0');
  });

  it('goes to a frozen user, who may be paid but not spend', async () => {
    await world.freeze(user);
    expect((await record(ann, toUser(user, '1'))).deposit.status).toBe('confirmed');
  });

  it('is refused to whoever is no operator at the moment of the commit', async () => {
    await expect(record(user, toAccount('treasury', '1'))).rejects.toEqual(refusal('FORBIDDEN'));
    await world.freeze(ann);
    await expect(record(ann, toUser(user, '1'))).rejects.toEqual(refusal('USER_FROZEN'));
  });

  it('cannot bring more Credits than the ledger is made for', async () => {
    for (let i = 0; i < 10; i++) {
      const { deposit } = await record(ann, toAccount('treasury', '1000000000'));
      await world.deposits.approve(operatorCaller(bob), deposit.id, 'Checked');
    }
    await expect(record(ann, toUser(user, '0.00000001'))).rejects.toEqual(
      refusal('AMOUNT_OUT_OF_RANGE'),
    );
  });
});

describe('above the four-eyes limit', () => {
  const large = '10000.00000001';

  it('confirms a deposit of exactly the limit at once', async () => {
    expect((await record(ann, toUser(user, '10000'))).deposit.status).toBe('confirmed');
  });

  it('makes no Credits until another operator approves', async () => {
    const { deposit } = await record(ann, toUser(user, large));
    expect(deposit).toMatchObject({ status: 'awaiting_second', confirmedAt: null });
    expect(await world.creditsOf(user)).toBe('0');

    const approved = await world.deposits.approve(operatorCaller(bob), deposit.id, 'Seen the wire');
    expect(approved.deposit).toMatchObject({
      status: 'confirmed',
      decidedBy: bob,
      decisionReason: 'Seen the wire',
    });
    expect(await world.creditsOf(user)).toBe(large);
    expect(await world.actionsOn(deposit.id)).toEqual(['deposit.record', 'deposit.approve']);
  });

  it('makes no Credits ever once another operator rejects', async () => {
    const { deposit } = await record(ann, toAccount('treasury', large));
    const rejected = await world.deposits.reject(operatorCaller(bob), deposit.id, 'No such wire');
    expect(rejected.deposit).toMatchObject({ status: 'rejected', decidedBy: bob });
    await expect(
      world.deposits.approve(operatorCaller(bob), deposit.id, 'Or was there'),
    ).rejects.toEqual(refusal('STATE_CONFLICT', { status: 'rejected' }));
    expect(await world.platformCredits('treasury')).toBe('0');
  });

  it('does not let the operator who recorded it decide', async () => {
    const { deposit } = await record(ann, toUser(user, large));
    for (const act of ['approve', 'reject'] as const) {
      await expect(world.deposits[act](operatorCaller(ann), deposit.id, 'Fine')).rejects.toEqual(
        refusal('ACTION_BY_INTERESTED_OPERATOR'),
      );
    }
  });

  it('is confirmed once when two operators approve at the same instant', async () => {
    const eve = await world.addUser('operator');
    const { deposit } = await record(ann, toUser(user, large));
    const outcomes = await Promise.allSettled(
      [bob, eve].map((operator) =>
        world.deposits.approve(operatorCaller(operator), deposit.id, 'Checked'),
      ),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: refusal('STATE_CONFLICT'),
    });
    expect(await world.creditsOf(user)).toBe(large);
  });

  it('answers a repeated approval from what was stored', async () => {
    const { deposit } = await record(ann, toUser(user, large));
    const key = randomUUID();
    const first = await world.deposits.approve(callerOf(bob, 'operator', key), deposit.id, 'Yes');
    const again = await world.deposits.approve(callerOf(bob, 'operator', key), deposit.id, 'Yes');
    expect(again).toEqual({ ...first, replayed: true });
  });

  it('knows no other deposits', async () => {
    await expect(
      world.deposits.approve(operatorCaller(bob), randomUUID(), 'Which one'),
    ).rejects.toEqual(refusal('DEPOSIT_NOT_FOUND'));
  });
});

describe('an operator who is the beneficiary', () => {
  it('may neither record, approve, reject nor reverse', async () => {
    await expect(record(ann, toUser(ann, '1'))).rejects.toEqual(
      refusal('ACTION_BY_INTERESTED_OPERATOR'),
    );
    const { deposit } = await record(bob, toUser(ann, '20000'));
    for (const act of ['approve', 'reject', 'reverse'] as const) {
      await expect(world.deposits[act](operatorCaller(ann), deposit.id, 'Mine')).rejects.toEqual(
        refusal('ACTION_BY_INTERESTED_OPERATOR'),
      );
    }
  });
});

describe('the list of deposits', () => {
  it('is newest first, in pages, by status', async () => {
    const refs = ['a', 'b', 'c', 'd', 'e'];
    for (const ref of refs) await record(ann, toUser(user, ref === 'c' ? '20000' : '1', ref));
    const first = await world.deposits.list(undefined, { limit: 2 });
    const second = await world.deposits.list(undefined, {
      limit: 2,
      cursor: first.nextCursor ?? '',
    });
    const third = await world.deposits.list(undefined, {
      limit: 2,
      cursor: second.nextCursor ?? '',
    });
    const seen = [first, second, third].flatMap(({ items }) =>
      items.map(({ externalRef }) => externalRef),
    );
    expect(new Set(seen)).toEqual(new Set(refs));
    expect(third.nextCursor).toBeNull();
    const waiting = await world.deposits.list('awaiting_second', { limit: 10 });
    expect(waiting.items.map(({ externalRef }) => externalRef)).toEqual(['c']);
  });
});
