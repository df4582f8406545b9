import fc from 'fast-check';
import { responsesEndpoint } from '../../launch/mock-upstream/responses';
import type { MockBehaviour } from '../../launch/mock-upstream/behaviour';
import { verdictOf } from '../../relay/channels/verdict';
import { isOfRequest } from '../../relay/responses/request-faults';
import { readResponses } from '../../relay/responses/responses';
import { ResponseReading } from '../../relay/responses/stream-reading';
import { createEventReader } from '../../relay/sse';
import { answerFault, UpstreamError } from '../../relay/upstream/upstream-error';
import { readResponseUsage } from '../../relay/usage';

const usage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 30, cache_write_tokens: 10 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 120,
};
const counted = { input: 60, cachedInput: 30, cacheWrite: 10, output: 20 };

function event(type: string, rest: object = {}): string {
  return JSON.stringify({ type, sequence_number: 3, ...rest });
}
function ended(type: string, told: object | null = usage): string {
  return event(type, { response: { id: 'r', model: 'mock-mini', output: [], usage: told } });
}
function thrownBy(data: string, reading = new ResponseReading('chat')): UpstreamError {
  return thrownIn(() => reading.read(data));
}
function thrownIn(read: () => unknown): UpstreamError {
  try {
    read();
  } catch (error) {
    if (error instanceof UpstreamError) return error;
  }
  throw new Error('nothing was thrown');
}

it('collects what was delivered, item by item: text, refusals, arguments, reasoning', () => {
  const reading = new ResponseReading('chat');
  const said: [string, number, string][] = [
    ['reasoning_summary_text', 0, 'Hm. '],
    ['reasoning_text', 0, 'Well.'],
    ['output_text', 1, 'Hel'],
    ['output_text', 1, 'lo'],
    ['refusal', 1, ' No.'],
    ['function_call_arguments', 2, '{"q"'],
    ['function_call_arguments', 2, ':1}'],
    ['custom_tool_call_input', 3, 'run'],
  ];
  for (const [at, name] of [
    [2, 'look_up'],
    [3, 'shell'],
  ]) {
    const item = { type: 'function_call', name, arguments: '' };
    reading.read(event('response.output_item.added', { output_index: at, item }));
  }
  for (const [kind, at, delta] of said) {
    const data = event(`response.${kind}.delta`, { output_index: at, delta });
    expect(reading.read(data)).toEqual({
      passage: 'now',
      data,
      name: `response.${kind}.delta`,
    });
  }
  expect(new Set(reading.delivered)).toEqual(
    new Set(['look_up{"q":1}', 'shellrun', 'Hm. Well.', 'Hello No.']),
  );
});

it('counts an item that came without deltas by what it is in the end', () => {
  const reading = new ResponseReading('chat');
  const item = { type: 'function_call', name: 'f', arguments: '{"a":1}' };
  reading.read(event('response.output_item.done', { output_index: 0, item }));
  expect(reading.delivered).toEqual(['f{"a":1}']);
  reading.read(event('response.output_item.done', { output_index: 0, item: { name: 'f' } }));
  expect(reading.delivered).toEqual(['f{"a":1}']);
});

it.each(['response.completed', 'response.incomplete'])(
  '%s tells the usage, waits for the settlement and is the end',
  (type) => {
    const reading = new ResponseReading('mock-mini');
    const data = ended(type);
    expect(reading.read(data)).toEqual({ passage: 'after settlement', data, name: type });
    expect(reading).toMatchObject({
      told: counted,
      isFinished: true,
      isDone: true,
      closing: '',
      nextSequence: 4,
    });
  },
);

it('takes the last usage that makes sense', () => {
  const reading = new ResponseReading('chat');
  reading.read(ended('response.in_progress', { ...usage, output_tokens: 3 }));
  expect(reading.told).toMatchObject({ output: 3 });
  expect(reading.isFinished).toBe(false);
  reading.read(ended('response.in_progress', { ...usage, output_tokens: -3 }));
  reading.read(ended('response.in_progress', null));
  expect(reading.told).toMatchObject({ output: 3 });
  reading.read(ended('response.completed'));
  expect(reading.told).toEqual(counted);
});

