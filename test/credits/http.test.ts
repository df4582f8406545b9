// The Credits over HTTP: forms, statuses, access, idempotency, the signed webhook.
import { randomUUID } from 'node:crypto';
import { signPayment } from '../../services/credits/payment-signature';
import { startApi, type Answer, type SignedUp, type TestApi } from '../api/harness';
import { assertBooksBalance } from '../support/invariants';

const secret = 'the secret of the payment provider';
let api: TestApi;
let user: SignedUp;
let ann: SignedUp;
let bob: SignedUp;

beforeAll(async () => {
  api = await startApi({ PAYMENT_WEBHOOK_SECRET: secret, OPS_FOUR_EYES_ABOVE: '1000' });
  [ann, bob] = [await api.appoint(), await api.appoint()];
});

beforeEach(async () => {
  user = await api.signUp();
});

afterAll(async () => {
  await assertBooksBalance(api.context.config.databaseUrl ?? '');
  await api.close();
});

const post = (who: SignedUp, path: string, body: unknown, key: string = randomUUID()) =>
  api.send('POST', path, { key: who.key, body, headers: { 'idempotency-key': key } });
const get = (who: SignedUp, path: string) => api.send('GET', path, { key: who.key });

const depositOf = (amount: string, externalRef: string = randomUUID()) => ({
  userId: user.id,
  amount,
  externalRef,
  reason: 'Wire transfer',
});

async function available(who: SignedUp): Promise<string> {
  const { balances } = (await get(who, '/balances')).json as {
    balances: { asset: string; available: string }[];
  };
  return balances.find(({ asset }) => asset === 'CREDIT')?.available ?? 'none';
}

function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, (answer.json as { code: string }).code]).toEqual([status, code]);
}

describe('POST /admin/deposits', () => {
  it('makes Credits', async () => {
    const answer = await post(ann, '/admin/deposits', depositOf('12.5'));
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      deposit: { userId: user.id, amount: '12.5', status: 'confirmed', recordedBy: ann.id },
    });
    expect(await available(user)).toBe('12.5');
  });

  it('answers twenty connections with one key at once with one deposit', async () => {
    const body = depositOf('7');
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(ann, '/admin/deposits', body, key)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replayed).toHaveLength(19);
    expect(await available(user)).toBe('7');
  });

  it('refuses a key that comes back with another body', async () => {
    const key = randomUUID();
    await post(ann, '/admin/deposits', depositOf('1', 'one'), key);
    expectProblem(
      await post(ann, '/admin/deposits', depositOf('2', 'two'), key),
      422,
      'IDEMPOTENCY_MISMATCH',
    );
  });

  it('answers a reference again, and refuses it for another amount', async () => {
    const ref = randomUUID();
    const first = await post(ann, '/admin/deposits', depositOf('1', ref));
    const again = await post(bob, '/admin/deposits', depositOf('1.0', ref));
    expect([again.status, again.text]).toEqual([201, first.text]);
    expectProblem(
      await post(ann, '/admin/deposits', depositOf('2', ref)),
      409,
      'DEPOSIT_REFERENCE_REUSED',
    );
    expect(await available(user)).toBe('1');
  });

  it.each([
    ['nine decimals', { amount: '0.000000001' }, 'amount'],
    ['a number', { amount: 5 }, 'amount'],
    ['an exponent', { amount: '1e5' }, 'amount'],
    ['nothing', { amount: '0' }, 'amount'],
    ['less than nothing', { amount: '-5' }, 'amount'],
    ['more than anybody has', { amount: '1000000001' }, 'amount'],
    ['both beneficiaries', { account: 'treasury' }, 'userId'],
    ['no beneficiary', { userId: undefined }, 'userId'],
    ['an account that takes no capital', { userId: undefined, account: 'revenue' }, 'account'],
    ['no reason', { reason: ' ' }, 'reason'],
    ['no reference', { externalRef: undefined }, 'externalRef'],
    ['a long reference', { externalRef: 'x'.repeat(201) }, 'externalRef'],
    ['a misspelt field', { ammount: '5' }, 'ammount'],
  ])('refuses %s, naming the field', async (_, over, field) => {
    const answer = await post(ann, '/admin/deposits', { ...depositOf('1'), ...over });
    expectProblem(answer, 400, 'INVALID_REQUEST');
    const { errors } = answer.json as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path)).toContain(field);
    expect(await available(user)).toBe('0');
  });

  it('refuses control characters in a reason', async () => {
    const answer = await post(ann, '/admin/deposits', { ...depositOf('1'), reason: 'a\u0007b' });
    expectProblem(answer, 400, 'INVALID_REQUEST');
  });

  it('is for operators, with a key for the request', async () => {
    expectProblem(await post(user, '/admin/deposits', depositOf('1')), 403, 'SCOPE_REQUIRED');
    expectProblem(
      await api.send('POST', '/admin/deposits', { key: ann.key, body: depositOf('1') }),
      400,
      'IDEMPOTENCY_KEY_REQUIRED',
    );
    expectProblem(
      await post(ann, '/admin/deposits', { ...depositOf('1'), userId: ann.id }),
      403,
      'ACTION_BY_INTERESTED_OPERATOR',
    );
  });
});

