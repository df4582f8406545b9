import fc from 'fast-check';
import { messagesEndpoint } from '../../launch/mock-upstream/messages';
import type { MockBehaviour } from '../../launch/mock-upstream/behaviour';
import { MessageReading, textsOfMessage } from '../../relay/messages/stream-reading';
import { createEventReader } from '../../relay/sse';
import { UpstreamError } from '../../relay/upstream/upstream-error';

const start = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'their-claude',
    content: [],
    usage: {
      input_tokens: 10,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 30,
      output_tokens: 1,
    },
  },
};
const inputTold = { input: 10, cachedInput: 20, cacheWrite: 30 };
const end = (usage: object | undefined, stop_reason: string | null = 'end_turn') => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null },
  ...(usage ? { usage } : {}),
});
const delta = (members: object) => ({ type: 'content_block_delta', index: 0, delta: members });

function reading(...events: object[]): MessageReading {
  const made = new MessageReading('claude');
  for (const event of events) made.read(JSON.stringify(event));
  return made;
}

function failureOf(read: () => unknown): UpstreamError {
  try {
    read();
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

it('names the model as the client did, in the first event alone', () => {
  const made = new MessageReading('claude');
  const event = made.read(JSON.stringify(start));
  expect(event).toMatchObject({ passage: 'opening', name: 'message_start' });
  expect(JSON.parse(event.data)).toEqual({
    ...start,
    message: { ...start.message, model: 'claude' },
  });
  const text = JSON.stringify(delta({ type: 'text_delta', text: '"model":"their-claude"' }));
  expect(made.read(text).data).toBe(text);
});

it('collects text, thinking, and the names and arguments of tools', () => {
  const made = reading(
    start,
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
    delta({ type: 'thinking_delta', thinking: 'Well. ' }),
    delta({ type: 'signature_delta', signature: 'c2ln' }),
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'text', text: 'He' } },
    delta({ type: 'text_delta', text: 'llo ' }),
    { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', name: 'look' } },
    delta({ type: 'input_json_delta', partial_json: '{"at"' }),
    delta({ type: 'input_json_delta', partial_json: ':1}' }),
  );
  expect(made.delivered).toEqual(['Well. Hello look{"at":1}']);
  const whole = [
    { type: 'thinking', thinking: 'Well. ', signature: 'c2ln' },
    { type: 'text', text: 'Hello ' },
    { type: 'tool_use', name: 'look', input: { at: 1 } },
    null,
  ];
  expect(textsOfMessage(whole)).toEqual(made.delivered);
});

it('takes the input of the first event and the output of the last', () => {
  const made = reading(start);
  expect(made.told).toBeUndefined();
  expect(made.toldInput).toMatchObject(inputTold);
  expect(made.isFinished).toBe(false);
  const last = made.read(JSON.stringify(end({ output_tokens: 7, input_tokens: null })));
  expect(last).toMatchObject({ passage: 'after settlement', name: 'message_delta' });
  expect(made).toMatchObject({ isFinished: true, isDone: false });
  expect(made.told).toEqual({ ...inputTold, output: 7 });
  expect(made.closing).toBe('event: message_stop\ndata: {"type":"message_stop"}\n\n');
  expect(made.read('{"type":"message_stop"}').passage).toBe('after settlement');
  expect(made).toMatchObject({ isDone: true, closing: '' });
});

it('lets the last figures count, and says all of it in one event', () => {
  const made = reading(start, end({ output_tokens: 7, input_tokens: 11 }));
  const last = made.read(JSON.stringify(end({ output_tokens: 9 }, null)));
  expect(made.told).toEqual({ ...inputTold, input: 11, output: 9 });
  expect(JSON.parse(last.data)).toEqual({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 9, input_tokens: 11 },
  });
});

it('knows no usage of a message that ends without any', () => {
  expect(reading(start, end(undefined)).told).toBeUndefined();
  expect(reading({ ...start, message: {} }, end({ output_tokens: 5 })).told).toBeUndefined();
});

