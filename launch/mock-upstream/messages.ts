// The mock's answers to messages and to counts of their tokens, in Anthropic's shapes.
import type { MockBehaviour } from './behaviour';
import type { MockEndpoint, MockEvent, MockRequest } from './endpoint';
import { messagesErrorBody } from './error-body';
import { countWords, defaultOutputTokens, piecesOf } from './text';

/** The fields of a message that the mock looks at. */
interface MockMessagesRequest extends MockRequest {
  messages?: readonly { content?: unknown }[];
  system?: unknown;
  max_tokens?: number;
  thinking?: { type?: string } | null;
}

interface MockUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
}

type MockBlock =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'text'; text: string; citations: null }
  | { type: 'tool_use'; id: string; name: string; input: unknown; caller: { type: 'direct' } };

interface MockMessage {
  id: string;
  model: string;
  /** What a block's deltas are, beside the block as a whole. */
  blocks: readonly { block: MockBlock; pieces: readonly string[] }[];
  stopReason: 'end_turn' | 'max_tokens' | 'tool_use';
  usage: MockUsage;
}

const thought = ['Mock', ' thinking', '.'];
const signature = 'mock-signature';
/** Thinking that is billed where it is asked for. */
const defaultThinkingTokens = 16;

function wordsIn(content: unknown): number {
  if (typeof content === 'string') return countWords(content);
  if (!Array.isArray(content)) return 0;
  return (content as { text?: unknown; content?: unknown }[]).reduce(
    (sum, { text, content: inner }) => sum + wordsIn(text) + wordsIn(inner),
    0,
  );
}

/** A word for a token, and seven around each message: never more than the relay counts. */
function countInput({ messages, system }: MockMessagesRequest): number {
  return (messages ?? []).reduce((sum, { content }) => sum + 7 + wordsIn(content), wordsIn(system));
}

function thinkingTokensOf(request: MockMessagesRequest, behaviour: MockBehaviour): number {
  if (request.thinking?.type === 'disabled') return 0;
  return behaviour.reasoningTokens ?? (request.thinking ? defaultThinkingTokens : 0);
}

/** What the mock says to `request`, honouring its limit. */
function answerMessage(
  request: MockMessagesRequest,
  behaviour: MockBehaviour,
  sequence: number,
): MockMessage {
  const limit = request.max_tokens ?? Number.POSITIVE_INFINITY;
  const thinkingTokens = Math.min(thinkingTokensOf(request, behaviour), limit);
  const wanted = behaviour.pieces?.length ?? behaviour.outputTokens ?? defaultOutputTokens;
  const visible = Math.min(wanted, limit - thinkingTokens);
  const total = behaviour.reportedInputTokens ?? countInput(request);
  const read = Math.min(behaviour.cachedTokens ?? 0, total);
  const written = Math.min(behaviour.cacheWriteTokens ?? 0, total - read);
  const { toolCall } = behaviour;
  const blocks: MockMessage['blocks'][number][] = [];
  if (thinkingTokens > 0) {
    const block = { type: 'thinking' as const, thinking: thought.join(''), signature };
    blocks.push({ block, pieces: thought });
  }
  if (toolCall) {
    const half = Math.ceil(toolCall.arguments.length / 2);
    blocks.push({
      block: {
        type: 'tool_use',
        id: `toolu_mock_${sequence}`,
        name: toolCall.name,
        input: JSON.parse(toolCall.arguments),
        caller: { type: 'direct' },
      },
      pieces: [toolCall.arguments.slice(0, half), toolCall.arguments.slice(half)],
    });
  } else {
    const pieces = behaviour.pieces ? behaviour.pieces.slice(0, visible) : piecesOf(visible);
    blocks.push({ block: { type: 'text', text: pieces.join(''), citations: null }, pieces });
  }
  return {
    id: `msg_mock_${sequence}`,
    model: request.model,
    blocks,
    stopReason: visible < wanted ? 'max_tokens' : toolCall ? 'tool_use' : 'end_turn',
    usage: {
      input_tokens: total - read - written,
      cache_creation_input_tokens: written,
      cache_read_input_tokens: read,
      output_tokens: behaviour.reportedOutputTokens ?? visible + thinkingTokens,
    },
  };
}

function envelopeOf({ id, model }: MockMessage) {
  return { id, type: 'message', role: 'assistant', model };
}

function messageOf(answer: MockMessage, omitUsage: boolean): string {
  return JSON.stringify({
    ...envelopeOf(answer),
    content: answer.blocks.map(({ block }) => block),
    stop_reason: answer.stopReason,
    stop_sequence: null,
    ...(omitUsage ? {} : { usage: answer.usage }),
  });
}

function event(name: string, members: object): MockEvent {
  return { name, data: JSON.stringify({ type: name, ...members }) };
}

/** A block as its first event has it. */
function begun(block: MockBlock): object {
  switch (block.type) {
    case 'thinking':
      return { ...block, thinking: '', signature: '' };
    case 'text':
      return { ...block, text: '' };
    case 'tool_use':
      return { ...block, input: {} };
  }
}

function deltaOf({ type }: MockBlock, piece: string): object {
  if (type === 'thinking') return { type: 'thinking_delta', thinking: piece };
  if (type === 'text') return { type: 'text_delta', text: piece };
  return { type: 'input_json_delta', partial_json: piece };
}

/** All events but the last: the start with the input's usage, a ping, the blocks, the end with the output's usage. */
function eventsOf(answer: MockMessage, { omitUsage, repeatUsage }: MockBehaviour): MockEvent[] {
  const { usage } = answer;
  const message = {
    ...envelopeOf(answer),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...(omitUsage ? {} : { usage: { ...usage, output_tokens: 1 } }),
  };
  const events = [event('message_start', { message }), event('ping', {})];
  for (const [index, { block, pieces }] of answer.blocks.entries()) {
    events.push(event('content_block_start', { index, content_block: begun(block) }));
    for (const piece of pieces) {
      events.push(event('content_block_delta', { index, delta: deltaOf(block, piece) }));
    }
    if (block.type === 'thinking') {
      const delta = { type: 'signature_delta', signature: block.signature };
      events.push(event('content_block_delta', { index, delta }));
    }
    events.push(event('content_block_stop', { index }));
  }
  const last = event('message_delta', {
    delta: { stop_reason: answer.stopReason, stop_sequence: null },
    ...(omitUsage ? {} : { usage: { output_tokens: usage.output_tokens } }),
  });
  return [...events, ...(repeatUsage ? [last, last] : [last])];
}

export const messagesEndpoint: MockEndpoint<MockMessagesRequest> = {
  answer: (request, behaviour, sequence) =>
    messageOf(answerMessage(request, behaviour, sequence), behaviour.omitUsage ?? false),
  events: (request, behaviour, sequence) =>
    eventsOf(answerMessage(request, behaviour, sequence), behaviour),
  closing: event('message_stop', {}),
  errorBody: messagesErrorBody,
  errorEvent: { name: 'error', data: messagesErrorBody(529, undefined) },
};

export const countTokensEndpoint: MockEndpoint<MockMessagesRequest> = {
  answer: (request, { reportedInputTokens }) =>
    JSON.stringify({ input_tokens: reportedInputTokens ?? countInput(request) }),
  errorBody: messagesErrorBody,
};
