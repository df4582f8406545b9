import { createMockUpstream } from '../../launch/mock-upstream/server';
import type { MockBehaviour } from '../../launch/mock-upstream/behaviour';
import { hello, modelId, thinkerId, useRelayWorld, type CallerWithKey } from './relay-world';

const world = useRelayWorld();
/** Preferred to the world's own. */
const first = createMockUpstream();

let user: CallerWithKey;
beforeAll(async () => {
  await first.listen();
  await world().addChannel('first', first.baseUrl, { priority: 1, firstByteTimeoutMs: 300 });
});
beforeEach(async () => {
  user = await world().addCaller('1');
});
afterEach(() => first.reset());
afterAll(() => first.close());

function call(stream: boolean, model = modelId) {
  return world().api.send('POST', '//v1/chat/completions', {
    key: user.key,
    body: { model, messages: hello, max_tokens: 10, stream },
  });
}

async function channelOfOnlyCall(): Promise<string> {
  const { items } = (await world().api.send('GET', '/usage', { key: user.key })).as<{
    items: { channel: string }[];
  }>();
  expect(items).toHaveLength(1);
  return items[0]?.channel ?? '';
}

it('prefers the channel of the higher priority', async () => {
  await call(false);
  expect(await channelOfOnlyCall()).toBe('first');
  expect(world().mock.requests).toHaveLength(0);
});

describe.each([false, true])('stream: %p', (stream) => {
  it.each<[string, MockBehaviour]>([
    ['resets', { reset: true }],
    ['answers 500', { failStatus: 500 }],
    ['is at its limit', { failStatus: 429 }],
    ['does not take our key', { failStatus: 401 }],
    ['hangs', { hang: true }],
    ['lacks the model', { failStatus: 404 }],
    ['lacks the endpoint', { failStatus: 405 }],
    ['has not learnt it', { failStatus: 501 }],
  ])(
    'another channel answers when the first %s, and only its answer is billed',
    async (_what, behaviour) => {
      first.behave('*', behaviour);
      const answer = await call(stream);
      expect(answer.status).toBe(200);
      expect(answer.text).toMatch(/mock/);
      expect(first.requests).toHaveLength(1);
      expect(await channelOfOnlyCall()).toBe('mock');
      expect(await world().balanceOf(user)).toBe('0.999904');
    },
  );

  it('another channel answers when the first refuses connections', async () => {
    await first.refuseConnections();
    expect((await call(stream)).status).toBe(200);
    await first.acceptConnections();
    expect(await channelOfOnlyCall()).toBe('mock');
  });

  it.each<[string, MockBehaviour]>([
    ['finds fault with the request', { failStatus: 400 }],
    ['breaks off its answer', { cutAfterChunks: 3 }],
    ['redirects', { redirectTo: 'http://127.0.0.1:9/' }],
  ])('no other channel is asked when the first %s', async (_what, behaviour) => {
    first.behave('*', behaviour);
    await call(stream);
    expect(first.requests).toHaveLength(1);
    expect(world().mock.requests).toHaveLength(0);
  });

  it('the failure of the last is told when all fail', async () => {
    first.behave('*', { failStatus: 500 });
    world().mock.behave('*', { failStatus: 429 });
    const answer = await call(stream);
    expect(answer.status).toBe(503);
    expect(answer.as<{ error: object }>().error).toMatchObject({ code: 'upstream_overloaded' });
    expect(await world().balanceOf(user)).toBe('1');
  });
});

describe('what no channel serves', () => {
  const failMessage = 'The model `x` does not exist at https://internal.example/v1.';

  it.each([404, 405, 501])(
    'is 404 with the last complaint, and costs nothing (%i)',
    async (status) => {
      first.behave('*', { failStatus: 404 });
      world().mock.behave('*', { failStatus: status, failMessage });
      const answer = await call(false);
      expect(answer.status).toBe(404);
      expect(answer.as<{ error: object }>().error).toEqual({
        message: 'The model `x` does not exist at [address]',
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      });
      expect(first.requests).toHaveLength(1);
      await world().untilIdle();
      expect(await world().callRows(user.id)).toMatchObject([
        { status: 'released', ending: 'upstream_status' },
      ]);
      expect(await world().balanceOf(user)).toBe('1');
    },
  );

  it.each([true, false])(
    'is not told of where another has it and failed (the first lacks it: %p)',
    async (isFirst) => {
      const [lacking, failing] = isFirst ? [first, world().mock] : [world().mock, first];
      lacking.behave('*', { failStatus: 404 });
      failing.behave('*', { failStatus: 500 });
      const answer = await call(false);
      expect(answer.status).toBe(502);
      expect(answer.as<{ error: object }>().error).toMatchObject({ code: 'upstream_error' });
    },
  );

  it('is no reason to take a channel out, and operators see it', async () => {
    first.behave('*', { failStatus: 404 });
    for (let i = 0; i < 5; i++) expect((await call(false)).status).toBe(200);
    expect(first.requests).toHaveLength(5);
    expect(await world().healthOf('first')).toMatchObject({
      state: 'closed',
      consecutiveFailures: 0,
    });
    const metrics = await world().context.metrics.metrics();
    expect(metrics).toMatch(/failures_total\{channel="first",kind="status"\} [1-9]/);
  });
});

it('tells operators of failures that another channel made good', async () => {
  first.behave('*', { failStatus: 500 });
  await call(false);
  const metrics = await world().context.metrics.metrics();
  expect(metrics).toMatch(
    /lx_relay_upstream_failures_total\{channel="first",kind="status"\} [1-9]/,
  );
});

it('an upstream that hangs is 504 when there is no other', async () => {
  await world().addChannel('hanging', first.baseUrl, { priority: 2, firstByteTimeoutMs: 200 });
  await world().removeChannel('first');
  first.behave('*', { hang: true });
  world().mock.behave('*', { failStatus: 500 });
  // The last failure is the one that is told: now the order is turned around.
  await world().addChannel('last', first.baseUrl, { priority: -1, firstByteTimeoutMs: 200 });
  const answer = await call(false);
  expect(answer.status).toBe(504);
  expect(answer.as<{ error: object }>().error).toMatchObject({ code: 'upstream_timeout' });
  expect(await world().balanceOf(user)).toBe('1');
  await world().removeChannel('hanging');
  await world().removeChannel('last');
});

describe('a model that hides its output', () => {
  beforeAll(() =>
    world().addChannel('thinking', first.baseUrl, {
      priority: 1,
      firstByteTimeoutMs: 100,
      maxCallMs: 1_500,
      offers: [{ modelId: thinkerId, upstreamId: 'mock-reasoner', cost: null }],
    }),
  );
  afterAll(() => world().removeChannel('thinking'));

  it('is waited for in one piece beyond the first byte, for it thinks before that', async () => {
    first.behave('*', { delayFirstByteMs: 1_200 });
    expect((await call(false, thinkerId)).status).toBe(200);
    expect(await channelOfOnlyCall()).toBe('thinking');
  });

  it('is waited for no longer than a call may take, and no other channel is asked then', async () => {
    first.behave('*', { hang: true });
    const answer = await call(false, thinkerId);
    expect(answer.status).toBe(504);
    expect(world().mock.requests).toHaveLength(0);
    expect(await world().balanceOf(user)).toBe('1');
  });

  it('is to begin its stream in time', async () => {
    first.behave('*', { delayFirstByteMs: 1_200 });
    expect((await call(true, thinkerId)).status).toBe(200);
    expect(await channelOfOnlyCall()).toBe('mock');
  });
});