it("shows the model by the caller's name in what describes the response", () => {
  const reading = new ResponseReading('chat');
  const created = event('response.created', { response: { id: 'r', model: 'mock-mini' } });
  expect(reading.read(created).data).toBe(created.replace('mock-mini', 'chat'));
  const twice = event('response.created', {
    response: { model: 'm', tools: [{ parameters: { model: 'm' } }] },
  });
  expect(JSON.parse(reading.read(twice).data)).toMatchObject({
    response: { model: 'chat', tools: [{ parameters: { model: 'm' } }] },
  });
  const spaced = JSON.stringify(JSON.parse(created), null, 1);
  const { data } = reading.read(spaced);
  expect(data).not.toContain('\n');
  expect(JSON.parse(data)).toMatchObject({ response: { id: 'r', model: 'chat' } });
});

it.each([
  ['no JSON', '{"type": "response.cre', 'protocol'],
  ['no object', '"hello"', 'protocol'],
  ['an error', event('error', { code: 'server_error', message: 'overloaded' }), 'cut'],
  ['an error as of chats', '{"error":{"message":"overloaded"}}', 'cut'],
  ['a failed response', event('response.failed', { response: { error: {} } }), 'cut'],
])('an event that is %s ends the stream', (_what, data, kind) => {
  expect(thrownBy(data)).toMatchObject({ kind, accepted: true, retryable: false });
});

it.each(['response.created', 'response.queued', 'response.in_progress'])(
  '%s waits for what follows: it says nothing of the answer',
  (type) => {
    const data = event(type, { response: 'x', sequence_number: 'x' });
    expect(new ResponseReading('chat').read(data)).toEqual({
      passage: 'opening',
      data,
      name: type,
    });
  },
);

const key = 'key of the channel';
const complaint = { message: `No, [redacted]!`, type: null, param: null, code: 'invalid_prompt' };
const told = { code: 'invalid_prompt', message: `No, ${key}!` };
it.each([
  ['of a failed response', event('response.failed', { response: { error: told } }), complaint],
  ['event', event('error', { ...told, param: 'input' }), { ...complaint, param: 'input' }],
  ['as of chats', JSON.stringify({ error: told }), complaint],
])('an error %s that names the request is a refusal, with its complaint', (_what, data, its) => {
  const read = () => new ResponseReading('chat').read(data, key);
  const error = thrownIn(read);
  expect(verdictOf(error)).toEqual({ is: 'success' });
  expect(error).toMatchObject({
    kind: 'status',
    status: 400,
    accepted: true,
    retryable: false,
    complaint: its,
  });
});

it.each([
  [{ code: 'context_length_exceeded' }, true],
  [{ code: 'invalid_image' }, true],
  [{ code: 'invalid_image_format' }, true],
  [{ code: 'image_content_policy_violation' }, true],
  [{ code: 'unsupported_image_media_type' }, true],
  [{ code: 'empty_image_file' }, true],
  [{ code: null, type: 'invalid_request_error' }, true],
  [{ code: 'invalid_api_key', type: 'invalid_request_error' }, false],
  [{ code: 'server_error' }, false],
  [{ code: 'rate_limit_exceeded' }, false],
  [{ code: 'vector_store_timeout' }, false],
  [{}, false],
  [null, false],
])('of %j the request is at fault: %p', (error, isFault) => {
  expect(isOfRequest(error)).toBe(isFault);
});

