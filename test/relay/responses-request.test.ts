import { DomainError } from '../../domain/errors';
import { parseResponsesRequest, upstreamBodyOf } from '../../relay/responses/request';
import { paced } from '../support/pace';

const minimal = { model: 'gpt-4o-mini', input: 'Hello' };
const hello = { role: 'user', content: 'Hello' };

/** The JSON that an upstream gets for a body. */
function relayed(body: unknown): Record<string, unknown> {
  const request = parseResponsesRequest(JSON.parse(JSON.stringify(body)));
  const text = upstreamBodyOf(request, { model: 'upstream-model', outputLimit: 99 });
  return JSON.parse(text) as Record<string, unknown>;
}

function refusal(body: unknown): DomainError {
  try {
    parseResponsesRequest(body);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

it('sends the model of the upstream, a limit of output, and store: false', () => {
  expect(relayed(minimal)).toEqual({
    model: 'upstream-model',
    input: 'Hello',
    max_output_tokens: 99,
    store: false,
  });
});

it('knows the limit that the caller set, and whether to stream', () => {
  const asked = { ...minimal, max_output_tokens: 16, stream: true };
  expect(parseResponsesRequest(asked)).toMatchObject({
    stream: true,
    askedOutput: { tokens: 16, field: 'max_output_tokens' },
  });
  expect(parseResponsesRequest(minimal)).toMatchObject({ stream: false, askedOutput: null });
  const options = { stream: true, stream_options: { include_obfuscation: false } };
  expect(relayed({ ...minimal, ...options })).toMatchObject(options);
});

it('forwards everything that it allows as it came', () => {
  const schema = { type: 'object', properties: {} };
  const fields = {
    input: [
      { role: 'system', content: 'Be brief.' },
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Use tools.' }] },
      {
        role: 'user',
        content: [
          {
            type: 'input_text',
            text: 'What is this?',
            prompt_cache_breakpoint: { mode: 'explicit' },
          },
          { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
          { type: 'input_image', image_url: 'https://example.org/cat.png' },
        ],
      },
      {
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'A cat?' }],
        content: [{ type: 'reasoning_text', text: 'It has whiskers.' }],
        encrypted_content: 'gAAAA',
      },
      { type: 'function_call', call_id: 'a', name: 'look_up', arguments: '{}' },
      { type: 'function_call_output', call_id: 'a', output: 'a cat' },
      { type: 'custom_tool_call', call_id: 'b', name: 'run', input: 'x' },
      {
        type: 'custom_tool_call_output',
        call_id: 'b',
        output: [
          { type: 'input_text', text: 'seen' },
          { type: 'input_image', image_url: 'https://example.org/cat.png', detail: 'auto' },
        ],
      },
      { role: 'assistant', content: 'A cat.', phase: 'final_answer' },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
    ],
    instructions: 'You are a cat.',
    temperature: 0.5,
    top_p: 1,
    top_logprobs: 3,
    text: {
      format: { type: 'json_schema', name: 'answer', strict: true, schema },
      verbosity: 'low',
    },
    reasoning: { effort: 'minimal', summary: 'auto', generate_summary: 'concise' },
    include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
    truncation: 'auto',
    tools: [
      { type: 'function', name: 'look_up', description: 'x', parameters: schema, strict: true },
      { type: 'function', name: 'bare', parameters: null, strict: null },
      {
        type: 'custom',
        name: 'run',
        format: { type: 'grammar', definition: 'start: "x"', syntax: 'lark' },
      },
    ],
    tool_choice: {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [{ type: 'function', name: 'look_up' }],
    },
    parallel_tool_calls: false,
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
    max_output_tokens: 99,
    store: false,
  });
});

it.each([['required'], [{ type: 'function', name: 'look_up' }], [{ type: 'custom', name: 'run' }]])(
  'takes the tool choice %j',
  (tool_choice) => {
    expect(relayed({ ...minimal, tool_choice })).toMatchObject({ tool_choice });
  },
);

it('takes an answer back into the history as the SDK returned it', () => {
  const answer = [
    { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAAA', status: null },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      phase: null,
      content: [
        {
          type: 'output_text',
          text: 'Hi.',
          annotations: [{ type: 'url_citation', url: 'https://example.org' }],
          logprobs: [{ token: 'Hi' }],
          parsed: null,
        },
      ],
    },
    {
      id: 'fc_1',
      type: 'function_call',
      status: 'completed',
      call_id: 'c',
      name: 'f',
      arguments: '{}',
      caller: { type: 'direct' },
      parsed_arguments: { deep: [] },
    },
  ];
  expect(relayed({ ...minimal, input: [hello, ...answer] }).input).toEqual([
    hello,
    { type: 'reasoning', summary: [], encrypted_content: 'gAAAA' },
    {
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Hi.', annotations: [] }],
    },
    {
      type: 'function_call',
      status: 'completed',
      call_id: 'c',
      name: 'f',
      arguments: '{}',
      caller: { type: 'direct' },
    },
  ]);
});

