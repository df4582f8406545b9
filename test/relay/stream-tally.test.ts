import { readChoices, StreamTally } from '../../relay/chat/stream-tally';
import { UpstreamError } from '../../relay/upstream/upstream-error';
import { readChatUsage } from '../../relay/usage';

const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 10 },
};
const counted = { input: 60, cachedInput: 30, cacheWrite: 10, output: 20 };

function said(delta: object, rest: object = {}): string {
  return JSON.stringify({ id: 'x', choices: [{ index: 0, delta, ...rest }] });
}

it('collects what was delivered, choice by choice, tool calls and refusals included', () => {
  const tally = new StreamTally(2, false, 'chat');
  tally.read(said({ role: 'assistant', content: 'Hel' }));
  tally.read(said({ content: 'lo' }));
  tally.read(JSON.stringify({ choices: [{ index: 1, delta: { refusal: 'No' } }] }));
  const call = { index: 0, function: { name: 'look_up', arguments: '{"q"' } };
  tally.read(said({ tool_calls: [call] }));
  tally.read(said({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }));
  expect(tally.delivered).toEqual(['Hellolook_up{"q":1}', 'No']);
});

it('is finished once every choice is, or when it is said', () => {
  const tally = new StreamTally(2, false, 'chat');
  tally.read(said({}, { finish_reason: 'stop' }));
  tally.read(said({}, { finish_reason: 'stop' }));
  expect(tally.isFinished).toBe(false);
  tally.read(JSON.stringify({ choices: [{ index: 1, delta: {}, finish_reason: 'length' }] }));
  expect(tally.isFinished).toBe(true);
  const short = new StreamTally(1, false, 'chat');
  expect(short.read('[DONE]').passage).toBe('never');
  expect(short).toMatchObject({ isDone: true, isFinished: true });
});

it('keeps the usage from a client that did not ask, and holds it for one that did', () => {
  const last = JSON.stringify({ choices: [], usage });
  const silent = new StreamTally(1, false, 'chat');
  expect(silent.read(last).passage).toBe('never');
  expect(silent.told).toEqual(counted);
  const asked = new StreamTally(1, true, 'chat');
  expect(asked.read(last)).toEqual({ passage: 'after settlement', data: last });

  // Some upstreams put it beside the last words.
  const beside = JSON.stringify({ choices: [{ index: 0, delta: { content: '!' } }], usage });
  const event = new StreamTally(1, false, 'chat').read(beside);
  expect(event.passage).toBe('now');
  expect(JSON.parse(event.data)).toEqual({ choices: [{ index: 0, delta: { content: '!' } }] });
});

it('takes the last usage that makes sense', () => {
  const tally = new StreamTally(1, false, 'chat');
  tally.read(JSON.stringify({ choices: [], usage: { ...usage, completion_tokens: 5 } }));
  tally.read(JSON.stringify({ choices: [], usage }));
  tally.read(JSON.stringify({ choices: [], usage: { prompt_tokens: -1, completion_tokens: 1 } }));
  tally.read(said({}, {}));
  expect(tally.told).toEqual(counted);
});

it.each([
  ['no JSON', '{"id": "chatcmpl-', 'protocol'],
  ['no object', '"hello"', 'protocol'],
  ['an error', '{"error":{"message":"overloaded"}}', 'cut'],
])('an event that is %s ends the stream', (_what, data, kind) => {
  const tally = new StreamTally(1, false, 'chat');
  let thrown: unknown;
  try {
    tally.read(data);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(UpstreamError);
  expect(thrown).toMatchObject({ kind, accepted: true, retryable: false });
});

it('tells a limit of the upstream as one', () => {
  const tally = new StreamTally(1, false, 'chat');
  const limit = expect.objectContaining({ kind: 'status', status: 429 }) as Error;
  expect(() => tally.read('{"error":{"code":"rate_limit_exceeded"}}')).toThrow(limit);
});

it.each([
  ['{}'],
  ['{"choices":null}'],
  ['{"choices":[{}]}'],
  ['{"choices":[{"index":0,"delta":null,"finish_reason":null}]}'],
  ['{"choices":[{"index":0,"delta":{"content":7,"tool_calls":"x"}}]}'],
  ['{"choices":[{"index":0,"delta":{"tool_calls":[{"function":null}]}}],"usage":7}'],
])('passes on a chunk that lacks what is usual: %s', (data) => {
  const tally = new StreamTally(1, false, 'chat');
  expect(() => tally.read(data)).not.toThrow();
  expect(tally.isFinished).toBe(false);
  expect(tally.delivered.join('')).toBe('');
});

it('reads the texts of an answer in one piece in the same way', () => {
  const message = { content: 'Hi', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] };
  const read = (json: Record<string, unknown>) => readChoices({ headers: {}, text: '', json });
  const choices = [{ message }, { message: { refusal: 'No' } }, { text: 'said' }, {}, null];
  expect(read({ choices, usage })).toEqual({
    delivered: ['Hif{}', 'No', 'said', '', ''],
    told: counted,
  });
  expect(() => read({ error: 'no completion' })).toThrow(UpstreamError);
});

it.each([
  [
    { prompt_tokens: 10, completion_tokens: 2 },
    { input: 10, cachedInput: 0, cacheWrite: 0, output: 2 },
  ],
  [usage, counted],
  [
    { ...usage, prompt_tokens: 35 },
    { input: 0, cachedInput: 30, cacheWrite: 5, output: 20 },
  ],
  [
    { ...usage, prompt_tokens_details: null },
    { input: 100, cachedInput: 0, cacheWrite: 0, output: 20 },
  ],
  [{ prompt_tokens: 10 }, undefined],
  [{ prompt_tokens: 1.5, completion_tokens: 2 }, undefined],
  [{ prompt_tokens: '10', completion_tokens: 2 }, undefined],
  [null, undefined],
])('reads usage %j', (told, tokens) => {
  expect(readChatUsage(told)).toEqual(tokens);
});
