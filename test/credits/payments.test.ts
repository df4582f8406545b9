import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAmount } from '../../domain/money';
import { requirePaymentSignature, signPayment } from '../../services/credits/payment-signature';
import { callerOf, createWorld, holdMs, operatorCaller, toUser, type World } from './world';
import { refusal } from '../support/refusals';

describe('a payment', () => {
  let world: World;
  let user: string;

  beforeEach(async () => {
    world = await createWorld();
    user = await world.addUser();
  });
  afterEach(() => world.close());

  const receive = (amount: string, externalRef: string = randomUUID(), userId = user) =>
    world.payments.receive({ externalRef, userId, amount: parseAmount(amount) }, randomUUID());
  const redeem = (amount: string) =>
    world.redemptions.request(callerOf(user), parseAmount(amount), 'IBAN 1');

  it('makes Credits at once, whatever the amount: the signature is the confirmation', async () => {
    const deposit = await receive('25000', 'pay_1');
    expect(deposit).toMatchObject({ source: 'webhook', status: 'confirmed', recordedBy: null });
    expect(Date.parse(deposit.redeemableAt ?? '') - Date.parse(deposit.confirmedAt ?? '')).toBe(
      holdMs,
    );
    expect(await world.creditsOf(user)).toBe('25000');
  });

  it('is one deposit when it is told twice, also at once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => receive('10', 'pay_1')));
    await receive('10', 'pay_1');
    expect(await world.creditsOf(user)).toBe('10');
  });

  it('is the deposit that an operator recorded under the same reference', async () => {
    const ann = await world.addUser('operator');
    const { deposit } = await world.deposits.record(
      operatorCaller(ann),
      toUser(user, '10', 'pay_1'),
    );
    expect((await receive('10', 'pay_1')).id).toBe(deposit.id);
    expect(await world.creditsOf(user)).toBe('10');
  });

  it('is refused for another amount, for a stranger, for nothing', async () => {
    await receive('10', 'pay_1');
    await expect(receive('11', 'pay_1')).rejects.toEqual(refusal('DEPOSIT_REFERENCE_REUSED'));
    await expect(receive('1', 'pay_2', randomUUID())).rejects.toEqual(refusal('USER_NOT_FOUND'));
    await expect(receive('0', 'pay_2')).rejects.toEqual(refusal('AMOUNT_OUT_OF_RANGE'));
  });

  it('can be spent at once but not redeemed', async () => {
    const deposit = await receive('30');
    await expect(redeem('10')).rejects.toEqual(
      refusal('FUNDS_ON_HOLD', { redeemable: '0', redeemableFrom: deposit.redeemableAt }),
    );
    await world.spend(user, '30');
    expect(await world.creditsOf(user)).toBe('0');
  });

  it('holds its own Credits only', async () => {
    const ann = await world.addUser('operator');
    await world.deposits.record(operatorCaller(ann), toUser(user, '100'));
    await receive('30');
    await expect(redeem('100.00000001')).rejects.toEqual(refusal('FUNDS_ON_HOLD'));
    await redeem('100');
    expect(await world.creditsOf(user)).toBe('30');
  });

  it('is seen on hold by a redemption of the same batch', async () => {
    const outcomes = await Promise.allSettled([receive('30'), redeem('30')]);
    expect(outcomes[0]).toMatchObject({ status: 'fulfilled' });
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: refusal('FUNDS_ON_HOLD') });
  });

  it('holds nothing once it was charged back', async () => {
    const ann = await world.addUser('operator');
    await world.deposits.record(operatorCaller(ann), toUser(user, '100'));
    await receive('30', 'pay_1');
    await world.payments.chargeBack('pay_1', 'Charged back', randomUUID());
    await redeem('100');
    expect(await world.creditsOf(user, 'redeeming')).toBe('100');
  });
});

describe('a payment after its hold', () => {
  it('can be redeemed', async () => {
    const world = await createWorld(200);
    const user = await world.addUser();
    await world.payments.receive({ externalRef: 'pay_1', userId: user, amount: 5n }, randomUUID());
    const redeem = () => world.redemptions.request(callerOf(user), 5n, 'IBAN 1');
    await expect(redeem()).rejects.toEqual(refusal('FUNDS_ON_HOLD'));
    await sleep(250);
    expect((await redeem()).redemption.status).toBe('pending');
    await world.close();
  });
});