it('leaves out reasoning that holds nothing but its name, for the upstream does not know it', () => {
  const nameAlone = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: null };
  expect(relayed({ ...minimal, input: [hello, nameAlone, hello] }).input).toEqual([hello, hello]);
});

it('drops what changes nothing instead of forwarding it', () => {
  const harmless = {
    store: false,
    background: false,
    metadata: { a: 'b' },
    service_tier: 'auto',
    previous_response_id: null,
    conversation: null,
    prompt: null,
    context_management: null,
    moderation: null,
    instructions: null,
    max_output_tokens: null,
    temperature: null,
    top_p: null,
    top_logprobs: null,
    text: null,
    reasoning: null,
    include: null,
    truncation: null,
    tools: null,
    tool_choice: null,
    parallel_tool_calls: null,
    stream: null,
    stream_options: null,
    user: null,
    safety_identifier: null,
    prompt_cache_key: null,
    prompt_cache_retention: null,
  };
  expect(relayed({ ...minimal, ...harmless })).toEqual(relayed(minimal));
  const within = { text: { verbosity: null }, reasoning: { effort: null, summary: null } };
  expect(relayed({ ...minimal, ...within })).toMatchObject({ text: {}, reasoning: {} });
});

it.each([
  ['store', true],
  ['previous_response_id', 'resp_1'],
  ['conversation', 'conv_1'],
  ['conversation', { id: 'conv_1' }],
  ['background', true],
  ['prompt', { id: 'pmpt_1' }],
  ['context_management', [{ type: 'compaction' }]],
  ['moderation', { model: 'omni-moderation-latest' }],
  ['service_tier', 'priority'],
])('refuses %s: %j with its name and the reason', (field, value) => {
  const { details, message } = refusal({ ...minimal, [field]: value });
  expect(details).toEqual({ param: field, code: 'unsupported_parameter' });
  expect(message).toMatch(new RegExp(`^'${field}' is not supported here: .+\\.$`));
});

it.each([
  ['web_search'],
  ['web_search_preview'],
  ['file_search'],
  ['code_interpreter'],
  ['computer'],
  ['computer_use_preview'],
  ['image_generation'],
  ['mcp'],
  ['shell'],
  ['local_shell'],
])('refuses the hosted tool %s, whose cost cannot be bounded', (type) => {
  const { details, message } = refusal({ ...minimal, tools: [{ type, name: 'x' }] });
  expect(details).toEqual({ param: 'tools[0].type', code: 'invalid_value' });
  expect(message).toBe(
    `'${type}' is not supported here: of the tools that an upstream runs, the cost cannot be bounded before the call.`,
  );
  const chosen = refusal({ ...minimal, tool_choice: { type } });
  expect(chosen.details).toMatchObject({ param: 'tool_choice.type' });
});

const items = (...input: unknown[]) => ({ ...minimal, input });
const part = (content: unknown) => items(hello, { role: 'user', content: [content] });
function nested(levels: number): unknown {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}