describe('a deposit above the limit', () => {
  async function record(): Promise<string> {
    const answer = await post(ann, '/admin/deposits', depositOf('1000.5'));
    expect(answer.json).toMatchObject({ deposit: { status: 'awaiting_second' } });
    return (answer.json as { deposit: { id: string } }).deposit.id;
  }

  it('is confirmed by another operator', async () => {
    const id = await record();
    const list = await get(bob, '/admin/deposits?status=awaiting_second&limit=1');
    expect((list.json as { items: { id: string }[] }).items[0]?.id).toBe(id);
    const own = await post(ann, `/admin/deposits/${id}/approve`, { reason: 'Mine' });
    expectProblem(own, 403, 'ACTION_BY_INTERESTED_OPERATOR');
    const answer = await post(bob, `/admin/deposits/${id}/approve`, { reason: 'Checked' });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ deposit: { status: 'confirmed', decidedBy: bob.id } });
    expect(await available(user)).toBe('1000.5');
    expectProblem(
      await post(bob, `/admin/deposits/${id}/reject`, { reason: 'Late' }),
      409,
      'STATE_CONFLICT',
    );
  });

  it('can be rejected by another operator', async () => {
    const id = await record();
    const answer = await post(bob, `/admin/deposits/${id}/reject`, { reason: 'No wire' });
    expect(answer.json).toMatchObject({ deposit: { status: 'rejected' } });
    expect(await available(user)).toBe('0');
  });

  it('can be reversed once, and 404 is for what is no deposit', async () => {
    const id = await record();
    await post(bob, `/admin/deposits/${id}/approve`, { reason: 'Checked' });
    const path = `/admin/deposits/${id}/reverse`;
    const answer = await post(ann, path, { reason: 'Typing error' });
    expect(answer.json).toMatchObject({
      deposit: { status: 'reversed', reversal: { by: ann.id, fromBeneficiary: '1000.5' } },
    });
    expectProblem(await post(ann, path, { reason: 'Again' }), 409, 'STATE_CONFLICT');
    expectProblem(
      await post(ann, `/admin/deposits/${randomUUID()}/reverse`, { reason: 'Which' }),
      404,
      'DEPOSIT_NOT_FOUND',
    );
    expect(await available(user)).toBe('0');
  });
});

