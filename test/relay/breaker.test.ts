// Breakers as callers and operators meet them: three channels, of which some are broken for a while.
import { createMockUpstream } from '../../launch/mock-upstream/server';
import type { MockBehaviour } from '../../launch/mock-upstream/behaviour';
import { longestOpenMs } from '../../relay/channels/circuit-breaker';
import { createLogger } from '../../services/logger';
import { until } from '../catalog/support';
import {
  hello,
  modelId,
  upstreamKey,
  useRelayWorld,
  type CallerWithKey,
  type ChannelHealth,
} from './relay-world';

const firstByteTimeoutMs = 300;

let now = Date.parse('2026-01-01T00:00:00Z');
const logger = createLogger('api', 'silent');
const world = useRelayWorld({ overrides: { logger, breakerClock: () => now } });
/** Preferred to `second`, and that to the world's own. */
const first = createMockUpstream();
const second = createMockUpstream();

let user: CallerWithKey;
beforeAll(async () => {
  for (const upstream of [first, second]) await upstream.listen();
  await world().addChannel('first', first.baseUrl, { priority: 2, firstByteTimeoutMs });
  await world().addChannel('second', second.baseUrl, { priority: 1, firstByteTimeoutMs });
  const each = 200;
  await world().setParameter('tiers.concurrency', {
    Lv1: each,
    Lv2: each,
    Lv3: each,
    Lv4: each,
    Whale: each,
  });
});
beforeEach(async () => {
  countsBefore = [0, 0, 0];
  user = await world().addCaller('10');
});
afterEach(() => {
  for (const upstream of [first, second]) upstream.reset();
  jest.restoreAllMocks();
});
afterAll(() => Promise.all([first.close(), second.close()]));

function call(stream = false) {
  return world().api.send('POST', '//v1/chat/completions', {
    key: user.key,
    body: { model: modelId, messages: hello, max_tokens: 10, stream },
  });
}

async function callWell(times: number, stream = false): Promise<void> {
  for (let i = 0; i < times; i++) {
    const answer = await call(stream);
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 200 });
  }
}

const counts = () => [first, second, world().mock].map(({ requests }) => requests.length);
let countsBefore = [0, 0, 0];
/** Requests that `first`, `second` and `mock` got since `forgetRequests`. */
const asked = () => counts().map((count, i) => count - (countsBefore[i] ?? 0));
const forgetRequests = () => {
  countsBefore = counts();
};

async function states(): Promise<(string | undefined)[]> {
  const healths: (ChannelHealth | null)[] = [];
  for (const name of ['first', 'second', 'mock']) healths.push(await world().healthOf(name));
  return healths.map((health) => health?.state);
}

describe.each([false, true])('stream: %p', (stream) => {
  it('of three channels one hangs and one answers 500: every call succeeds, and soon only the third is tried', async () => {
    first.behave('*', { hang: true });
    second.behave('*', { failStatus: 500 });
    await callWell(10, stream);
    expect(asked()).toEqual([3, 3, 10]);
    expect(await states()).toEqual(['open', 'open', 'closed']);
    const startedAt = performance.now();
    await callWell(3, stream);
    expect(performance.now() - startedAt).toBeLessThan(3 * firstByteTimeoutMs);
  });

  it('what works again comes back by itself, and is preferred again', async () => {
    first.behave('*', { reset: true });
    second.behave('*', { failStatus: 500 });
    await callWell(3, stream);
    // Not yet: each is asked once, by a probe, and waits for longer.
    now += longestOpenMs;
    forgetRequests();
    await callWell(3, stream);
    expect(asked()).toEqual([1, 1, 3]);
    first.reset();
    now += longestOpenMs;
    forgetRequests();
    await callWell(3, stream);
    expect(asked()).toEqual([3, 0, 0]);
    expect(await states()).toEqual(['closed', 'half_open', 'closed']);
  });

  it('when all are broken calls are tried all the same, and the first success brings a channel back', async () => {
    for (const upstream of [first, second, world().mock]) {
      upstream.behave('*', { failStatus: 500 });
    }
    for (let i = 0; i < 3; i++) expect((await call(stream)).status).toBe(502);
    expect(await states()).toEqual(['open', 'open', 'open']);
    forgetRequests();
    expect((await call(stream)).status).toBe(502);
    expect(asked()).toEqual([1, 1, 1]);
    second.reset();
    await callWell(1, stream);
    expect(await states()).toEqual(['open', 'closed', 'open']);
    forgetRequests();
    await callWell(3, stream);
    expect(asked()).toEqual([0, 3, 0]);
  });

  it('of a hundred calls at once one is the probe', async () => {
    first.behave('*', { failStatus: 500 });
    await callWell(3, stream);
    now += longestOpenMs;
    await world().change('first', { firstByteTimeoutMs: 30_000 });
    first.behave('*', { hold: true });
    forgetRequests();
    const answers = Array.from({ length: 100 }, () => call(stream));
    let ended = 0;
    for (const answer of answers) void answer.then(() => ended++);
    await until(() => ended === 99);
    expect(asked()).toEqual([1, 99, 0]);
    expect(await states()).toEqual(['half_open', 'closed', 'closed']);
    first.release();
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
    expect(await states()).toEqual(['closed', 'closed', 'closed']);
    await world().change('first', { firstByteTimeoutMs });
  });
});

