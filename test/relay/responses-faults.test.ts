import { setTimeout as sleep } from 'node:timers/promises';
import { APIError } from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { MockBehaviour } from '../../launch/mock-upstream/behaviour';
import { createMockUpstream } from '../../launch/mock-upstream/server';
import { until } from '../catalog/support';
import { modelId, thinkerId, useRelayWorld, type CallerWithKey } from './relay-world';

const world = useRelayWorld();

let user: CallerWithKey;
beforeEach(async () => {
  user = await world().addCaller('1');
});

const asked = { model: modelId, input: 'Hello', max_output_tokens: 50 };

interface Heard {
  readonly text: string;
  readonly ended: boolean;
  readonly error: unknown;
}

/** What the SDK makes of a stream, to its end or its error. */
async function hear(behaviour: MockBehaviour, model = modelId): Promise<Heard> {
  world().mock.behave('*', behaviour);
  let text = '';
  let ended = false;
  try {
    const stream = await user.openai.responses.create({ ...asked, model, stream: true });
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') text += event.delta;
      if (event.type === 'response.completed') ended = true;
    }
  } catch (error) {
    return { text, ended, error };
  }
  return { text, ended, error: undefined };
}

/** The user's only call, once it has ended. */
async function endedCall() {
  await world().untilIdle();
  const [row, ...others] = await world().callRows(user.id);
  if (!row || others.length > 0) throw new Error('not one call');
  return row;
}

async function expectNothingBilled(ending: string): Promise<void> {
  expect(await endedCall()).toMatchObject({ status: 'released', ending });
  expect(await world().balanceOf(user)).toBe('1');
}

function failedBy(code: string, message: string): string {
  const usage = { input_tokens: 8, output_tokens: 40 };
  const response = { status: 'failed', error: { code, message }, usage };
  return JSON.stringify({ type: 'response.failed', response });
}

/** An event by which an upstream finds fault with the request. */
const refusal = failedBy('invalid_prompt', 'Not this.');
/** One by which it says that it is at its limit. */
const limit = failedBy('rate_limit_exceeded', 'Rate limit reached. Please try again in 7s.');

const failed = JSON.stringify({
  object: 'response',
  status: 'failed',
  error: { code: 'server_error', message: 'overloaded' },
  output: [],
});

