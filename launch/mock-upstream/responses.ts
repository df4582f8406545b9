// The mock's answers to OpenAI's Responses API.
import type { MockBehaviour } from './behaviour';
import type { MockEndpoint, MockEvent, MockRequest } from './endpoint';
import { errorBody } from './error-body';
import { countWords, defaultOutputTokens, piecesOf } from './text';

/** The fields of a request that the mock looks at. */
interface MockResponsesRequest extends MockRequest {
  input?: unknown;
  instructions?: string | null;
  max_output_tokens?: number | null;
  include?: readonly string[] | null;
  tools?: readonly { type?: string; name?: string }[] | null;
  [echoed: string]: unknown;
}

type Status = 'in_progress' | 'completed' | 'incomplete';
type Item = Record<string, unknown> & { id: string; type: string };

/** Adds an event. */
type Say = (type: string, members: object) => void;

interface MockAnswer {
  /** What a response says of itself before its output. */
  head: Record<string, unknown>;
  status: Status;
  pieces: readonly string[];
  /** Hidden, then the message or the call. */
  reasoning: Item | undefined;
  item: Item;
  usage: object | undefined;
}

/** Tokens by OpenAI's accounting of messages, with a word for a token: never more than a tokenizer finds. */
function countInput({ input, instructions }: MockResponsesRequest): number {
  const tokens = 3 + (instructions ? 4 + countWords(instructions) : 0);
  if (typeof input === 'string') return tokens + 4 + countWords(input);
  const items = Array.isArray(input) ? (input as Record<string, unknown>[]) : [];
  return items.reduce(
    (sum, { content, output, arguments: given }) =>
      sum + 4 + countContent(content) + countContent(output) + countContent(given),
    tokens,
  );
}

function countContent(content: unknown): number {
  if (typeof content === 'string') return countWords(content);
  if (!Array.isArray(content)) return 0;
  return (content as { text?: unknown }[]).reduce(
    (sum, { text }) => sum + (typeof text === 'string' ? countWords(text) : 0),
    0,
  );
}