it.each([
  ['rate_limit_exceeded', 'Please try again in 6.2s. Visit https://x.example.', 429, 6.2],
  ['rate_limit_exceeded', 'Please try again in 250ms.', 429, 0.25],
  ['rate_limit_exceeded', 'Slow down.', 429, undefined],
  ['server_is_overloaded', 'Sorry.', 529, undefined],
])('a failure by %s (%s) is a limit of the upstream', (code, message, status, seconds) => {
  for (const data of [
    event('response.failed', { response: { error: { code, message } } }),
    event('error', { code, message }),
  ]) {
    const error = thrownBy(data);
    expect(error).toMatchObject({ kind: 'status', status, accepted: true, retryable: true });
    expect(error.retryAfterSeconds).toBe(seconds);
    const waitMs = seconds === undefined ? null : seconds * 1_000;
    expect(verdictOf(error)).toMatchObject({ is: 'failure', kind: 'status', waitMs });
  }
});

it('takes the usage of a failed response, for its tokens were used', () => {
  const reading = new ResponseReading('chat');
  thrownBy(ended('response.failed'), reading);
  expect(reading).toMatchObject({ told: counted, isFinished: false, isDone: false });
});

it('is over, but not finished, at a [DONE] without a completed response', () => {
  const reading = new ResponseReading('chat');
  expect(reading.read('[DONE]').passage).toBe('never');
  expect(reading).toMatchObject({ isDone: true, isFinished: false });
});

it.each([
  ['{}'],
  ['{"type":7}'],
  ['{"type":"a\\nb"}'],
  ['{"type":"response.output_text.delta","delta":null}'],
  ['{"type":"response.output_item.done","item":null}'],
  ['{"type":"response.output_item.added","item":{"content":{},"summary":[null,{"text":1}]}}'],
])('passes on an event that lacks what is usual: %s', (data) => {
  const reading = new ResponseReading('chat');
  expect(reading.read(data)).toMatchObject({ passage: 'now', data });
  expect(reading.isFinished).toBe(false);
  expect(reading.delivered.join('')).toBe('');
});

it('never names an event by what would break the lines of the wire', () => {
  expect(new ResponseReading('chat').read('{"type":"a\\ndata: x"}')).not.toHaveProperty('name');
});

/** What is read of a stream's bytes, cut into pieces. */
function readAll(wire: Buffer, cuts: readonly number[]) {
  const reading = new ResponseReading('chat');
  const events: { passage: string; name?: string; data: string }[] = [];
  const reader = createEventReader((data) => {
    if (!reading.isDone) events.push(reading.read(data));
  });
  let from = 0;
  for (const cut of [...cuts, wire.length]) {
    reader.push(wire.subarray(from, cut));
    from = cut;
  }
  const { told, delivered, isFinished, isDone, nextSequence } = reading;
  return { events, told, delivered, isFinished, isDone, nextSequence };
}

function wireOf(behaviour: MockBehaviour): Buffer {
  const request = { model: 'mock-mini', input: 'Hello', stream: true, max_output_tokens: 16 };
  const events = responsesEndpoint.events?.(request, behaviour, 1) ?? [];
  return Buffer.from(
    events.map(({ name, data }) => `event: ${name}\r\ndata: ${data}\r\n\r\n`).join(''),
  );
}

const behaviours: readonly (readonly [string, MockBehaviour])[] = [
  ['text', { pieces: ['é', '🙂'], repeatUsage: true }],
  ['hidden reasoning', { reasoningTokens: 8, outputTokens: 3 }],
  ['a limit reached', { outputTokens: 20 }],
  ['a call', { toolCall: { name: 'weather', arguments: '{"place":"Zürich"}' } }],
];

it('reads the same wherever the bytes are split in two', () => {
  const wire = wireOf({ pieces: ['é', '🙂'], repeatUsage: true });
  const whole = readAll(wire, []);
  // Its ends are the same object again, so that they would show nothing new.
  const last = wire.indexOf('event: response.completed') + 200;
  for (let cut = 1; cut < last; cut++) expect(readAll(wire, [cut])).toEqual(whole);
});