describe('POST /webhooks/payments', () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  function tell(event: unknown, header?: string | null, at = seconds()) {
    const body = JSON.stringify(event);
    const signature = header === undefined ? signPayment(at, Buffer.from(body), secret) : header;
    return api.send('POST', '/webhooks/payments', {
      body,
      headers: signature === null ? {} : { 'payment-signature': signature },
    });
  }
  const payment = (amount = '20', externalRef: string = randomUUID()) => ({
    type: 'payment.succeeded',
    externalRef,
    userId: user.id,
    amount,
  });

  it('makes Credits that can be spent but not redeemed yet', async () => {
    const answer = await tell(payment());
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ deposit: { status: 'confirmed' } });
    expect(await available(user)).toBe('20');
    const redemption = await post(user, '/redemptions', { amount: '1', destination: 'IBAN' });
    expectProblem(redemption, 422, 'FUNDS_ON_HOLD');
    const { details } = redemption.json as { details: { redeemableFrom: string } };
    expect(Date.parse(details.redeemableFrom)).toBeGreaterThan(Date.now() + 6 * 86_400_000);
  });

  it('takes an event twice for one, and ignores what else the provider says', async () => {
    const event = { ...payment(), id: 'evt_1', livemode: false };
    const first = await tell(event);
    expect((await tell({ ...event, id: 'evt_2' })).text).toBe(first.text);
    expect(await available(user)).toBe('20');
    expectProblem(await tell({ ...event, amount: '21' }), 409, 'DEPOSIT_REFERENCE_REUSED');
  });

  it('takes a chargeback, twice for one', async () => {
    const ref = randomUUID();
    await tell(payment('20', ref));
    const event = { type: 'payment.charged_back', externalRef: ref };
    expect((await tell(event)).json).toMatchObject({ deposit: { status: 'reversed' } });
    expect((await tell(event)).json).toMatchObject({ deposit: { status: 'reversed' } });
    expect(await available(user)).toBe('0');
    expectProblem(await tell({ ...event, externalRef: 'nothing' }), 404, 'DEPOSIT_NOT_FOUND');
  });

  it('refuses a missing, wrong or old signature before it reads the event', async () => {
    for (const event of [payment(), {}]) {
      const body = Buffer.from(JSON.stringify(event));
      expectProblem(await tell(event, null), 401, 'SIGNATURE_MISSING');
      const wrong = signPayment(seconds(), body, 'another secret of somebody');
      expectProblem(await tell(event, wrong), 401, 'SIGNATURE_INVALID');
      expectProblem(await tell(event, undefined, seconds() - 301), 401, 'SIGNATURE_EXPIRED');
      expectProblem(await tell(event, undefined, seconds() + 310), 401, 'SIGNATURE_EXPIRED');
    }
    expect(await available(user)).toBe('0');
  });

  it('refuses a signature of another body', async () => {
    const signed = signPayment(seconds(), Buffer.from(JSON.stringify(payment('1'))), secret);
    expectProblem(await tell(payment('1000000'), signed), 401, 'SIGNATURE_INVALID');
  });

  it.each([
    ['no amount', { amount: undefined }, 'amount'],
    ['an amount that is none', { amount: 20 }, 'amount'],
    ['no user', { userId: 'me' }, 'userId'],
    ['another type', { type: 'payment.created' }, 'type'],
  ])('refuses a signed event with %s', async (_, over, field) => {
    const answer = await tell({ ...payment(), ...over });
    expectProblem(answer, 400, 'INVALID_REQUEST');
    expect(answer.json).toMatchObject({ errors: [{ path: field }] });
  });

  it('refuses a signed body that is no event', async () => {
    for (const body of ['', '[]']) {
      const headers = { 'payment-signature': signPayment(seconds(), Buffer.from(body), secret) };
      const answer = await api.send('POST', '/webhooks/payments', { body, headers });
      expectProblem(answer, 400, 'INVALID_REQUEST');
    }
  });

  it('is not there without a secret', async () => {
    const bare = await startApi();
    const body = JSON.stringify(payment());
    const headers = { 'payment-signature': signPayment(seconds(), Buffer.from(body), secret) };
    const answers = [
      await bare.send('POST', '/webhooks/payments', { body, headers }),
      // Nor does it say what is wrong with a body that it does not want.
      await bare.send('POST', '/webhooks/payments', { body: '{', headers }),
    ];
    await bare.close();
    for (const answer of answers) expectProblem(answer, 404, 'NOT_FOUND');
  });
});

