import { until } from '../catalog/support';
import { hello, modelId, useRelayWorld, type CallerWithKey } from './relay-world';

const world = useRelayWorld();

const slots = (each: number) => ({ Lv1: each, Lv2: each, Lv3: each, Lv4: each, Whale: each });
const usualSlots = { Lv1: 5, Lv2: 50, Lv3: 50, Lv4: 100, Whale: 200 };

function call(key: string, body: Record<string, unknown> = {}) {
  return world().api.send('POST', '//v1/chat/completions', {
    key,
    body: { model: modelId, messages: hello, max_tokens: 20, ...body },
  });
}

/** 8 tokens of input at 2 Credits a million and 20 of output at 8. */
const reservation = '0.000176';

it('lets exactly ten of two hundred parallel calls through a balance for ten', async () => {
  await world().setParameter('tiers.concurrency', slots(200));
  const user = await world().addCaller('0.00176');
  const keys = await Promise.all(Array.from({ length: 4 }, () => world().addKey(user)));
  // An answer shorter than its bound: a part of each reservation comes back.
  world().mock.behave('*', { hold: true, outputTokens: 10 });
  const answers = Array.from({ length: 200 }, (_, i) => call(keys[i % 4]?.secret ?? ''));
  let answered = 0;
  for (const answer of answers) void answer.then(() => answered++);
  await world().mock.waitForRequests(10);
  while (answered < 190) await new Promise((resolve) => setTimeout(resolve, 10));

  expect(world().mock.held).toBe(10);
  expect(await world().balanceOf(user)).toBe('0');
  expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe('0.00176');
  await world().assertBooksBalance();
  world().mock.release();

  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(statuses.filter((status) => status === 402)).toHaveLength(190);
  expect(world().mock.requests).toHaveLength(10);
  // Ten times 8 tokens of input and 10 of output were used.
  expect(await world().balanceOf(user)).toBe('0.0008');
  expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe('0');
  await world().setParameter('tiers.concurrency', usualSlots);
});

it('refuses the sixth call at once at Lv1 with 429, and takes it once another has ended', async () => {
  const user = await world().addCaller('1');
  world().mock.behave('*', { hold: true });
  const held = [];
  for (let i = 1; i <= 5; i++) {
    held.push(call(user.key, { stream: i % 2 === 0 }));
    await world().mock.waitForRequests(i);
  }
  const sixth = await call(user.key);
  expect(sixth.status).toBe(429);
  expect(sixth.as<{ error: object }>().error).toMatchObject({ code: 'rate_limit_exceeded' });
  expect(sixth.headers.get('retry-after')).toBe('1');
  expect(sixth.headers.get('x-should-retry')).toBeNull();

  world().mock.release(1);
  await Promise.race(held);
  world().mock.behave('*', {});
  expect((await call(user.key)).status).toBe(200);
  world().mock.release();
  for (const answer of await Promise.all(held)) expect(answer.status).toBe(200);
});

it('shortens an answer to what the funds afford, and says so', async () => {
  // 8 tokens of input and 17 of output
  const user = await world().addCaller('0.000152');
  const answer = await call(user.key, { max_tokens: 1_000 });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-lx-clamped-max-tokens')).toBe('17');
  expect(world().mock.requests[0]?.body.max_tokens).toBe(17);
  expect(await world().balanceOf(user)).toBe('0');

  const poor = await world().addCaller('0.000143');
  const refused = await call(poor.key, { max_tokens: 1_000 });
  expect(refused.status).toBe(402);
  expect((await call(poor.key, { max_tokens: 15 })).status).toBe(200);
});

describe('a key with a cap', () => {
  let user: CallerWithKey;
  beforeEach(async () => {
    user = await world().addCaller('1');
  });

  it('lets calls at once reserve no more than its cap together', async () => {
    const key = await world().addKey(user, { spendCap: '0.0004' });
    world().mock.behave('*', { hold: true });
    const first = call(key.secret);
    const second = call(key.secret);
    await world().mock.waitForRequests(2);
    const third = await call(key.secret);
    expect(third.status).toBe(402);
    expect(third.as<{ error: object }>().error).toMatchObject({ code: 'api_key_cap_exceeded' });
    world().mock.release();
    await Promise.all([first, second]);
    expect(await world().balanceOf(user)).toBe('0.999648');
  });

  it('of two calls takes two of 200 at once', async () => {
    await world().setParameter('tiers.concurrency', slots(200));
    const key = await world().addKey(user, { spendCap: '0.0004' });
    world().mock.behave('*', { hold: true });
    const answers = Array.from({ length: 200 }, () => call(key.secret));
    await world().mock.waitForRequests(2);
    await until(async () => (await world().callRows(user.id)).length === 2);
    world().mock.release();
    const codes = (await Promise.all(answers)).map(({ status }) => status);
    expect(codes.filter((status) => status === 200)).toHaveLength(2);
    expect(codes.filter((status) => status === 402)).toHaveLength(198);
    expect(await world().balanceOf(user)).toBe('0.999648');
    await world().setParameter('tiers.concurrency', usualSlots);
  });
});

it(`reserves ${reservation} Credits for the call that these tests make`, async () => {
  const user = await world().addCaller('1');
  world().mock.behave('*', { hold: true });
  const answer = call(user.key);
  await world().mock.waitForRequests(1);
  expect(await world().balanceOf(user, 'CREDIT', 'relay')).toBe(reservation);
  world().mock.release();
  await answer;
});

it('takes small bodies without a length for what they are, five at once', async () => {
  const user = await world().addCaller('1');
  world().mock.behave('*', { hold: true });
  const text = JSON.stringify({ model: modelId, messages: hello, max_tokens: 20 });
  const answers = [];
  for (let i = 1; i <= 5; i++) {
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${user.key}`, 'content-type': 'application/json' },
      body: new Blob([text]).stream(),
      duplex: 'half' as const,
    };
    answers.push(fetch(`${world().api.url}/v1/chat/completions`, init));
    await world().mock.waitForRequests(i);
  }
  world().mock.release();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(5).fill(200));
});

it('refuses a frozen caller before the body is read', async () => {
  const user = await world().addCaller('1');
  await world().freeze(user);
  // Whoever read it would say that it is no JSON.
  const refused = await world().api.send('POST', '//v1/chat/completions', {
    key: user.key,
    headers: { 'content-type': 'application/json' },
    body: '{',
  });
  expect(refused.status).toBe(403);
  expect(refused.as<{ error: object }>().error).toMatchObject({
    message: 'This account is frozen.',
  });
});
