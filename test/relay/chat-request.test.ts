import { DomainError } from '../../domain/errors';
import { outputLimitFieldOf, parseChatRequest, upstreamBodyOf } from '../../relay/chat/request';
import { paced } from '../support/pace';

const hello = { role: 'user', content: 'Hello' };
const minimal = { model: 'gpt-4o-mini', messages: [hello] };

/** The JSON that an upstream gets for a body. */
function relayed(body: unknown): Record<string, unknown> {
  const request = parseChatRequest(JSON.parse(JSON.stringify(body)));
  const outputLimitField = outputLimitFieldOf(request, false);
  const text = upstreamBodyOf(request, {
    model: 'upstream-model',
    outputLimit: 99,
    outputLimitField,
  });
  return JSON.parse(text) as Record<string, unknown>;
}

function refusal(body: unknown): DomainError {
  try {
    parseChatRequest(body);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

it('sends the model of the upstream, a limit of output, and store: false', () => {
  expect(relayed(minimal)).toEqual({
    model: 'upstream-model',
    messages: [hello],
    max_tokens: 99,
    store: false,
  });
});

it('always asks a stream for its usage, and knows whether the caller did', () => {
  expect(relayed({ ...minimal, stream: true })).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
  const options = { include_usage: false, include_obfuscation: false };
  expect(relayed({ ...minimal, stream: true, stream_options: options })).toMatchObject({
    stream_options: { include_usage: true, include_obfuscation: false },
  });
  const asked = { ...minimal, stream: true, stream_options: { include_usage: true } };
  expect(parseChatRequest(asked)).toMatchObject({ stream: true, includeUsage: true });
  expect(parseChatRequest(minimal)).toMatchObject({ stream: false, includeUsage: false });
});

it('puts the limit into the field that the caller chose', () => {
  expect(relayed({ ...minimal, max_completion_tokens: 5 })).toMatchObject({
    max_completion_tokens: 99,
  });
  expect(relayed({ ...minimal, max_completion_tokens: 5 })).not.toHaveProperty('max_tokens');
  expect(parseChatRequest({ ...minimal, max_tokens: 5, n: 3 })).toMatchObject({
    choices: 3,
    askedOutput: { tokens: 5, field: 'max_tokens' },
  });
  expect(outputLimitFieldOf(parseChatRequest(minimal), true)).toBe('max_completion_tokens');
});

it('forwards everything that it allows as it came', () => {
  const fields = {
    messages: [
      { role: 'system', content: 'Be brief.', name: 'house' },
      { role: 'developer', content: [{ type: 'text', text: 'Use tools.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?', prompt_cache_breakpoint: { mode: 'explicit' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
          { type: 'image_url', image_url: { url: 'https://example.org/cat.png' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'look_up', arguments: '{}' } },
          { id: 'b', type: 'custom', custom: { name: 'run', input: 'x' } },
        ],
      },
      { role: 'tool', content: 'a cat', tool_call_id: 'a' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
      { role: 'function', content: null, name: 'old' },
    ],
    n: 2,
    temperature: 0.5,
    top_p: 1,
    frequency_penalty: -2,
    presence_penalty: 2,
    logit_bias: { '50256': -100 },
    logprobs: true,
    top_logprobs: 3,
    seed: -7,
    stop: ['\n', 'END'],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema: { type: 'object', properties: {} } },
    },
    reasoning_effort: 'minimal',
    verbosity: 'low',
    tools: [
      {
        type: 'function',
        function: { name: 'look_up', parameters: { type: 'object' }, strict: true },
      },
      {
        type: 'custom',
        custom: {
          name: 'run',
          format: { type: 'grammar', grammar: { definition: 'start: "x"', syntax: 'lark' } },
        },
      },
    ],
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: {
        mode: 'auto',
        tools: [{ type: 'function', function: { name: 'look_up' } }],
      },
    },
    parallel_tool_calls: false,
    functions: [{ name: 'old', description: 'An old one', parameters: {} }],
    function_call: { name: 'old' },
    user: 'u-1',
    safety_identifier: 's-1',
    prompt_cache_key: 'k',
    prompt_cache_options: { mode: 'explicit', ttl: '30m' },
    prompt_cache_retention: '24h',
    service_tier: 'default',
  };
  expect(relayed({ model: 'gpt-4o-mini', ...fields })).toEqual({
    model: 'upstream-model',
    ...fields,
    max_tokens: 99,
    store: false,
  });
});

it('takes an answer back into the history as the SDK returned it', () => {
  const answer = {
    role: 'assistant',
    content: 'Hi.',
    refusal: null,
    annotations: [{ type: 'url_citation', url_citation: {} }],
    audio: null,
    tool_calls: null,
    function_call: null,
  };
  expect(relayed({ ...minimal, messages: [hello, answer, hello] })).toMatchObject({
    messages: [hello, { role: 'assistant', content: 'Hi.' }, hello],
  });
});

it('drops what changes nothing instead of forwarding it', () => {
  const harmless = {
    store: false,
    metadata: { a: 'b' },
    modalities: ['text'],
    service_tier: 'auto',
    audio: null,
    prediction: null,
    temperature: null,
    stop: null,
    stream: null,
    stream_options: null,
    n: null,
    max_tokens: null,
  };
  expect(relayed({ ...minimal, ...harmless })).toEqual(relayed(minimal));
});

it.each([
  ['store', true],
  ['previous_response_id', 'resp_1'],
  ['conversation', 'conv_1'],
  ['background', true],
  ['prompt', { id: 'pmpt_1' }],
  ['prediction', { type: 'content', content: 'x' }],
  ['web_search_options', {}],
  ['moderation', { model: 'omni-moderation-latest' }],
  ['audio', { voice: 'alloy', format: 'mp3' }],
  ['service_tier', 'priority'],
])('refuses %s with its name and the reason', (field, value) => {
  const { details, message } = refusal({ ...minimal, [field]: value });
  expect(details).toEqual({ param: field, code: 'unsupported_parameter' });
  expect(message).toMatch(new RegExp(`^'${field}' is not supported here: .+\\.$`));
});

const part = (content: unknown) => ({
  ...minimal,
  messages: [hello, { role: 'user', content: [content] }],
});
const functionTool = (parameters: unknown) => ({
  ...minimal,
  tools: [{ type: 'function', function: { name: 'f', parameters } }],
});
function nested(levels: number): unknown {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}

it.each([
  ['no object', [minimal], undefined, 'invalid_type'],
  ['null', null, undefined, 'invalid_type'],
  ['no model', { messages: [hello] }, 'model', 'missing_required_parameter'],
  ['no messages', { model: 'x' }, 'messages', 'missing_required_parameter'],
  ['empty messages', { ...minimal, messages: [] }, 'messages', 'invalid_value'],
  ['an unknown field', { ...minimal, foo: 1 }, 'foo', 'unknown_parameter'],
  [
    'a field named like the prototype',
    JSON.parse('{"model":"x","messages":[{"role":"user","content":"x"}],"__proto__":{}}'),
    '__proto__',
    'unknown_parameter',
  ],
  ['a field named like a method', { ...minimal, toString: 1 }, 'toString', 'unknown_parameter'],
  [
    'modalities with audio',
    { ...minimal, modalities: ['text', 'audio'] },
    'modalities[1]',
    'invalid_value',
  ],
  ['max_tokens 0', { ...minimal, max_tokens: 0 }, 'max_tokens', 'integer_below_min_value'],
  ['max_tokens negative', { ...minimal, max_tokens: -1 }, 'max_tokens', 'integer_below_min_value'],
  ['max_tokens fractional', { ...minimal, max_tokens: 1.5 }, 'max_tokens', 'invalid_type'],
  ['max_tokens huge', { ...minimal, max_tokens: 1e300 }, 'max_tokens', 'integer_above_max_value'],
  [
    'max_tokens infinite',
    JSON.parse('{"model":"x","messages":[{"role":"user","content":"x"}],"max_tokens":1e999}'),
    'max_tokens',
    'invalid_type',
  ],
  ['max_tokens NaN', { ...minimal, max_tokens: NaN }, 'max_tokens', 'invalid_type'],
  ['max_tokens text', { ...minimal, max_tokens: '10' }, 'max_tokens', 'invalid_type'],
  [
    'both limits',
    { ...minimal, max_tokens: 1, max_completion_tokens: 1 },
    'max_tokens',
    'invalid_value',
  ],
  ['n 0', { ...minimal, n: 0 }, 'n', 'integer_below_min_value'],
  ['n negative', { ...minimal, n: -3 }, 'n', 'integer_below_min_value'],
  ['n fractional', { ...minimal, n: 1.5 }, 'n', 'invalid_type'],
  ['n 129', { ...minimal, n: 129 }, 'n', 'integer_above_max_value'],
  ['temperature 2.5', { ...minimal, temperature: 2.5 }, 'temperature', 'decimal_above_max_value'],
  [
    'stream options without stream',
    { ...minimal, stream_options: { include_usage: true } },
    'stream_options',
    'invalid_value',
  ],
  [
    'a field of stream options',
    { ...minimal, stream: true, stream_options: { x: 1 } },
    'stream_options.x',
    'unknown_parameter',
  ],
  [
    'an unknown role',
    { ...minimal, messages: [{ role: 'robot', content: '' }] },
    'messages[0].role',
    'invalid_value',
  ],
  [
    'no role',
    { ...minimal, messages: [{ content: '' }] },
    'messages[0].role',
    'missing_required_parameter',
  ],
  [
    'a field of a message',
    { ...minimal, messages: [{ ...hello, foo: 1 }] },
    'messages[0].foo',
    'unknown_parameter',
  ],
  [
    'content of a wrong type',
    { ...minimal, messages: [{ role: 'user', content: 5 }] },
    'messages[0].content',
    'invalid_value',
  ],
  [
    'audio input',
    part({ type: 'input_audio', input_audio: { data: '', format: 'wav' } }),
    'messages[1].content[0].type',
    'invalid_value',
  ],
  [
    'a file',
    part({ type: 'file', file: { file_id: 'file-1' } }),
    'messages[1].content[0].type',
    'invalid_value',
  ],
  [
    'a part without text',
    part({ type: 'text' }),
    'messages[1].content[0].text',
    'missing_required_parameter',
  ],
  [
    'an image of no address',
    part({ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }),
    'messages[1].content[0].image_url.url',
    'invalid_value',
  ],
  [
    'kept audio',
    { ...minimal, messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] },
    'messages[0].audio',
    'invalid_type',
  ],
  [
    'a hosted tool',
    { ...minimal, tools: [{ type: 'web_search' }] },
    'tools[0].type',
    'invalid_value',
  ],
  [
    'a schema nested too deeply',
    functionTool(nested(65)),
    'tools[0].function.parameters',
    'invalid_value',
  ],
  [
    'a tool choice of no kind',
    { ...minimal, tool_choice: 'sometimes' },
    'tool_choice',
    'invalid_value',
  ],
  ['five stops', { ...minimal, stop: ['1', '2', '3', '4', '5'] }, 'stop', 'invalid_value'],
])('refuses %s and names the parameter', (_what, body, param, code) => {
  const error = refusal(body);
  expect({ code: error.code, details: error.details }).toEqual({
    code: 'INVALID_REQUEST',
    details: param === undefined ? { code } : { param, code },
  });
  expect(error.message).toMatch(/\.$/);
});

it('says what kinds of content are not relayed, and why', () => {
  const audio = part({ type: 'input_audio', input_audio: { data: '', format: 'wav' } });
  expect(refusal(audio).message).toBe("'input_audio' is not supported here: audio is not relayed.");
  expect(refusal({ ...minimal, n: 1.5 }).message).toBe(
    "Invalid type for 'n': expected an integer, but got a number instead.",
  );
});

it('refuses a body of a million wrong items quickly', () => {
  const body = { ...minimal, messages: new Array<number>(1_000_000).fill(1) };
  const from = performance.now();
  expect(refusal(body).message).toMatch(/at most 50000 items/);
  expect(performance.now() - from).toBeLessThan(paced(500));
});

it('takes a schema of 64 levels', () => {
  expect(relayed(functionTool(nested(63)))).toHaveProperty('tools');
});