it.each(behaviours)('reads the same however the bytes are split: %s', (_what, behaviour) => {
  const wire = wireOf(behaviour);
  const whole = readAll(wire, []);
  expect(whole).toMatchObject({ isFinished: true, isDone: true });
  expect(whole.events.filter(({ passage }) => passage === 'after settlement')).toHaveLength(1);
  for (const { name, data } of whole.events) expect(JSON.parse(data)).toMatchObject({ type: name });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: wire.length }), { maxLength: 40 }), (cuts) => {
      expect(
        readAll(
          wire,
          cuts.toSorted((a, b) => a - b),
        ),
      ).toEqual(whole);
    }),
    { numRuns: 50 },
  );
});

it('delivers of the mock what it says it used', () => {
  expect(readAll(wireOf({ outputTokens: 5 }), [])).toMatchObject({
    delivered: ['This is a mock;'],
    told: { output: 5 },
  });
});

const anyVariant = { size: null, quality: null, units: 1 };

describe('an answer in one piece', () => {
  const { answer: form } = readResponses({ model: 'chat', input: 'x' });
  if (form.by !== 'json') throw new Error('it is answered in one piece');
  const answer = (json: Record<string, unknown>) =>
    form.read({ headers: {}, text: JSON.stringify(json), json }, anyVariant, null);
  const message = {
    type: 'message',
    content: [
      { type: 'output_text', text: 'Hi' },
      { type: 'refusal', refusal: ' no' },
    ],
  };

  it('is read for its usage and its texts', () => {
    const output = [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] },
      message,
      { type: 'function_call', name: 'f', arguments: '{}' },
      { type: 'custom_tool_call', name: 'g', input: 'x' },
      null,
    ];
    const json = { object: 'response', status: 'completed', output, usage };
    expect(answer(json)).toEqual({ told: counted, delivered: ['Hm', 'Hi no', 'f{}', 'gx', ''] });
    expect(answer({ ...json, status: 'incomplete', usage: null }).told).toBeUndefined();
  });

  it.each([
    ['an error', { error: { message: 'overloaded' } }],
    ['a completion', { object: 'chat.completion', choices: [] }],
    ['a response without output', { object: 'response', status: 'completed' }],
    ['failed', { object: 'response', status: 'failed', output: [], error: {} }],
    ['cancelled', { object: 'response', status: 'cancelled', output: [] }],
    ['still queued', { object: 'response', status: 'queued', output: [] }],
  ])('that is %s is a failure of the upstream', (_what, json) => {
    expect(() => answer(json)).toThrow(UpstreamError);
  });

  it("an error of ours is an event of OpenAI's form, numbered after the last, that an SDK throws for", () => {
    const { answer: streamed } = readResponses({ model: 'chat', input: 'x', stream: true });
    if (streamed.by !== 'events') throw new Error('it is streamed');
    streamed
      .read()
      .read(event('response.output_text.delta', { sequence_number: 41, delta: 'x' }), null);
    const [name, data] = streamed.errorEventOf(answerFault('cut', 'secret')).trimEnd().split('\n');
    expect(name).toBe('event: error');
    const told = {
      message: 'The upstream broke off its answer.',
      param: null,
      code: 'upstream_cut',
    };
    expect(JSON.parse((data ?? '').slice('data: '.length))).toEqual({
      type: 'error',
      ...told,
      sequence_number: 42,
      error: { ...told, type: 'server_error' },
    });
  });
});

it.each([
  [
    { input_tokens: 10, output_tokens: 2 },
    { input: 10, cachedInput: 0, cacheWrite: 0, output: 2 },
  ],
  [usage, counted],
  [
    { ...usage, input_tokens: 35 },
    { input: 0, cachedInput: 30, cacheWrite: 5, output: 20 },
  ],
  [{ input_tokens: 10 }, undefined],
  [{ prompt_tokens: 10, completion_tokens: 2 }, undefined],
  [{ input_tokens: 1.5, output_tokens: 2 }, undefined],
  [null, undefined],
])('reads usage %j', (told, tokens) => {
  expect(readResponseUsage(told)).toEqual(tokens);
});