it('tells a limit of the upstream from other errors', () => {
  const error = (type: string) =>
    failureOf(() => reading(start, { type: 'error', error: { type, message: 'Sorry' } }));
  expect(error('overloaded_error')).toMatchObject({
    kind: 'status',
    status: 529,
    retryable: true,
  });
  expect(error('rate_limit_error')).toMatchObject({ kind: 'status', status: 429 });
  expect(error('api_error')).toMatchObject({ kind: 'cut' });
});

it('tells a fault of the request, but for one of our account, with its complaint', () => {
  const fault = (message: string) => {
    const error = { type: 'invalid_request_error', message };
    return failureOf(() =>
      new MessageReading('claude').read(JSON.stringify({ type: 'error', error }), 'our key'),
    );
  };
  expect(fault('No, our key!')).toMatchObject({
    kind: 'status',
    status: 400,
    accepted: true,
    complaint: { type: 'invalid_request_error', message: 'No, [redacted]!' },
  });
  const ours = fault('Your credit balance is too low to access the Anthropic API.');
  expect(ours).toMatchObject({ kind: 'status', status: 402, complaint: undefined });
});

it('passes on what it does not know, under its name, on one line', () => {
  const made = new MessageReading('claude');
  expect(made.read('{"type":"ping"}')).toMatchObject({ passage: 'opening', name: 'ping' });
  const odd = made.read('{"type":"later_invention",\n"a":1}');
  expect(odd).toEqual({
    passage: 'now',
    name: 'later_invention',
    data: '{"type":"later_invention","a":1}',
  });
});

it.each(['', 'null', '[]', '7', '{"a":1}', '{"type":"a\\nb"}', '{"type":5}', '{"type":"mess'])(
  '%j is no event',
  (data) => {
    expect(failureOf(() => new MessageReading('claude').read(data)).kind).toBe('protocol');
  },
);

describe('whatever the bytes are split at', () => {
  const behaviours: MockBehaviour[] = [
    {},
    { pieces: ['né', ' 🙂', '\n\ndata: x'] },
    { reasoningTokens: 5, toolCall: { name: 'look', arguments: '{"at":"né 🙂"}' } },
    { cachedTokens: 3, cacheWriteTokens: 2, repeatUsage: true },
  ];
  const request = { model: 'their-claude', messages: [{ content: 'Hello, how are you?' }] };
  const wireOf = (behaviour: MockBehaviour) => {
    const events = messagesEndpoint.events?.(request, behaviour, 1) ?? [];
    return Buffer.from(
      [...events, messagesEndpoint.closing]
        .map((event) => `event: ${event?.name}\r\ndata: ${event?.data}\r\n\r\n`)
        .join(''),
    );
  };
  const read = (wire: Buffer, cuts: readonly number[]) => {
    const made = new MessageReading('claude');
    const events: unknown[] = [];
    const reader = createEventReader((data) => events.push(made.read(data)));
    const bounds = [0, ...[...cuts].sort((a, b) => a - b), wire.length];
    bounds.slice(1).forEach((bound, i) => reader.push(wire.subarray(bounds[i], bound)));
    const { told, delivered, isDone } = made;
    return { events, told, delivered, isDone };
  };

  it.each(behaviours)('in two: %j', (behaviour) => {
    const wire = wireOf(behaviour);
    const whole = read(wire, []);
    for (let cut = 1; cut < wire.length; cut++) expect(read(wire, [cut])).toEqual(whole);
  });

  it.each(behaviours)('%j', (behaviour) => {
    const wire = wireOf(behaviour);
    const whole = read(wire, []);
    expect(whole).toMatchObject({ isDone: true, told: expect.any(Object) as object });
    fc.assert(
      fc.property(fc.array(fc.nat(wire.length), { maxLength: 40 }), (cuts) => {
        expect(read(wire, cuts)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });
});
