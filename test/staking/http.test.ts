// Staking as users meet it (DESIGN 2.10 and 6): by HTTP, with the price of the very next call through the official SDK.
import { newId } from '../../ledger/ids';
import { prices } from '../catalog/support';
import {
  createRelayWorld,
  hello,
  modelId,
  type CallerWithKey,
  type RelayWorld,
} from '../relay/relay-world';

let world: RelayWorld;
let whale: CallerWithKey;
/** A user who has mined more than 100,000 LCO; the model then lists one Credit a call, at a cost of 0.6. */
beforeAll(async () => {
  const env = { WINDOWS: '{"unstakeCooldown":"1h"}', OPS_FOUR_EYES_ABOVE: '1000000' };
  world = await createRelayWorld({ env });
  world.mock.behave('*', { reportedInputTokens: 0, reportedOutputTokens: 10_000 });
  whale = await world.addCaller('20000');
  await setOutputPrice('1000000', '600000');
  expect(await callOf(whale)).toMatchObject({ charge: '10000', mined: '100000' });
  await setOutputPrice('100', '60');
});
afterAll(async () => {
  await world.assertBooksBalance();
  await world.close();
});

const setOutputPrice = (list: string, cost: string) =>
  world.setPrice({ modelId, list: prices('0', '0', list), cost: prices('0', '0', cost) });

const post = (user: CallerWithKey, path: string, amount: string, key = newId()) =>
  world.api.send('POST', `/staking/${path}`, {
    key: user.key,
    body: { amount },
    headers: { 'idempotency-key': key },
  });

async function callOf(user: CallerWithKey) {
  const { _request_id: id } = await user.openai.chat.completions.create({
    model: modelId,
    messages: hello,
    max_tokens: 10_000,
  });
  return world.receiptOf(user, id ?? '');
}

async function read<T>(path: string, user?: CallerWithKey): Promise<T> {
  const answer = await world.api.send('GET', path, user ? { key: user.key } : {});
  expect(answer.status).toBe(200);
  return answer.as<T>();
}

it('tells anybody the levels', async () => {
  const { tiers } = await read<{ tiers: unknown[] }>('/staking/tiers');
  expect(tiers).toHaveLength(5);
  expect(tiers[0]).toEqual({
    level: 'Lv1',
    minimumStake: '0',
    multiplier: '1',
    concurrency: 5,
    imoWeight: 0,
    predictionFeeBps: 500,
    paysPredictionFee: true,
    votes: false,
  });
  expect(tiers[4]).toEqual({
    level: 'Whale',
    minimumStake: '100000',
    multiplier: null,
    concurrency: 200,
    imoWeight: 3,
    predictionFeeBps: 0,
    paysPredictionFee: false,
    votes: true,
  });
});

it.each([
  ['1000', 'Lv2', '0.95', 50, { level: 'Lv3', missing: '9000' }],
  ['9000', 'Lv3', '0.85', 50, { level: 'Lv4', missing: '40000' }],
  ['40000', 'Lv4', '0.7', 100, { level: 'Whale', missing: '50000' }],
  ['50000', 'Whale', '0.6', 200, null],
])('after %s LCO more the very next call is at %s', async (more, level, charge, calls, next) => {
  const answer = await post(whale, 'stakes', more);
  expect(answer.status).toBe(201);
  expect(await callOf(whale)).toMatchObject({ tier: level, charge });
  const { staked } = answer.as<{ staked: string }>();
  expect((await read<{ tier: object }>('/me', whale)).tier).toMatchObject({
    level,
    staked,
    concurrency: calls,
  });
  expect(await read('/staking', whale)).toMatchObject({ tier: { level }, next, unstakes: [] });
});

it('ends the rights at once when LCO are taken back, and says when they return', async () => {
  const key = newId();
  const answer = await post(whale, 'unstakes', '100000', key);
  expect(answer.status).toBe(201);
  const { staked, unstake } = answer.as<{
    staked: string;
    unstake: { id: string; askedAt: string; unlockAt: string };
  }>();
  expect([staked, unstake]).toEqual([
    '0',
    expect.objectContaining({ amount: '100000', status: 'unbonding', returnedAt: null }),
  ]);
  expect(Date.parse(unstake.unlockAt) - Date.parse(unstake.askedAt)).toBe(3_600_000);
  expect(await callOf(whale)).toMatchObject({ tier: 'Lv1', charge: '1' });
  expect(await read('/staking', whale)).toMatchObject({
    tier: { level: 'Lv1', staked: '0' },
    unbonding: '100000',
    unstakes: [unstake],
  });
  const repeat = await post(whale, 'unstakes', '100000', key);
  expect(repeat.headers.get('idempotent-replayed')).toBe('true');
  expect(repeat.text).toBe(answer.text);
  const other = await world.addCaller('0');
  expect(await read('/staking/unstakes', other)).toEqual({ items: [], nextCursor: null });
  expect(await read('/staking/unstakes', whale)).toMatchObject({ items: [unstake] });
});

describe('bad input', () => {
  it.each([
    ['nothing', {}],
    ['zero', { amount: '0' }],
    ['less than nothing', { amount: '-1' }],
    ['a number', { amount: 10 }],
    ['scientific notation', { amount: '1e3' }],
    ['nine decimals', { amount: '1.000000001' }],
    ['more than amounts go', { amount: '1'.padEnd(31, '0') }],
  ])('%s is refused by name', async (_, body) => {
    for (const path of ['stakes', 'unstakes']) {
      const headers = { 'idempotency-key': newId() };
      const answer = await world.api.send('POST', `/staking/${path}`, {
        key: whale.key,
        body,
        headers,
      });
      expect(answer.problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
      expect(answer.text).toContain('amount');
    }
  });

  it('what is not there, less than one LCO, no key, no right', async () => {
    expect((await post(whale, 'stakes', '1000000')).problem).toMatchObject({
      status: 422,
      code: 'INSUFFICIENT_FUNDS',
    });
    expect((await post(whale, 'stakes', '0.5')).problem).toMatchObject({
      code: 'AMOUNT_OUT_OF_RANGE',
    });
    expect((await post(whale, 'unstakes', '1')).problem).toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    });
    const body = { amount: '1' };
    const keyless = await world.api.send('POST', '/staking/stakes', { key: whale.key, body });
    expect(keyless.problem).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
    const reader = await world.addKey(whale, { scopes: ['read'] });
    const headers = { 'idempotency-key': newId() };
    const right = await world.api.send('POST', '/staking/stakes', {
      key: reader.secret,
      body,
      headers,
    });
    expect(right.problem).toMatchObject({ status: 403, code: 'SCOPE_REQUIRED' });
    const nobody = await world.api.send('POST', '/staking/unstakes', { body, headers });
    expect(nobody.status).toBe(401);
  });
});