it.each([
  ['no object', [minimal], undefined, 'invalid_type'],
  ['no model', { input: 'x' }, 'model', 'missing_required_parameter'],
  ['no input', { model: 'x' }, 'input', 'missing_required_parameter'],
  ['no items', items(), 'input', 'invalid_value'],
  ['an unknown field', { ...minimal, foo: 1 }, 'foo', 'unknown_parameter'],
  ['a field of chats', { ...minimal, messages: [] }, 'messages', 'unknown_parameter'],
  [
    'less output than OpenAI gives',
    { ...minimal, max_output_tokens: 15 },
    'max_output_tokens',
    'integer_below_min_value',
  ],
  [
    'fractional output',
    { ...minimal, max_output_tokens: 16.5 },
    'max_output_tokens',
    'invalid_type',
  ],
  ['temperature 2.5', { ...minimal, temperature: 2.5 }, 'temperature', 'decimal_above_max_value'],
  ['top_logprobs 21', { ...minimal, top_logprobs: 21 }, 'top_logprobs', 'integer_above_max_value'],
  [
    'stream options without stream',
    { ...minimal, stream_options: { include_obfuscation: true } },
    'stream_options',
    'invalid_value',
  ],
  [
    'usage asked for as of chats',
    { ...minimal, stream: true, stream_options: { include_usage: true } },
    'stream_options.include_usage',
    'unknown_parameter',
  ],
  [
    'what only hosted tools include',
    { ...minimal, include: ['web_search_call.action.sources'] },
    'include[0]',
    'invalid_value',
  ],
  [
    'a reference to an item',
    items(hello, { type: 'item_reference', id: 'msg_1' }),
    'input[1].type',
    'invalid_value',
  ],
  [
    "an item of a hosted tool's",
    items({ type: 'web_search_call', id: 'ws_1' }),
    'input[0].type',
    'invalid_value',
  ],
  ['an unknown role', items({ role: 'tool', content: '' }), 'input[0].role', 'invalid_value'],
  ['a field of an item', items({ ...hello, name: 'x' }), 'input[0].name', 'unknown_parameter'],
  [
    'an item without content',
    items({ role: 'user' }),
    'input[0].content',
    'missing_required_parameter',
  ],
  [
    'a file',
    part({ type: 'input_file', file_id: 'file-1' }),
    'input[1].content[0].type',
    'invalid_value',
  ],
  [
    'audio',
    part({ type: 'input_audio', input_audio: {} }),
    'input[1].content[0].type',
    'invalid_value',
  ],
  [
    'an image by the id of a file',
    part({ type: 'input_image', file_id: 'file-1' }),
    'input[1].content[0].file_id',
    'unsupported_parameter',
  ],
  [
    'an image by both',
    part({ type: 'input_image', file_id: 'file-1', image_url: 'https://example.org/cat.png' }),
    'input[1].content[0].file_id',
    'unsupported_parameter',
  ],
  [
    'an image without an address',
    part({ type: 'input_image', file_id: null }),
    'input[1].content[0].image_url',
    'missing_required_parameter',
  ],
  [
    'an image of no address',
    part({ type: 'input_image', image_url: 'file:///etc/passwd' }),
    'input[1].content[0].image_url',
    'invalid_value',
  ],
  [
    'the text of an answer in a question',
    part({ type: 'output_text', text: 'x' }),
    'input[1].content[0].type',
    'invalid_value',
  ],
  [
    'an output that is a file',
    items({
      type: 'function_call_output',
      call_id: 'a',
      output: [{ type: 'input_file', file_url: 'https://example.org' }],
    }),
    'input[0].output[0].type',
    'invalid_value',
  ],
  [
    'a call made by a program at the upstream',
    items({
      type: 'function_call',
      call_id: 'a',
      name: 'f',
      arguments: '{}',
      caller: { type: 'program', caller_id: 'p' },
    }),
    'input[0].caller.type',
    'invalid_value',
  ],
  [
    'a tool that is loaded later',
    { ...minimal, tools: [{ type: 'function', name: 'f', defer_loading: true }] },
    'tools[0].defer_loading',
    'unknown_parameter',
  ],
  [
    'a schema nested too deeply',
    { ...minimal, tools: [{ type: 'function', name: 'f', parameters: nested(65) }] },
    'tools[0].parameters',
    'invalid_value',
  ],
  [
    'a format nested too deeply',
    { ...minimal, text: { format: { type: 'json_schema', name: 'f', schema: nested(65) } } },
    'text.format.schema',
    'invalid_value',
  ],
  [
    'a mode of reasoning',
    { ...minimal, reasoning: { mode: 'pro' } },
    'reasoning.mode',
    'unknown_parameter',
  ],
])('refuses %s and names the parameter', (_what, body, param, code) => {
  const error = refusal(body);
  expect({ code: error.code, details: error.details }).toEqual({
    code: 'INVALID_REQUEST',
    details: param === undefined ? { code } : { param, code },
  });
  expect(error.message).toMatch(/\.$/);
});

it('says why items and files are not relayed', () => {
  expect(refusal(items({ type: 'item_reference', id: 'msg_1' })).message).toBe(
    "'item_reference' is not supported here: it names state at the upstream, which is not kept for callers of this relay; send the item itself.",
  );
  expect(refusal(part({ type: 'input_image', file_id: 'file-1' })).message).toBe(
    "'input[1].content[0].file_id' is not supported here: files at the upstream are not kept for callers of this relay; send an address or data.",
  );
});

it('refuses a body of a million wrong items quickly', () => {
  const body = { ...minimal, input: new Array<number>(1_000_000).fill(1) };
  const from = performance.now();
  expect(refusal(body).message).toMatch(/at most 50000 items/);
  expect(performance.now() - from).toBeLessThan(paced(500));
});