describe('before any byte of an answer', () => {
  it.each<[string, MockBehaviour, string]>([
    ['resets', { reset: true }, 'upstream_connect'],
    ['answers 500', { failStatus: 500 }, 'upstream_status'],
    ['cuts', { cutAfterChunks: 0 }, 'upstream_cut'],
    ['sends an error alone', { errorAfterChunks: 0 }, 'upstream_cut'],
    ['answers a stream with JSON', { answer: failed }, 'upstream_protocol'],
  ])('an upstream that %s is an error to the SDK and costs nothing', async (_how, how, ending) => {
    const { error } = await hear(how);
    expect(error).toMatchObject({ status: 502 });
    await expectNothingBilled(ending);
  });

  // Two events come before the output.
  it.each<[string, MockBehaviour]>([
    ['cuts', { cutAfterChunks: 2 }],
    ['ends', { cutAfterChunks: 2, cut: 'end' }],
    ['sends an error', { errorAfterChunks: 2 }],
  ])(
    'an upstream that opens and then %s costs nothing, hidden output or not',
    async (_how, how) => {
      for (const model of [thinkerId, modelId]) {
        const { error } = await hear(how, model);
        expect(error).toMatchObject({ status: 502, code: 'upstream_cut' });
      }
      await world().untilIdle();
      const released = { status: 'released', ending: 'upstream_cut' };
      expect(await world().callRows(user.id)).toMatchObject([released, released]);
      expect(await world().balanceOf(user)).toBe('1');
    },
  );

  it.each([true, false])(
    'a fault of the request that is found within the answer is told as one (stream: %p)',
    async (stream) => {
      const { response } = JSON.parse(refusal) as { response: object };
      const answer = JSON.stringify({ object: 'response', output: [], ...response });
      world().mock.behave('*', stream ? { errorAfterChunks: 2, errorData: refusal } : { answer });
      const body = { ...asked, model: thinkerId, stream };
      await expect(user.openai.responses.create(body)).rejects.toMatchObject({
        status: 400,
        code: 'invalid_prompt',
        type: 'invalid_request_error',
        error: { message: 'Not this.' },
      });
      await expectNothingBilled('upstream_status');
    },
  );

  it('a limit of the upstream is told as one, with its delay, and takes the channel out for so long', async () => {
    for (const model of [thinkerId, modelId]) {
      const { error } = await hear({ errorAfterChunks: 2, errorData: limit }, model);
      expect(error).toMatchObject({ status: 503, code: 'upstream_overloaded' });
      const { headers } = error as APIError & { headers: Headers };
      expect(headers.get('retry-after')).toBe('7');
      expect(headers.get('x-should-retry')).toBeNull();
    }
    await world().untilIdle();
    const released = { status: 'released', ending: 'upstream_status' };
    expect(await world().callRows(user.id)).toMatchObject([released, released]);
    expect(await world().balanceOf(user)).toBe('1');
    expect(await world().healthOf('mock')).toMatchObject({
      state: 'open',
      lastFailure: { kind: 'status' },
    });
  });

  it.each([true, false])(
    'another channel answers where the first is at its limit (stream: %p)',
    async (stream) => {
      const first = createMockUpstream();
      await first.listen();
      await world().addChannel('first', first.baseUrl, { priority: 1 });
      const { response } = JSON.parse(limit) as { response: object };
      const answer = JSON.stringify({ object: 'response', output: [], ...response });
      const failing = { errorAfterChunks: 2, errorData: limit, neverEnds: true };
      first.behave('*', stream ? failing : { answer });
      const body = { ...asked, stream };
      const { status, text, headers } = await world().api.send('POST', '//v1/responses', {
        key: user.key,
        body,
      });
      expect(status).toBe(200);
      expect(text).not.toContain('"failed"');
      // Nothing of the first one's answer is left in the second's.
      if (stream) expect(text.match(/response\.created/g)).toHaveLength(2);
      expect(first.requests).toHaveLength(1);
      if (stream) await until(() => first.requests[0]?.aborted ?? false);
      expect(await endedCall()).toMatchObject({ status: 'settled', ending: 'completed' });
      const receipt = await world().receiptOf(user, headers.get('x-request-id') ?? '');
      expect(receipt).toMatchObject({ channel: 'mock' });
      await world().removeChannel('first');
      await first.close();
    },
  );

  it.each<[string, MockBehaviour, string]>([
    ['failed', { answer: failed }, 'upstream_protocol'],
    ['no response', { answer: '{"object":"chat.completion","choices":[]}' }, 'upstream_protocol'],
    ['an error', { answer: '{"error":{"message":"overloaded"}}' }, 'upstream_protocol'],
    ['no JSON', { malformed: true }, 'upstream_protocol'],
    ['broken off', { cutAfterChunks: 1 }, 'upstream_cut'],
  ])('an answer in one piece that is %s costs nothing', async (_what, behaviour, ending) => {
    world().mock.behave('*', behaviour);
    await expect(user.openai.responses.create(asked)).rejects.toMatchObject({ status: 502 });
    await expectNothingBilled(ending);
  });

  it("shows the upstream's own complaint of a request", async () => {
    world().mock.behave('*', { failStatus: 400 });
    await expect(user.openai.responses.create(asked)).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
    });
    await expectNothingBilled('upstream_status');
  });
});

describe('mid-stream', () => {
  // Four events come before the text, a token each.
  it.each<[string, MockBehaviour, string]>([
    ['a reset', { cutAfterChunks: 9, cut: 'reset' }, 'upstream_cut'],
    ['an end that looks clean', { cutAfterChunks: 9, cut: 'end' }, 'upstream_cut'],
    ['an error event', { errorAfterChunks: 9 }, 'upstream_cut'],
  ])('%s makes the SDK throw, and what was delivered is billed', async (_how, how, code) => {
    const { text, ended, error } = await hear(how);
    expect({ text, ended }).toEqual({ text: 'This is a mock;', ended: false });
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ code, type: 'server_error' });
    const row = await endedCall();
    expect(row).toMatchObject({
      status: 'settled',
      ending: 'upstream_cut',
      tokenSource: 'tokenizer',
      outputTokens: 5n,
      // 8 tokens at 2 Credits a million and 5 at 8
      charge: 5_600n,
    });
    expect(await world().balanceOf(user)).toBe('0.999944');
  });

  it("ends on the wire with OpenAI's event, numbered after the last that passed", async () => {
    world().mock.behave('*', { errorAfterChunks: 9 });
    const body = { ...asked, stream: true };
    const { text } = await world().api.send('POST', '//v1/responses', { key: user.key, body });
    const last = text.trimEnd().split('\n\n').at(-1) ?? '';
    const [name, data] = last.split('\n');
    expect(name).toBe('event: error');
    expect(JSON.parse((data ?? '').slice('data: '.length))).toMatchObject({
      type: 'error',
      code: 'upstream_cut',
      message: 'The upstream broke off its answer.',
      param: null,
      sequence_number: 9,
    });
    expect(text).not.toContain('told to fail');
    expect(text).not.toContain('[DONE]');
  });

  it('a cut of a model that hides output is billed its reservation', async () => {
    const { error } = await hear({ reasoningTokens: 5, cutAfterChunks: 9 }, thinkerId);
    expect(error).toBeInstanceOf(APIError);
    const row = await endedCall();
    expect(row).toMatchObject({ status: 'settled', tokenSource: 'reservation' });
    expect(row.charge).toBe(row.reserved);
  });

  it('a fault of the request is told by the error event, and its usage billed', async () => {
    const how = { reasoningTokens: 5, errorAfterChunks: 9, errorData: refusal };
    const { error } = await hear(how, thinkerId);
    expect(error).toMatchObject({ code: 'invalid_prompt', type: 'invalid_request_error' });
    expect(await endedCall()).toMatchObject({
      status: 'settled',
      ending: 'upstream_cut',
      tokenSource: 'upstream',
      outputTokens: 40n,
    });
  });

  it('a limit of the upstream is told by the error event, and what was delivered is billed', async () => {
    const { text, error } = await hear({ errorAfterChunks: 9, errorData: limit });
    expect(text).toBe('This is a mock;');
    expect(error).toMatchObject({ code: 'upstream_overloaded' });
    expect(await endedCall()).toMatchObject({ status: 'settled', ending: 'upstream_cut' });
  });

  it('an event that is no JSON ends it', async () => {
    const { error } = await hear({ malformed: true, outputTokens: 6 });
    expect(error).toMatchObject({ code: 'upstream_error' });
    expect(await endedCall()).toMatchObject({ status: 'settled', ending: 'upstream_cut' });
  });
});

