import type Anthropic from '@anthropic-ai/sdk';
import { DomainError } from '../../domain/errors';
import { betaHeadersOf, isThinkingInterleaved } from '../../relay/messages/betas';
import {
  parseCountTokensRequest,
  parseMessagesRequest,
  upstreamBodyOf,
} from '../../relay/messages/request';
import { readMessagesUsage } from '../../relay/usage';

const hello = { role: 'user' as const, content: 'Hello' };
const minimal = { model: 'claude', max_tokens: 50, messages: [hello] };
const image = { type: 'base64' as const, media_type: 'image/png' as const, data: 'AAAA' };

/** What an SDK sends, by its own types. */
const whole: Anthropic.MessageCreateParamsStreaming = {
  model: 'claude',
  max_tokens: 4_000,
  stream: true,
  system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '5m' } }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image', source: image, cache_control: { type: 'ephemeral' } },
        { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Let me look.', signature: 'c2lnbmF0dXJl' },
        { type: 'redacted_thinking', data: 'ZGF0YQ==' },
        { type: 'text', text: 'I shall look it up.', citations: null },
        {
          type: 'tool_use',
          id: 'toolu_1',
          name: 'look',
          input: { at: 1 },
          caller: { type: 'direct' },
        },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          is_error: false,
          content: [
            { type: 'text', text: 'A cat.' },
            { type: 'image', source: image },
          ],
          cache_control: { type: 'ephemeral' },
        },
        { type: 'tool_result', tool_use_id: 'toolu_1', content: 'A cat.' },
        { type: 'tool_result', tool_use_id: 'toolu_1' },
      ],
    },
    { role: 'system', content: 'The user likes cats.' },
  ],
  tools: [
    {
      name: 'look',
      description: 'Looks',
      input_schema: { type: 'object', properties: { at: { type: 'integer' } } },
      cache_control: { type: 'ephemeral' },
      strict: true,
      eager_input_streaming: true,
      input_examples: [{ at: 2 }],
    },
    { type: 'custom', name: 'see', input_schema: { type: 'object' } },
    { type: null, name: 'hear', input_schema: { type: 'object' } },
    { type: 'bash_20250124', name: 'bash' },
    { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool', max_characters: 10_000 },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  thinking: { type: 'enabled', budget_tokens: 2_000 },
  output_config: {
    effort: 'low',
    format: { type: 'json_schema', schema: { type: 'object' } },
  },
  stop_sequences: ['STOP'],
  metadata: { user_id: 'somebody' },
  cache_control: { type: 'ephemeral' },
};

function relayed(body: unknown, outputLimit = 50): Record<string, unknown> {
  const request = parseMessagesRequest(JSON.parse(JSON.stringify(body)));
  const text = upstreamBodyOf(request, { model: 'upstream-model', outputLimit });
  return JSON.parse(text) as Record<string, unknown>;
}

function refusal(read: () => unknown): DomainError {
  try {
    read();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

it('sends the model of the upstream, a limit, and always the standard tier', () => {
  const sent = {
    model: 'upstream-model',
    messages: [hello],
    max_tokens: 50,
    service_tier: 'standard_only',
  };
  expect(relayed(minimal)).toEqual(sent);
  for (const service_tier of ['auto', 'standard_only', null]) {
    expect(relayed({ ...minimal, service_tier, speed: 'standard', container: null })).toEqual(sent);
  }
});

it('forwards everything that stands in the schema as it came', () => {
  // The newest types lack these, for the newest models do.
  const sampling = { temperature: 1, top_p: 0.9, top_k: 5 };
  expect(relayed({ ...whole, ...sampling }, 4_000)).toEqual({
    ...whole,
    ...sampling,
    model: 'upstream-model',
    service_tier: 'standard_only',
  });
});

it.each(['adaptive', 'between_tools', 'disabled'])('takes thinking of type %s', (type) => {
  expect(relayed({ ...minimal, thinking: { type } }).thinking).toEqual({ type });
});

it.each<[string, object, RegExp]>([
  // of the protocol, but not relayed
  ['container', { container: 'container_1' }, /state at the upstream/],
  ['mcp_servers', { mcp_servers: [{ type: 'url', url: 'https://a.example' }] }, /runs at/],
  ['context_management', { context_management: { edits: [] } }, /runs at the upstream/],
  ['diagnostics', { diagnostics: { previous_message_id: null } }, /state at the upstream/],
  ['inference_geo', { inference_geo: 'us' }, /another price/],
  ['speed', { speed: 'fast' }, /another price/],
  ['service_tier', { service_tier: 'priority' }, /standard tier/],
  ['fallbacks', { fallbacks: [] }, /runs at the upstream/],
  ['unheard_of', { unheard_of: 1 }, /Unknown parameter: 'unheard_of'/],
  ['system[0].cache_control.ttl', system({ type: 'ephemeral', ttl: '1h' }), /another price/],
  ['system[0].cache_control.scope', system({ type: 'ephemeral', scope: 'all' }), /Unknown/],
  ['cache_control.ttl', { cache_control: { type: 'ephemeral', ttl: '1h' } }, /another price/],
  ['tools[0].type', tool({ type: 'web_search_20250305', name: 'web_search' }), /runs at/],
  ['tools[0].type', tool({ type: 'web_fetch_20260318', name: 'web_fetch' }), /runs at/],
  ['tools[0].type', tool({ type: 'code_execution_20250825', name: 'x' }), /runs at/],
  ['tools[0].type', tool({ type: 'tool_search_tool_bm25_20251119', name: 'x' }), /runs at/],
  ['tools[0].type', tool({ type: 'computer_20250124', name: 'computer' }), /not published/],
  ['tools[0].type', tool({ type: 'computer_toolset_20260801' }), /not published/],
  ['tools[0].type', tool({ type: 'memory_20250818', name: 'memory' }), /not published/],
  ['tools[0].type', tool({ type: 'bash_20241022', name: 'bash' }), /only bash_20250124/],
  ['tools[0].type', tool({ type: 'surprise_20270101', name: 'x' }), /not supported here/],
  ['tools[0].defer_loading', custom({ defer_loading: true }), /defer_loading/],
  [
    'tools[0].allowed_callers[0]',
    custom({ allowed_callers: ['code_execution_20250825'] }),
    /callers/,
  ],
  ['messages[0].content[0].type', content({ type: 'document', source: {} }), /documents are not/],
  ['messages[0].content[0].type', content({ type: 'search_result' }), /search results are not/],
  ['messages[0].content[0].type', content({ type: 'server_tool_use' }), /runs at the upstream/],
  ['messages[0].content[0].type', content({ type: 'container_upload' }), /state at the upstream/],
  [
    'messages[0].content[0].source.type',
    content({ type: 'image', source: { type: 'file', file_id: 'file_1' } }),
    /files are not relayed/,
  ],
  [
    'messages[0].content[0].content[0].type',
    content({ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'document' }] }),
    /documents are not/,
  ],
  [
    'messages[0].content[0].citations',
    content({ type: 'text', text: 'a', citations: [{ type: 'char_location' }] }),
    /at most 0 items/,
  ],
  // malformed
  ['max_tokens', { max_tokens: undefined }, /Missing required parameter: 'max_tokens'/],
  ['max_tokens', { max_tokens: 0 }, /at least 1/],
  ['max_tokens', { max_tokens: '5' }, /expected a number, but got a string/],
  ['messages', { messages: undefined }, /Missing/],
  ['messages', { messages: [] }, /at least 1 items/],
  ['messages[0].role', { messages: [{ role: 'tool', content: 'a' }] }, /messages\[0\]\.role/],
  ['messages[0].content', { messages: [{ role: 'user', content: 5 }] }, /content/],
  ['messages[0].name', { messages: [{ ...hello, name: 'Ann' }] }, /Unknown parameter/],
  ['temperature', { temperature: 1.5 }, /at most 1/],
  ['top_k', { top_k: -1 }, /at least 0/],
  ['stop_sequences', { stop_sequences: 'STOP' }, /expected an array/],
  ['metadata.email', { metadata: { email: 'a@example.com' } }, /Unknown parameter/],
  ['thinking.type', { thinking: { type: 'deep' } }, /thinking\.type/],
  ['thinking.budget_tokens', thinking(1_000, 2_000), /at least 1024/],
  ['thinking.budget_tokens', thinking(2_000, 2_000), /less than 'max_tokens'/],
  ['tool_choice.name', { tool_choice: { type: 'tool' } }, /Missing/],
  ['output_config.task_budget', { output_config: { task_budget: {} } }, /Unknown parameter/],
])('refuses a wrong %s (%j)', (param, over, message) => {
  const error = refusal(() => parseMessagesRequest({ ...minimal, ...over }));
  expect(error.code).toBe('INVALID_REQUEST');
  expect({ ...error.details, message: error.message }).toMatchObject({
    param,
    message: expect.stringMatching(message) as string,
  });
});

function system(cache_control: object) {
  return { system: [{ type: 'text', text: 'a', cache_control }] };
}
function tool(declaration: object) {
  return { tools: [declaration] };
}
function custom(over: object) {
  return tool({ name: 'a', input_schema: { type: 'object' }, ...over });
}
function content(block: object) {
  return { messages: [{ role: 'user', content: [block] }] };
}
function thinking(budget_tokens: number, max_tokens: number) {
  return { max_tokens, thinking: { type: 'enabled', budget_tokens } };
}

it('refuses more items than can be checked at once, and schemas that nest too deeply', () => {
  const text = { type: 'text', text: '' };
  const many = { messages: [{ role: 'user', content: Array<object>(30_000).fill(text) }] };
  expect(refusal(() => parseMessagesRequest({ ...minimal, ...many })).message).toMatch(/at most/);
  let schema = {};
  for (let depth = 0; depth < 100; depth++) schema = { properties: schema };
  const deep = custom({ input_schema: schema });
  expect(refusal(() => parseMessagesRequest({ ...minimal, ...deep })).details).toMatchObject({
    param: 'tools[0].input_schema',
  });
});

describe('thinking within a limit that was clamped', () => {
  const request = parseMessagesRequest({ ...minimal, ...thinking(2_000, 4_000) });
  const bodyFor = (outputLimit: number) =>
    JSON.parse(upstreamBodyOf(request, { model: 'm', outputLimit })) as Record<string, unknown>;

  it('keeps its budget as long as that is less', () => {
    expect(bodyFor(2_001).thinking).toEqual({ type: 'enabled', budget_tokens: 2_000 });
  });
  it('gets a smaller one', () => {
    expect(bodyFor(1_500)).toMatchObject({
      max_tokens: 1_500,
      thinking: { type: 'enabled', budget_tokens: 1_499 },
    });
  });
  it('is not affordable below the least budget', () => {
    expect(refusal(() => bodyFor(1_024)).code).toBe('INSUFFICIENT_FUNDS');
  });
});

describe('a budget of thinking that exceeds the limit of a call', () => {
  it('is one of several calls where thinking is interleaved, and stays', () => {
    const request = parseMessagesRequest({ ...minimal, ...thinking(4_000, 2_000) }, true);
    for (const outputLimit of [2_000, 500]) {
      const text = upstreamBodyOf(request, { model: 'm', outputLimit });
      expect(JSON.parse(text)).toMatchObject({
        max_tokens: outputLimit,
        thinking: { type: 'enabled', budget_tokens: 4_000 },
      });
    }
  });

  it('is told by the beta among others', () => {
    expect(isThinkingInterleaved('a, interleaved-thinking-2025-05-14')).toBe(true);
    expect(isThinkingInterleaved('interleaved-thinking-2025')).toBe(false);
    expect(isThinkingInterleaved(undefined)).toBe(false);
  });
});

describe('a count of tokens', () => {
  it('takes what is input, and nothing that is about the answer', () => {
    const { model, messages, system, tools, tool_choice, thinking, output_config } = whole;
    const input = { messages, system, tools, tool_choice, thinking, output_config };
    expect(parseCountTokensRequest({ model, ...input })).toEqual({ model, forwarded: input });
    const error = refusal(() => parseCountTokensRequest(minimal));
    expect(error.details).toMatchObject({ param: 'max_tokens', code: 'unknown_parameter' });
  });
});

describe('the usage of a message', () => {
  it('has the three kinds of input side by side', () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 30,
      output_tokens: 40,
    };
    const read = { input: 10, cachedInput: 20, cacheWrite: 30, output: 40 };
    expect(readMessagesUsage(usage)).toEqual(read);
    const none = { cache_read_input_tokens: null, cache_creation_input_tokens: undefined };
    expect(readMessagesUsage({ ...usage, ...none })).toEqual({
      ...read,
      cachedInput: 0,
      cacheWrite: 0,
    });
  });

  it.each([
    [undefined],
    [null],
    ['many'],
    [{ input_tokens: 5 }],
    [{ output_tokens: 5 }],
    [{ input_tokens: -1, output_tokens: 5 }],
    [{ input_tokens: 1.5, output_tokens: 5 }],
    [{ input_tokens: 1, output_tokens: 2 ** 40 }],
    [{ input_tokens: 1, output_tokens: 1, cache_read_input_tokens: -3 }],
    [{ input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: '7' }],
  ])('%j makes no sense', (usage) => {
    expect(readMessagesUsage(usage)).toBeUndefined();
  });
});

it('asks the upstream for those betas that leave prices and state alone', () => {
  expect(betaHeadersOf(undefined)).toEqual({});
  expect(betaHeadersOf('context-1m-2025-08-07, extended-cache-ttl-2025-04-11')).toEqual({});
  const asked = ' interleaved-thinking-2025-05-14,skills-2025-10-02,effort-2025-11-24,,';
  expect(betaHeadersOf(`${asked}effort-2025-11-24`)).toEqual({
    'anthropic-beta': 'interleaved-thinking-2025-05-14,effort-2025-11-24',
  });
});
