// What goes wrong with messages: at the upstream, on the way, and before they are calls at all.
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import type { Answer } from '../api/harness';
import type { MockBehaviour } from '../../launch/mock-upstream/behaviour';
import { createMockUpstream } from '../../launch/mock-upstream/server';
import {
  claudeId,
  hello,
  upstreamKey,
  useRelayWorld,
  type CallerWithKey,
  type Receipt,
} from './relay-world';

const world = useRelayWorld();

let user: CallerWithKey;
beforeEach(async () => {
  user = await world().addCaller('1');
});

function call(over: object = {}, path = '/messages'): Promise<Answer> {
  const body = { model: claudeId, messages: hello, max_tokens: 50, ...over };
  return world().api.send('POST', `//v1${path}`, { headers: { 'x-api-key': user.key }, body });
}

function errorOf(answer: Answer, status: number): { type: string; message: string } {
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
  const body = answer.as<{ type: string; error: { type: string; message: string } }>();
  const requestId = answer.headers.get('request-id');
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.headers.get('x-request-id')).toBe(requestId);
  expect(body).toMatchObject({ type: 'error', request_id: requestId });
  return body.error;
}

const receiptOf = (answer: Answer): Promise<Receipt> =>
  world().receiptOf(user, answer.headers.get('request-id') ?? '');

async function expectNothingBilled(): Promise<void> {
  await world().untilIdle();
  expect(await world().callRows(user.id)).toMatchObject([{ status: 'released' }]);
  expect(await world().balanceOf(user)).toBe('1');
}

async function expectBilled(receipt: Receipt): Promise<void> {
  const [row] = await world().callRows(user.id);
  const left = 100_000_000n - (row?.charge ?? 0n);
  expect(await world().balanceOf(user)).toBe(
    `0.${left.toString().padStart(8, '0').replace(/0+$/, '')}`,
  );
  expect(Number(receipt.charge)).toBe(Number(row?.charge) / 1e8);
}

describe.each([false, true])('an upstream that fails before any byte (stream: %p)', (stream) => {
  it.each<[string, MockBehaviour, number, string]>([
    ['resets', { reset: true }, 502, 'api_error'],
    ['answers 500', { failStatus: 500 }, 502, 'api_error'],
    ['is overloaded', { failStatus: 529 }, 529, 'overloaded_error'],
    ['is at its limit', { failStatus: 429, retryAfterSeconds: 2 }, 529, 'overloaded_error'],
    ['does not take our key', { failStatus: 401 }, 502, 'api_error'],
  ])('%s: nothing is billed', async (_what, behaviour, status, type) => {
    world().mock.behave('*', behaviour);
    const answer = await call({ stream });
    expect(errorOf(answer, status).type).toBe(type);
    expect(answer.text).not.toContain(upstreamKey);
    await expectNothingBilled();
  });

  it('finds fault with the request: the caller is told what, in its words', async () => {
    world().mock.behave('*', { failStatus: 400 });
    expect(errorOf(await call({ stream }), 400)).toEqual({
      type: 'invalid_request_error',
      message: 'The mock upstream was told to fail with 400.',
    });
    await expectNothingBilled();
  });
});