describe('redemptions', () => {
  beforeEach(async () => {
    await post(ann, '/admin/deposits', depositOf('500'));
  });

  it('are asked for and seen by their user alone', async () => {
    const key = randomUUID();
    const body = { amount: '100', destination: 'IBAN CH93' };
    const answer = await post(user, '/redemptions', body, key);
    expect(answer.status).toBe(201);
    const { redemption } = answer.json as { redemption: { id: string } };
    expect(redemption).toMatchObject({ amount: '100', status: 'pending' });
    const again = await post(user, '/redemptions', body, key);
    expect(again.text).toBe(answer.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');

    expect((await get(user, `/redemptions/${redemption.id}`)).text).toBe(answer.text);
    expect((await get(user, '/redemptions')).json).toEqual({
      items: [redemption],
      nextCursor: null,
    });
    const other = await api.signUp();
    expectProblem(await get(other, `/redemptions/${redemption.id}`), 404, 'REDEMPTION_NOT_FOUND');
    expect((await get(other, '/redemptions')).json).toEqual({ items: [], nextCursor: null });
  });

  it('are listed for operators, by status', async () => {
    const answer = await post(user, '/redemptions', { amount: '1', destination: 'IBAN' });
    const { redemption } = answer.json as { redemption: { id: string } };
    const list = await get(ann, '/admin/redemptions?status=pending&limit=1');
    expect((list.json as { items: unknown[] }).items[0]).toMatchObject({
      id: redemption.id,
      userId: user.id,
      approvalsNeeded: 1,
      history: [],
    });
    expectProblem(await get(ann, '/admin/redemptions?status=lost'), 400, 'INVALID_REQUEST');
    expectProblem(await get(user, '/admin/redemptions'), 403, 'SCOPE_REQUIRED');
  });

  it('need funds, a key and a user who is not frozen', async () => {
    const body = { amount: '500.00000001', destination: 'IBAN' };
    expectProblem(await post(user, '/redemptions', body), 422, 'INSUFFICIENT_FUNDS');
    expectProblem(
      await api.send('POST', '/redemptions', { key: user.key, body }),
      400,
      'IDEMPOTENCY_KEY_REQUIRED',
    );
    expectProblem(
      await post(user, '/redemptions', { amount: '1', destination: '' }),
      400,
      'INVALID_REQUEST',
    );
    await post(ann, `/admin/users/${user.id}/freeze`, { reason: 'Stolen key' });
    expectProblem(
      await post(user, '/redemptions', { amount: '1', destination: 'IBAN' }),
      403,
      'USER_FROZEN',
    );
    expect((await get(user, '/balances')).status).toBe(200);
  });
});

describe('grants, bills and corrections', () => {
  it('are recorded and listed', async () => {
    const capital = {
      account: 'treasury',
      amount: '50',
      externalRef: randomUUID(),
      reason: 'Ours',
    };
    await post(ann, '/admin/deposits', capital);
    await post(ann, '/admin/deposits', {
      ...capital,
      account: 'upstream_cost',
      externalRef: randomUUID(),
    });

    const granted = await post(ann, '/admin/grants', {
      userId: user.id,
      amount: '5',
      reason: 'An outage',
    });
    expect([granted.status, await available(user)]).toEqual([201, '5']);
    const { grant } = granted.json as { grant: unknown };
    expect((await get(ann, '/admin/grants?limit=1')).json).toMatchObject({ items: [grant] });

    const bill = { amount: '20', channel: 'mock', reason: 'March' };
    const paid = await post(ann, '/admin/upstream-payments', bill);
    expect(paid.status).toBe(201);
    expect(paid.json).toMatchObject({ payment: { amount: '20', channel: 'mock' } });
    expectProblem(
      await post(ann, '/admin/upstream-payments', { ...bill, amount: '1000' }),
      422,
      'BILL_EXCEEDS_PAYABLE',
    );
    expect((await get(ann, '/admin/upstream-payments')).json).toMatchObject({
      items: [{ amount: '20' }],
    });

    const corrected = await post(ann, '/admin/cost-corrections', {
      amount: '-2.5',
      reason: 'Rebate',
    });
    expect(corrected.status).toBe(201);
    expect(corrected.json).toMatchObject({ correction: { amount: '-2.5', closedIn: null } });
    expectProblem(
      await post(ann, '/admin/cost-corrections', { amount: '0', reason: 'Nothing' }),
      400,
      'INVALID_REQUEST',
    );
    for (const path of ['grants', 'upstream-payments', 'cost-corrections']) {
      expectProblem(await get(user, `/admin/${path}`), 403, 'SCOPE_REQUIRED');
    }
  });
});

describe('GET /ledger/entries', () => {
  it('is the statement of the caller', async () => {
    await post(ann, '/admin/deposits', depositOf('3'));
    await post(user, '/redemptions', { amount: '1', destination: 'IBAN' });
    const first = await get(user, '/ledger/entries?account=available&limit=1');
    const { items, nextCursor } = first.json as { items: unknown[]; nextCursor: string };
    expect(items).toMatchObject([{ kind: 'redemption_hold', amount: '-1', balanceAfter: '2' }]);
    const rest = await get(user, `/ledger/entries?account=available&limit=1&cursor=${nextCursor}`);
    expect(rest.json).toMatchObject({
      items: [{ kind: 'deposit', amount: '3' }],
      nextCursor: null,
    });
    expectProblem(await get(user, '/ledger/entries?cursor=abc'), 400, 'INVALID_REQUEST');
    expectProblem(await get(user, '/ledger/entries?asset=EUR'), 400, 'INVALID_REQUEST');
    expectProblem(await api.send('GET', '/ledger/entries'), 401, 'UNAUTHENTICATED');
  });
});