function usageOf(
  request: MockResponsesRequest,
  behaviour: MockBehaviour,
  visible: number,
  reasoning: number,
) {
  const input = behaviour.reportedInputTokens ?? countInput(request);
  const output = behaviour.reportedOutputTokens ?? visible + reasoning;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: behaviour.cachedTokens ?? 0,
      cache_write_tokens: behaviour.cacheWriteTokens ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

function reasoningItem(request: MockResponsesRequest, sequence: number): Item {
  const isEncrypted = request.include?.includes('reasoning.encrypted_content');
  return {
    id: `rs_mock_${sequence}`,
    type: 'reasoning',
    summary: [],
    ...(isEncrypted ? { encrypted_content: 'bm8gbW9kZWwgd2FzIGNhbGxlZA==' } : {}),
  };
}

function callItem(
  request: MockResponsesRequest,
  { name, arguments: text }: NonNullable<MockBehaviour['toolCall']>,
  status: Status,
  sequence: number,
): Item {
  const isCustom = request.tools?.some((tool) => tool.type === 'custom' && tool.name === name);
  const call = { status, call_id: `call_mock_${sequence}`, name };
  return isCustom
    ? { id: `ctc_mock_${sequence}`, type: 'custom_tool_call', ...call, input: text }
    : { id: `fc_mock_${sequence}`, type: 'function_call', ...call, arguments: text };
}

function textPart(text: string) {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

/** What the mock says to `request`, honouring its limit. */
function answerTo(
  request: MockResponsesRequest,
  behaviour: MockBehaviour,
  sequence: number,
): MockAnswer {
  const limit = request.max_output_tokens ?? Number.POSITIVE_INFINITY;
  const reasoningTokens = Math.min(behaviour.reasoningTokens ?? 0, limit);
  const wanted = behaviour.pieces?.length ?? behaviour.outputTokens ?? defaultOutputTokens;
  const visible = Math.min(wanted, limit - reasoningTokens);
  const status = visible < wanted ? 'incomplete' : 'completed';
  const pieces = behaviour.pieces ? behaviour.pieces.slice(0, visible) : piecesOf(visible);
  const { toolCall, omitUsage } = behaviour;
  return {
    head: {
      id: `resp_mock_${sequence}`,
      object: 'response',
      created_at: Math.floor(Date.now() / 1000),
      background: false,
      error: null,
      incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
      instructions: request.instructions ?? null,
      max_output_tokens: request.max_output_tokens ?? null,
      metadata: {},
      model: request.model,
      parallel_tool_calls: request.parallel_tool_calls ?? true,
      previous_response_id: null,
      reasoning: request.reasoning ?? { effort: null, summary: null },
      store: request.store ?? true,
      temperature: request.temperature ?? 1,
      text: request.text ?? { format: { type: 'text' } },
      tool_choice: request.tool_choice ?? 'auto',
      tools: request.tools ?? [],
      top_p: request.top_p ?? 1,
      truncation: request.truncation ?? 'disabled',
    },
    status,
    pieces,
    reasoning: reasoningTokens > 0 ? reasoningItem(request, sequence) : undefined,
    item: toolCall
      ? callItem(request, toolCall, status, sequence)
      : {
          id: `msg_mock_${sequence}`,
          type: 'message',
          role: 'assistant',
          status,
          content: [textPart(pieces.join(''))],
        },
    usage: omitUsage ? undefined : usageOf(request, behaviour, visible, reasoningTokens),
  };
}

/** The response as it is at the end. */
function wholeOf({ head, status, reasoning, item, usage }: MockAnswer): object {
  const output = reasoning ? [reasoning, item] : [item];
  return { ...head, status, output, ...(usage ? { usage } : {}) };
}

/** The events of an answer, from its creation to its end. */
function eventsOf(answer: MockAnswer, repeatUsage: boolean): MockEvent[] {
  const { head, status, reasoning, item, pieces } = answer;
  const events: MockEvent[] = [];
  const say: Say = (type, members) => {
    const event = { type, sequence_number: events.length, ...members };
    events.push({ name: type, data: JSON.stringify(event) });
  };
  const begun = {
    ...head,
    incomplete_details: null,
    status: 'in_progress',
    output: [],
    usage: null,
  };
  say('response.created', { response: begun });
  say('response.in_progress', { response: begun });
  if (reasoning) {
    say('response.output_item.added', { output_index: 0, item: reasoning });
    say('response.output_item.done', { output_index: 0, item: reasoning });
  }
  const at = reasoning ? 1 : 0;
  if (item.type === 'message') sayMessage(item, pieces, at, say);
  else sayCall(item, at, say);
  const end = status === 'completed' ? 'response.completed' : 'response.incomplete';
  for (let times = repeatUsage ? 2 : 1; times > 0; times--) say(end, { response: wholeOf(answer) });
  return events;
}

function sayMessage(item: Item, pieces: readonly string[], output_index: number, say: Say): void {
  const inPart = { item_id: item.id, output_index, content_index: 0 };
  const text = pieces.join('');
  const open = { ...item, status: 'in_progress', content: [] };
  say('response.output_item.added', { output_index, item: open });
  say('response.content_part.added', { ...inPart, part: textPart('') });
  for (const delta of pieces) say('response.output_text.delta', { ...inPart, delta, logprobs: [] });
  say('response.output_text.done', { ...inPart, text, logprobs: [] });
  say('response.content_part.done', { ...inPart, part: textPart(text) });
  say('response.output_item.done', { output_index, item });
}

function sayCall(item: Item, output_index: number, say: Say): void {
  const [field, type] =
    item.type === 'custom_tool_call'
      ? ['input', 'response.custom_tool_call_input']
      : ['arguments', 'response.function_call_arguments'];
  const text = String(item[field]);
  const half = Math.ceil(text.length / 2);
  const at = { item_id: item.id, output_index };
  const open = { ...item, status: 'in_progress', [field]: '' };
  say('response.output_item.added', { output_index, item: open });
  for (const delta of [text.slice(0, half), text.slice(half)])
    say(`${type}.delta`, { ...at, delta });
  say(`${type}.done`, { ...at, name: item.name, [field]: text });
  say('response.output_item.done', { output_index, item });
}

export const responsesEndpoint: MockEndpoint<MockResponsesRequest> = {
  answer: (request, behaviour, sequence) =>
    JSON.stringify(wholeOf(answerTo(request, behaviour, sequence))),
  events: (request, behaviour, sequence) =>
    eventsOf(answerTo(request, behaviour, sequence), behaviour.repeatUsage ?? false),
  errorBody,
  errorEvent: {
    name: 'error',
    data: JSON.stringify({
      type: 'error',
      code: 'server_error',
      message: 'The mock upstream was told to fail here.',
      param: null,
      sequence_number: 0,
    }),
  },
};