describe('an upstream that fails after it has begun, and before it has said anything', () => {
  const thinking = { type: 'adaptive' };
  const refusal = JSON.stringify({
    type: 'error',
    error: { type: 'invalid_request_error', message: 'Not this.' },
  });

  // A start and a ping come before the first block.
  it.each<[string, MockBehaviour, number, string]>([
    ['cuts', { cutAfterChunks: 2 }, 502, 'api_error'],
    ['ends', { cutAfterChunks: 1, cut: 'end' }, 502, 'api_error'],
    ['is overloaded', { errorAfterChunks: 2 }, 529, 'overloaded_error'],
    [
      'is at its limit',
      { errorAfterChunks: 2, errorData: '{"type":"error","error":{"type":"rate_limit_error"}}' },
      529,
      'overloaded_error',
    ],
  ])('%s: nothing is billed', async (_what, behaviour, status, type) => {
    world().mock.behave('*', behaviour);
    expect(errorOf(await call({ stream: true, thinking }), status).type).toBe(type);
    await expectNothingBilled();
  });

  it.each([true, false])('finds fault with the request (stream: %p)', async (stream) => {
    const behaviour = stream ? { errorAfterChunks: 2, errorData: refusal } : { answer: refusal };
    world().mock.behave('*', behaviour);
    expect(errorOf(await call({ stream, thinking }), 400)).toEqual({
      type: 'invalid_request_error',
      message: 'Not this.',
    });
    await expectNothingBilled();
  });

  it('costs nothing either where the client has left meanwhile', async () => {
    world().mock.behave('*', { holdAfterChunks: 2, cutAfterChunks: 2 });
    const controller = new AbortController();
    const left = fetch(`${world().api.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': user.key },
      body: JSON.stringify({
        model: claudeId,
        messages: hello,
        max_tokens: 50,
        stream: true,
        thinking,
      }),
      signal: controller.signal,
    });
    await world().mock.waitForRequests(1);
    await sleep(100);
    controller.abort();
    await expect(left).rejects.toThrow();
    await sleep(100);
    world().mock.release();
    await expectNothingBilled();
  });
});

it.each([['{"type":"error","error":{"type":"api_error","message":"no"}}'], ['[]'], ['{}']])(
  'an answer that is no message is 502: %s',
  async (answer) => {
    world().mock.behave('*', { answer });
    expect(errorOf(await call(), 502).type).toBe('api_error');
    await expectNothingBilled();
  },
);

it('an answer in one piece that is a limit of the upstream is told as one', async () => {
  world().mock.behave('*', { answer: '{"type":"error","error":{"type":"overloaded_error"}}' });
  expect(errorOf(await call(), 529).type).toBe('overloaded_error');
  await expectNothingBilled();
});

it('a message without usage is counted by us', async () => {
  world().mock.behave('*', { omitUsage: true, outputTokens: 10 });
  for (const stream of [false, true]) {
    const answer = await call({ stream });
    expect(answer.status).toBe(200);
    expect((await receiptOf(answer)).tokens).toMatchObject({ output: 10, source: 'tokenizer' });
  }
});

it('thinking without usage is billed its reservation', async () => {
  world().mock.behave('*', { omitUsage: true, outputTokens: 10 });
  const answer = await call({ stream: true, thinking: { type: 'adaptive' } });
  const receipt = await receiptOf(answer);
  expect(receipt.tokens).toMatchObject({ source: 'reservation' });
  await expectBilled(receipt);
});

describe('an upstream that fails within a stream', () => {
  it.each<[string, MockBehaviour, string]>([
    ['breaks off', { cutAfterChunks: 6, cut: 'reset' }, 'api_error'],
    ['ends without an end', { cutAfterChunks: 6, cut: 'end' }, 'api_error'],
    ['says that it is overloaded', { errorAfterChunks: 6 }, 'overloaded_error'],
  ])(
    '%s: what was delivered is billed, and an error event ends it',
    async (_what, behaviour, type) => {
      world().mock.behave('*', behaviour);
      const answer = await call({ stream: true });
      expect(answer.status).toBe(200);
      const last = answer.text.trimEnd().split('\n\n').at(-1) ?? '';
      expect(last).toMatch(/^event: error\ndata: /);
      expect(JSON.parse(last.slice(last.indexOf('{')))).toEqual({
        type: 'error',
        error: { type, message: expect.any(String) as string },
        request_id: answer.headers.get('request-id'),
      });
      expect(answer.text).not.toContain('message_stop');
      const receipt = await receiptOf(answer);
      // The start, a ping, the block's start and three pieces; the input as the upstream told it.
      expect(receipt).toMatchObject({
        ending: 'upstream_cut',
        tokens: { input: 8, output: 3, source: 'tokenizer' },
        charge: '0.000069',
      });
      await expectBilled(receipt);
    },
  );

  // The start, a ping, the block's start and a piece of the thinking.
  it('thinking that was cut off before its usage is billed its reservation', async () => {
    world().mock.behave('*', { cutAfterChunks: 4 });
    const receipt = await receiptOf(await call({ stream: true, thinking: { type: 'adaptive' } }));
    expect(receipt).toMatchObject({
      ending: 'upstream_cut',
      tokens: { output: 50, source: 'reservation' },
    });
    const [row] = await world().callRows(user.id);
    expect(row?.charge).toBe(row?.reserved);
    await expectBilled(receipt);
  });

  it('is an APIError to the SDK', async () => {
    world().mock.behave('*', { errorAfterChunks: 6 });
    const stream = await user.anthropic.messages.create({
      model: claudeId,
      messages: hello,
      max_tokens: 50,
      stream: true,
    });
    const read = async () => {
      for await (const _event of stream);
    };
    await expect(read()).rejects.toMatchObject({ type: 'overloaded_error' });
    await expect(read()).rejects.toBeInstanceOf(Anthropic.AnthropicError);
  });

  it('makes no event of what is none', async () => {
    world().mock.behave('*', { malformed: true });
    const answer = await call({ stream: true });
    expect(answer.text).toMatch(/event: error\n/);
    expect((await receiptOf(answer)).ending).toBe('upstream_cut');
  });

  it('lacks no more than its last event: the message is whole', async () => {
    world().mock.behave('*', { outputTokens: 5, cutAfterChunks: 10, cut: 'end' });
    const answer = await call({ stream: true });
    expect(answer.text).toMatch(/event: message_delta\n.*\n\nevent: message_stop\n.*\n\n$/);
    expect(await receiptOf(answer)).toMatchObject({
      ending: 'completed',
      tokens: { output: 5, source: 'upstream' },
    });
  });
});

describe('a client that leaves within a stream', () => {
  /** Reads until the text is there, and goes. */
  async function leaveAfter(text: string, over: object = {}): Promise<void> {
    const controller = new AbortController();
    const answer = await fetch(`${world().api.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': user.key },
      body: JSON.stringify({
        model: claudeId,
        messages: hello,
        max_tokens: 2_000,
        stream: true,
        ...over,
      }),
      signal: controller.signal,
    });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    let seen = '';
    while (!seen.includes(text)) seen += Buffer.from((await reader.read()).value ?? []).toString();
    controller.abort();
    await sleep(100);
  }

  it('is hung up on, and billed for what was delivered', async () => {
    world().mock.behave('*', { holdAfterChunks: 7 });
    await leaveAfter(' mock');
    await world().untilIdle();
    expect(await world().callRows(user.id)).toMatchObject([
      {
        status: 'settled',
        ending: 'client_left',
        tokenSource: 'tokenizer',
        outputTokens: 4n,
        // 8 tokens at 3 Credits a million and 4 at 15
        charge: 2_400n + 4n * 1_500n,
      },
    ]);
    expect(world().mock.requests[0]?.aborted).toBe(true);
  });

  it('while the model thinks: the upstream’s own count is waited for', async () => {
    world().mock.behave('*', { reasoningTokens: 60, outputTokens: 20, holdAfterChunks: 4 });
    await leaveAfter('Mock', { thinking: { type: 'adaptive' } });
    world().mock.release();
    await world().untilIdle();
    expect(await world().callRows(user.id)).toMatchObject([
      { ending: 'client_left', tokenSource: 'upstream', outputTokens: 80n },
    ]);
    expect(world().mock.requests[0]).toMatchObject({ aborted: false, finished: true });
  });
});

describe('two channels', () => {
  /** Preferred to the world's own. */
  const first = createMockUpstream();
  beforeAll(async () => {
    await first.listen();
    await world().addChannel('first', first.baseUrl, {
      kind: 'anthropic',
      priority: 1,
      offers: [{ modelId: claudeId, upstreamId: 'mock-mini', cost: null }],
    });
  });
  afterEach(() => first.reset());
  afterAll(async () => {
    await world().removeChannel('first');
    await first.close();
  });

  it.each<[string, MockBehaviour]>([
    ['is overloaded', { failStatus: 529 }],
    ['resets', { reset: true }],
    ['does not take our key', { failStatus: 401 }],
  ])('the second answers when the first %s', async (_what, behaviour) => {
    first.behave('*', behaviour);
    for (const stream of [false, true]) {
      const answer = await call({ stream });
      expect(answer.status).toBe(200);
      expect((await receiptOf(answer)).channel).toBe('claude');
    }
    const counted = await call({ max_tokens: undefined }, '/messages/count_tokens');
    expect(counted.json).toEqual({ input_tokens: 8 });
    expect(first.requests).toHaveLength(3);
  });

  it('the second answers a stream when the first is overloaded before it has said anything', async () => {
    first.behave('*', { errorAfterChunks: 2 });
    const answer = await call({ stream: true });
    expect(answer.status).toBe(200);
    expect(answer.text.match(/event: message_start/g)).toHaveLength(1);
    expect((await receiptOf(answer)).channel).toBe('claude');
    first.behave('*', { errorAfterChunks: 3 });
    expect((await call({ stream: true })).text).toContain('overloaded_error');
    expect(world().mock.requests).toHaveLength(1);
  });

  it('the second answers when our account with the first is empty', async () => {
    const message = 'Your credit balance is too low to access the Anthropic API.';
    first.behave('*', { failStatus: 400, failMessage: message });
    expect((await receiptOf(await call())).channel).toBe('claude');
    world().mock.behave('*', { failStatus: 400, failMessage: message });
    const answer = await call();
    expect(errorOf(answer, 502)).toEqual({ type: 'api_error', message: 'The upstream failed.' });
  });

  it('the second answers when the first lacks the model, and 404 is told when both do', async () => {
    first.behave('*', { failStatus: 404 });
    expect((await receiptOf(await call())).channel).toBe('claude');
    world().mock.behave('*', { failStatus: 404, failMessage: 'model: claude-9' });
    const told = { type: 'not_found_error', message: 'model: claude-9' };
    expect(errorOf(await call(), 404)).toEqual(told);
    const counted = await call({ max_tokens: undefined }, '/messages/count_tokens');
    expect(errorOf(counted, 404)).toEqual(told);
  });

  it('a fault of the request is told by the first', async () => {
    first.behave('*', { failStatus: 400 });
    errorOf(await call(), 400);
    expect(world().mock.requests).toHaveLength(0);
  });
});

describe('what is refused before it is a call, in the same shape', () => {
  const send = (method: string, path: string, options: object = {}) =>
    world().api.send(method, `//v1${path}`, { headers: { 'x-api-key': user.key }, ...options });

  it('without a key', async () => {
    const answer = await world().api.send('POST', '//v1/messages', { body: {} });
    expect(errorOf(answer, 401).type).toBe('authentication_error');
  });

  it('what is no JSON', async () => {
    const answer = await send('POST', '/messages', { body: '{"model": ' });
    expect(errorOf(answer, 400).type).toBe('invalid_request_error');
  });

  it('what is too large', async () => {
    const answer = await send('POST', '/messages', { body: 'x'.repeat(33 * 1024 * 1024) });
    expect(errorOf(answer, 413).type).toBe('request_too_large');
  });

  it('the frozen', async () => {
    await world().freeze(user);
    expect(errorOf(await call(), 403).type).toBe('permission_error');
  });

  it.each([
    ['GET', '/messages'],
    ['POST', '/messages/batches'],
    ['GET', '/messages/batches/msgbatch_1'],
  ])('%s %s', async (method, path) => {
    expect(errorOf(await send(method, path), 404).type).toBe('not_found_error');
  });

  it('and other paths keep theirs', async () => {
    const answer = await send('POST', '/messagesx');
    expect(Object.keys(answer.as<object>())).toEqual(['error']);
    expect(answer.headers.get('request-id')).toBeNull();
  });
});
