import { randomUUID } from 'node:crypto';
import {
  callerOf,
  createWorld,
  decisionOf,
  operatorCaller,
  toAccount,
  toUser,
  type World,
} from './world';
import { unit } from '../../domain/money';
import { refusal } from '../support/refusals';

let world: World;
let user: string;
let ann: string;

beforeEach(async () => {
  world = await createWorld();
  user = await world.addUser();
  ann = await world.addUser('operator');
});

afterEach(() => world.close());

async function deposit(request: ReturnType<typeof toUser>): Promise<string> {
  return (await world.deposits.record(operatorCaller(ann), request)).deposit.id;
}

const reverse = (depositId: string) =>
  world.deposits.reverse(operatorCaller(ann), depositId, 'Typing error');

describe('the reversal of a deposit to a user', () => {
  it('takes what is still there and freezes nobody', async () => {
    const id = await deposit(toUser(user, '30'));
    await deposit(toUser(user, '5'));
    const { deposit: reversed } = await reverse(id);
    expect(reversed).toMatchObject({
      status: 'reversed',
      reversal: {
        by: ann,
        reason: 'Typing error',
        fromBeneficiary: '30',
        fromTreasury: '0',
        fromLosses: '0',
      },
    });
    expect(await world.creditsOf(user)).toBe('5');
    expect(await world.platformCredits('reserve')).toBe('-5');
    expect(await world.frozenReasonOf(user)).toBeNull();
    expect(await world.actionsOn(id)).toEqual(['deposit.record', 'deposit.reverse']);
  });

  it('takes from the treasury what the user has spent, and freezes the user', async () => {
    await deposit(toAccount('treasury', '100'));
    const id = await deposit(toUser(user, '30', 'wire-9'));
    await world.spend(user, '20');
    const { deposit: reversed } = await reverse(id);
    expect(reversed.reversal).toMatchObject({
      fromBeneficiary: '10',
      fromTreasury: '20',
      fromLosses: '0',
    });
    expect(await world.creditsOf(user)).toBe('0');
    expect(await world.platformCredits('treasury')).toBe('80');
    expect(await world.frozenReasonOf(user)).toBe(
      'Deposit wire-9 was reversed after 20 Credits of it had been spent.',
    );
    expect(await world.actionsOn(user)).toEqual(['user.freeze']);
  });

  it('books as losses what the treasury lacks', async () => {
    await deposit(toAccount('treasury', '5'));
    const id = await deposit(toUser(user, '30'));
    await world.spend(user, '30');
    const { deposit: reversed } = await reverse(id);
    expect(reversed.reversal).toMatchObject({
      fromBeneficiary: '0',
      fromTreasury: '5',
      fromLosses: '25',
    });
    expect(await world.platformCredits('losses')).toBe('-25');
    expect(await world.platformCredits('treasury')).toBe('0');
    expect(await world.platformCredits('reserve')).toBe('-5');
  });

  it('leaves alone what a redemption holds, and the freeze keeps it from leaving', async () => {
    const id = await deposit(toUser(user, '30'));
    const { redemption } = await world.redemptions.request(callerOf(user), 30n * unit, 'IBAN 1');
    await reverse(id);
    expect(await world.creditsOf(user, 'redeeming')).toBe('30');
    await expect(world.redemptions.approve(decisionOf(redemption.id, ann))).rejects.toEqual(
      refusal('USER_FROZEN'),
    );
  });

  it('keeps the reason of an earlier freeze', async () => {
    const id = await deposit(toUser(user, '30'));
    await world.spend(user, '1');
    await world.freeze(user);
    await reverse(id);
    expect(await world.frozenReasonOf(user)).toBe('A test.');
    expect(await world.actionsOn(user)).toEqual([]);
  });

  it('happens once', async () => {
    const id = await deposit(toUser(user, '30'));
    await deposit(toUser(user, '30'));
    const key = randomUUID();
    const first = await world.deposits.reverse(callerOf(ann, 'operator', key), id, 'Error');
    const again = await world.deposits.reverse(callerOf(ann, 'operator', key), id, 'Error');
    expect(again).toEqual({ ...first, replayed: true });
    await expect(reverse(id)).rejects.toEqual(refusal('STATE_CONFLICT', { status: 'reversed' }));
    expect(await world.creditsOf(user)).toBe('30');
  });

  it('happens once when two operators ask at the same instant', async () => {
    const id = await deposit(toUser(user, '30'));
    await deposit(toUser(user, '30'));
    const bob = await world.addUser('operator');
    const outcomes = await Promise.allSettled(
      [ann, bob].map((operator) => world.deposits.reverse(operatorCaller(operator), id, 'Error')),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await world.creditsOf(user)).toBe('30');
  });

  it('is refused where no Credits were made', async () => {
    const id = await deposit(toUser(user, '20000'));
    await expect(reverse(id)).rejects.toEqual(
      refusal('STATE_CONFLICT', { status: 'awaiting_second' }),
    );
    await expect(reverse(randomUUID())).rejects.toEqual(refusal('DEPOSIT_NOT_FOUND'));
  });

  it('does not free the reference for another deposit', async () => {
    const request = toUser(user, '30', 'wire-1');
    await reverse(await deposit(request));
    const again = await world.deposits.record(operatorCaller(ann), request);
    expect(again.deposit.status).toBe('reversed');
    expect(await world.creditsOf(user)).toBe('0');
  });
});

describe('the reversal of capital', () => {
  it('takes from the account, then the treasury, then losses', async () => {
    await deposit(toAccount('treasury', '10'));
    const id = await deposit(toAccount('upstream_cost', '50'));
    await world.upstreamPayments.record(operatorCaller(ann), {
      amount: 30n * unit,
      channel: null,
      reason: 'March',
    });
    const { deposit: reversed } = await reverse(id);
    expect(reversed.reversal).toMatchObject({
      fromBeneficiary: '20',
      fromTreasury: '10',
      fromLosses: '20',
    });
    expect(await world.platformCredits('losses')).toBe('-20');
  });

  it('does not count the treasury twice', async () => {
    const id = await deposit(toAccount('treasury', '50'));
    await world.grants.make(operatorCaller(ann), {
      userId: user,
      amount: 30n * unit,
      reason: 'Sorry',
    });
    const { deposit: reversed } = await reverse(id);
    expect(reversed.reversal).toMatchObject({
      fromBeneficiary: '20',
      fromTreasury: '0',
      fromLosses: '30',
    });
  });
});