describe('without usage', () => {
  it.each([true, false])(
    'it is billed by the tokenizer, and of a model that hides output its reservation (stream: %p)',
    async (stream) => {
      const behaviour = { omitUsage: true, outputTokens: 9 };
      const call = async (model: string) => {
        world().mock.behave('*', behaviour);
        const body = { ...asked, model, stream };
        const answer = await world().api.send('POST', '//v1/responses', { key: user.key, body });
        expect(answer.status).toBe(200);
        return world().receiptOf(user, answer.headers.get('x-request-id') ?? '');
      };
      expect(await call(modelId)).toMatchObject({
        ending: 'completed',
        tokens: { input: 8, output: 9, source: 'tokenizer' },
        charge: '0.000088',
      });
      expect(await call(thinkerId)).toMatchObject({
        tokens: { output: 50, source: 'reservation' },
        charge: '0.00108',
      });
    },
  );

  it('a call of a tool is billed by its name and arguments', async () => {
    const toolCall = { name: 'weather', arguments: '{"place":"Paris"}' };
    await hear({ omitUsage: true, toolCall });
    expect(await endedCall()).toMatchObject({ tokenSource: 'tokenizer', outputTokens: 6n });
  });
});

describe('a client that leaves', () => {
  /** Reads until the text has come, and hangs up. */
  async function leaveAt(text: string, model = modelId): Promise<void> {
    const stream = await user.openai.responses.create({ ...asked, model, stream: true });
    for await (const event of stream as AsyncIterable<ResponseStreamEvent>) {
      if (event.type === 'response.output_text.delta' && event.delta === text) break;
    }
    stream.controller.abort();
  }

  it('mid-stream hangs up on the upstream, and pays what was delivered', async () => {
    world().mock.behave('*', { holdAfterChunks: 8 });
    await leaveAt(' mock');
    expect(await endedCall()).toMatchObject({
      status: 'settled',
      ending: 'client_left',
      tokenSource: 'tokenizer',
      outputTokens: 4n,
      charge: 1_600n + 4n * 800n,
    });
    await until(() => world().mock.requests[0]?.aborted ?? false);
  });

  it('mid-stream of a model that hides output pays the usage, which is waited for', async () => {
    world().mock.behave('*', { reasoningTokens: 20, outputTokens: 20, holdAfterChunks: 10 });
    await leaveAt(' mock', thinkerId);
    await sleep(100);
    world().mock.release();
    expect(await endedCall()).toMatchObject({
      ending: 'client_left',
      tokenSource: 'upstream',
      outputTokens: 40n,
    });
    expect(world().mock.requests[0]).toMatchObject({ aborted: false, finished: true });
  });
});

it('more usage than was reserved is billed the reservation', async () => {
  const { ended } = await hear({ reportedOutputTokens: 5_000 });
  expect(ended).toBe(true);
  const row = await endedCall();
  expect(row.charge).toBe(row.reserved);
});

it.each([1, 7, 100])('a stream may come in pieces of %i bytes, with comments', async (oddBytes) => {
  const { text, ended } = await hear({ oddBytes, pieces: ['é', '🙂'] });
  expect({ text, ended }).toEqual({ text: 'é🙂', ended: true });
  expect(await endedCall()).toMatchObject({ ending: 'completed', outputTokens: 2n });
});

it('another channel is tried as long as nothing was sent', async () => {
  await world().addChannel('second', world().mock.baseUrl, { priority: -1 });
  world().mock.behaveOnce({ failStatus: 500 });
  const { ended } = await hear({ outputTokens: 3 });
  expect(ended).toBe(true);
  expect(world().mock.requests).toHaveLength(2);
  await world().removeChannel('second');
});
