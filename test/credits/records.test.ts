// Grants from the treasury, bills paid to upstreams, corrections of cost.
import { randomUUID } from 'node:crypto';
import { parseAmount } from '../../domain/money';
import { refusal } from '../support/refusals';
import { callerOf, createWorld, operatorCaller, toAccount, type World } from './world';

let world: World;
let user: string;
let ann: string;

beforeEach(async () => {
  world = await createWorld();
  user = await world.addUser();
  ann = await world.addUser('operator');
});

afterEach(() => world.close());

const capital = (account: 'treasury' | 'upstream_cost', amount: string) =>
  world.deposits.record(operatorCaller(ann), toAccount(account, amount));

describe('a grant', () => {
  const grant = (amount: string, over: { userId?: string; reason?: string } = {}, by = ann) =>
    world.grants.make(operatorCaller(by), {
      userId: user,
      amount: parseAmount(amount),
      reason: 'An outage',
      ...over,
    });

  it('moves Credits of the treasury to the user, and is logged', async () => {
    await capital('treasury', '100');
    const { grant: made } = await grant('2.5');
    expect(made).toMatchObject({
      userId: user,
      amount: '2.5',
      reason: 'An outage',
      grantedBy: ann,
    });
    expect(await world.creditsOf(user)).toBe('2.5');
    expect(await world.platformCredits('treasury')).toBe('97.5');
    expect(await world.platformCredits('reserve')).toBe('-100');
    expect(await world.actionsOn(user)).toEqual(['grant.make']);
    expect((await world.grants.list({ limit: 5 })).items).toEqual([made]);
  });

  it('is refused beyond the treasury', async () => {
    await capital('treasury', '1');
    await expect(grant('1.00000001')).rejects.toEqual(
      refusal('INSUFFICIENT_FUNDS', { available: '1' }),
    );
  });

  it('is refused to oneself, to nobody, of nothing, by nobody, for no reason', async () => {
    await capital('treasury', '10');
    await expect(grant('1', { userId: ann })).rejects.toEqual(
      refusal('ACTION_BY_INTERESTED_OPERATOR'),
    );
    await expect(grant('1', { userId: randomUUID() })).rejects.toEqual(refusal('USER_NOT_FOUND'));
    await expect(grant('0')).rejects.toEqual(refusal('AMOUNT_OUT_OF_RANGE'));
    await expect(grant('1', { reason: '' })).rejects.toEqual(refusal('INVALID_REQUEST'));
    const other = await world.addUser();
    await expect(grant('1', {}, other)).rejects.toEqual(refusal('FORBIDDEN'));
  });

  it('happens once for one key', async () => {
    await capital('treasury', '10');
    const caller = callerOf(ann, 'operator');
    const request = { userId: user, amount: parseAmount('1'), reason: 'An outage' };
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => world.grants.make(caller, request)),
    );
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await world.creditsOf(user)).toBe('1');
  });
});

describe('a bill that was paid', () => {
  const pay = (amount: string, over: { channel?: string; reason?: string } = {}) =>
    world.upstreamPayments.record(operatorCaller(ann), {
      amount: parseAmount(amount),
      channel: 'mock',
      reason: 'Invoice of March',
      ...over,
    });

  it('destroys Credits that were booked as payable', async () => {
    await capital('upstream_cost', '100');
    const { payment } = await pay('60');
    expect(payment).toMatchObject({ amount: '60', channel: 'mock', recordedBy: ann });
    expect(await world.platformCredits('upstream_cost')).toBe('40');
    expect(await world.platformCredits('reserve')).toBe('-40');
    expect(await world.actionsOn(payment.id)).toEqual(['upstream_payment.record']);
    expect((await world.upstreamPayments.list({ limit: 5 })).items).toEqual([payment]);
  });

  it('is refused beyond what is payable', async () => {
    await capital('upstream_cost', '100');
    await expect(pay('100.00000001')).rejects.toEqual(
      refusal('BILL_EXCEEDS_PAYABLE', { payable: '100' }),
    );
    await expect(pay('-1')).rejects.toEqual(refusal('AMOUNT_OUT_OF_RANGE'));
    await expect(pay('1', { channel: 'a\nb' })).rejects.toEqual(refusal('INVALID_REQUEST'));
  });
});

describe('a correction of cost', () => {
  const correct = (amount: string) =>
    world.costCorrections.record(operatorCaller(ann), {
      amount: parseAmount(amount),
      channel: null,
      reason: 'Their invoice says more',
    });

  it.each(['12.5', '-3'])('of %s waits for the next close and moves nothing', async (amount) => {
    const { correction } = await correct(amount);
    expect(correction).toMatchObject({ amount, channel: null, recordedBy: ann, closedIn: null });
    expect(await world.db('journal_entries').select('sequence')).toEqual([]);
    expect(await world.actionsOn(correction.id)).toEqual(['cost_correction.record']);
    expect((await world.costCorrections.list({ limit: 5 })).items).toEqual([correction]);
  });

  it('is refused for nothing', async () => {
    await expect(correct('0')).rejects.toEqual(refusal('AMOUNT_OUT_OF_RANGE'));
  });

  it('happens once for one key', async () => {
    const caller = callerOf(ann, 'operator');
    const request = { amount: 5n, channel: null, reason: 'Once' };
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => world.costCorrections.record(caller, request)),
    );
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect((await world.costCorrections.list({ limit: 5 })).items).toHaveLength(1);
  });
});