describe('a chargeback', () => {
  let world: World;
  let user: string;

  beforeEach(async () => {
    world = await createWorld();
    user = await world.addUser();
    await world.payments.receive({ externalRef: 'pay_1', userId: user, amount: 30n }, randomUUID());
  });
  afterEach(() => world.close());

  const chargeBack = (externalRef = 'pay_1') =>
    world.payments.chargeBack(externalRef, 'Disputed by the card holder', randomUUID());

  it('reverses the payment once, however often it is told', async () => {
    const first = await chargeBack();
    expect(first).toMatchObject({
      status: 'reversed',
      reversal: { by: null, reason: 'Disputed by the card holder', fromBeneficiary: '0.0000003' },
    });
    expect(await chargeBack()).toEqual(first);
    expect(await world.creditsOf(user)).toBe('0');
  });

  it('freezes a user who has spent it', async () => {
    await world.spend(user, '0.0000002');
    await chargeBack();
    expect(await world.frozenReasonOf(user)).toContain('pay_1');
    expect(await world.platformCredits('losses')).toBe('-0.0000002');
  });

  it('is to be told again while its payment is unknown or undecided', async () => {
    await expect(chargeBack('pay_2')).rejects.toEqual(refusal('DEPOSIT_NOT_FOUND'));
    const ann = await world.addUser('operator');
    await world.deposits.record(operatorCaller(ann), toUser(user, '20000', 'pay_3'));
    await expect(chargeBack('pay_3')).rejects.toEqual(refusal('STATE_CONFLICT'));
  });

  it('has nothing to do for a deposit that was rejected', async () => {
    const [ann, bob] = [await world.addUser('operator'), await world.addUser('operator')];
    const { deposit } = await world.deposits.record(
      operatorCaller(ann),
      toUser(user, '20000', 'pay_3'),
    );
    await world.deposits.reject(operatorCaller(bob), deposit.id, 'No such payment');
    expect((await chargeBack('pay_3')).status).toBe('rejected');
  });
});

describe('the signature of a payment', () => {
  const secret = 'a secret of the provider';
  const rawBody = Buffer.from('{"externalRef":"pay_1"}');
  const at = Date.UTC(2026, 0, 1);
  const now = at / 1000;
  const check = (header: string | undefined, over: { rawBody?: Buffer; at?: number } = {}) => {
    requirePaymentSignature({ header, rawBody, secret, at, ...over });
  };
  const good = signPayment(now, rawBody, secret);
  const hex = good.split('v1=')[1] ?? '';

  it('is HMAC-SHA256 over timestamp, dot and body', () => {
    // echo -n '1767225600.{"externalRef":"pay_1"}' | openssl dgst -sha256 -hmac 'a secret of the provider'
    expect(good).toBe(
      't=1767225600,v1=a9fb60d2431faa200275df3580c67fe6612d9f3a256d4e3015a94cb29f54d9d7',
    );
  });

  it.each([
    ['as made', good],
    ['with blanks between the parts', `t=${now}, v1=${hex}`],
    ['with a second one of a secret that is going', `t=${now},v1=${'0'.repeat(64)},v1=${hex}`],
    ['in capitals', `t=${now},v1=${hex.toUpperCase()}`],
    ['beside a scheme of another day', `t=${now},v0=abc,v1=${hex}`],
    ['almost five minutes old', signPayment(now - 299, rawBody, secret)],
    ['almost five minutes ahead', signPayment(now + 299, rawBody, secret)],
  ])('passes %s', (_, header) => {
    expect(() => check(header)).not.toThrow();
  });

  it.each([
    ['nothing', undefined, 'SIGNATURE_MISSING'],
    ['an empty header', '', 'SIGNATURE_MISSING'],
    ['another secret', signPayment(now, rawBody, 'another secret here'), 'SIGNATURE_INVALID'],
    ['another time', good.replace(String(now), String(now + 1)), 'SIGNATURE_INVALID'],
    ['two times', `t=${now - 1},${good}`, 'SIGNATURE_INVALID'],
    ['no time', `v1=${hex}`, 'SIGNATURE_INVALID'],
    ['no signature', `t=${now}`, 'SIGNATURE_INVALID'],
    ['a short signature', good.slice(0, -2), 'SIGNATURE_INVALID'],
    ['no hex', `t=${now},v1=${'z'.repeat(64)}`, 'SIGNATURE_INVALID'],
    ['a header without end', `${good}${',v1=00'.repeat(500)}`, 'SIGNATURE_INVALID'],
    ['an old one', signPayment(now - 301, rawBody, secret), 'SIGNATURE_EXPIRED'],
    ['one of the future', signPayment(now + 301, rawBody, secret), 'SIGNATURE_EXPIRED'],
    ['an old one of another secret', signPayment(now - 301, rawBody, 'guess'), 'SIGNATURE_INVALID'],
  ] as const)('refuses %s', (_, header, code) => {
    expect(() => check(header)).toThrow(refusal(code));
  });

  it('covers every byte of the body', () => {
    expect(() => check(good, { rawBody: Buffer.from('{"externalRef":"pay_2"}') })).toThrow(
      refusal('SIGNATURE_INVALID'),
    );
  });
});