it('when all hang a call waits for one of them alone, and the next for another', async () => {
  for (const upstream of [first, second, world().mock]) upstream.behave('*', { failStatus: 500 });
  for (let i = 0; i < 3; i++) await call();
  for (const upstream of [first, second, world().mock]) upstream.behave('*', { hang: true });
  forgetRequests();
  await world().change('mock', { firstByteTimeoutMs });
  for (let i = 0; i < 3; i++) {
    now += 1_000;
    expect((await call()).status).toBe(504);
  }
  expect(asked()).toEqual([1, 1, 1]);
  await world().change('mock', { firstByteTimeoutMs: 120_000 });
});

it('a stream that breaks off counts, though no other channel can make it good', async () => {
  first.behave('*', { cutAfterChunks: 3 });
  for (let i = 0; i < 3; i++) await call(true);
  expect(await world().healthOf('first')).toMatchObject({
    state: 'open',
    lastFailure: { kind: 'cut' },
  });
  await callWell(2, true);
  expect(asked()).toEqual([3, 2, 0]);
});

it('a client that leaves its probe gives the place to the next call', async () => {
  first.behave('*', { failStatus: 500 });
  await callWell(3);
  now += longestOpenMs;
  forgetRequests();
  first.behave('*', { holdAfterChunks: 2 });
  const stream = await user.openai.chat.completions.create({
    model: modelId,
    messages: hello,
    stream: true,
  });
  await callWell(1);
  expect(asked()).toEqual([1, 1, 0]);
  stream.controller.abort();
  await world().untilIdle();
  first.behave('*', {});
  await callWell(1);
  expect(asked()).toEqual([2, 1, 0]);
  expect(await world().healthOf('first')).toMatchObject({ state: 'closed' });
});

it('requests at fault and 429 with a time', async () => {
  first.behave('*', { failStatus: 400 });
  for (let i = 0; i < 5; i++) expect((await call()).status).toBe(400);
  expect(await world().healthOf('first')).toMatchObject({ state: 'closed', lastFailure: null });
  first.behave('*', { failStatus: 429, retryAfterSeconds: 7 });
  await callWell(1);
  expect(await world().healthOf('first')).toMatchObject({
    state: 'open',
    retryAt: new Date(now + 7_000).toISOString(),
  });
});

describe('operators', () => {
  const broken: MockBehaviour = {
    answer: `{"error":{"message":"Bearer ${upstreamKey} at http://10.0.0.1/ is over its quota"}}`,
  };

  it('are told the health of each channel by this process, and no keys', async () => {
    await callWell(1);
    const lastSuccessAt = new Date(now).toISOString();
    first.behave('*', broken);
    now += 1_000;
    for (let i = 0; i < 3; i++) expect((await call()).status).toBe(502);
    const at = new Date(now).toISOString();
    const health = await world().healthOf('first');
    expect(health).toEqual({
      state: 'open',
      since: at,
      consecutiveFailures: 3,
      lastFailure: {
        at,
        kind: 'protocol',
        message:
          'its answer is no completion: {"error":{"message":"[redacted] at [address] is over its quota"}}',
      },
      lastSuccessAt,
      retryAt: expect.any(String) as string,
    });
    const { key } = await world().api.appoint();
    const list = await world().api.send('GET', '/admin/channels', { key });
    const { items } = list.as<{ items: { name: string; health: ChannelHealth | null }[] }>();
    expect(items.find(({ name }) => name === 'first')?.health).toEqual(health);
  });

  it('see states and openings in the metrics, and an opening and a closing once each in the log', async () => {
    const warn = jest.spyOn(logger, 'warn');
    const info = jest.spyOn(logger, 'info');
    const said = (spy: typeof warn) =>
      spy.mock.calls.filter(([, message]) => /^a channel is/.test(String(message)));
    first.behave('*', { failStatus: 500 });
    const openingsBefore = await metric('lx_relay_breaker_openings_total{channel="first"}');
    await callWell(5);
    expect(await metric('lx_relay_breaker_state{channel="first"}')).toBe(2);
    now += longestOpenMs;
    expect(await metric('lx_relay_breaker_state{channel="first"}')).toBe(1);
    await callWell(2);
    expect(said(warn)).toMatchObject([
      [{ channel: 'first', failure: 'status' }, 'a channel is taken out'],
    ]);
    first.reset();
    now += longestOpenMs;
    await callWell(2);
    expect(said(info)).toEqual([[{ channel: 'first' }, 'a channel is back']]);
    expect(await metric('lx_relay_breaker_state{channel="first"}')).toBe(0);
    const openings = await metric('lx_relay_breaker_openings_total{channel="first"}');
    expect(openings - openingsBefore).toBe(1);
  });

  async function metric(name: string): Promise<number> {
    const text = await world().context.metrics.metrics();
    const line = text.split('\n').find((found) => found.startsWith(`${name} `));
    return Number(line?.slice(name.length) ?? 0);
  }

  it('begin anew with a channel by another key or address, not by another weight', async () => {
    first.behave('*', { failStatus: 401 });
    await callWell(3);
    await world().change('first', { weight: 7 });
    expect(await world().healthOf('first')).toMatchObject({ state: 'open' });
    await world().change('first', { apiKey: 'sk-another-0123456789' });
    expect(await world().healthOf('first')).toMatchObject({ state: 'closed', lastFailure: null });
    first.reset();
    await callWell(1);
    expect(asked()).toEqual([1, 3, 0]);
    await world().change('first', { baseUrl: `${first.baseUrl}/` });
  });

  it('hear nothing of a channel that is disabled, and begin anew once it is enabled', async () => {
    first.behave('*', { failStatus: 500 });
    await callWell(3);
    await world().takeOut('first', { enabled: false });
    expect(await world().healthOf('first')).toBeNull();
    await world().change('first', { enabled: true });
    expect(await world().healthOf('first')).toMatchObject({ state: 'closed' });
  });
});
