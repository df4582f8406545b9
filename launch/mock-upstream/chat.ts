// The mock's answers to chats, in OpenAI's shapes.
import type { MockBehaviour } from './behaviour';
import type { MockEndpoint, MockRequest } from './endpoint';
import { errorBody } from './error-body';
import { countWords, defaultOutputTokens, piecesOf } from './text';

/** The fields of a chat request that the mock looks at. */
interface MockChatRequest extends MockRequest {
  messages?: readonly { content?: unknown }[];
  stream_options?: { include_usage?: boolean } | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  n?: number | null;
}

interface MockUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number; cache_write_tokens: number };
  completion_tokens_details: { reasoning_tokens: number };
}

interface MockAnswer {
  id: string;
  created: number;
  model: string;
  choices: number;
  pieces: readonly string[];
  toolCall: MockBehaviour['toolCall'];
  finishReason: 'stop' | 'length' | 'tool_calls';
  usage: MockUsage;
}

/** Tokens of a chat by OpenAI's accounting of messages, with a word for a token: never more than a tokenizer finds. */
function countInput(messages: MockChatRequest['messages']): number {
  let tokens = 3;
  for (const { content } of messages ?? []) {
    tokens += 4;
    if (typeof content === 'string') tokens += countWords(content);
    else if (Array.isArray(content)) {
      for (const part of content as { text?: unknown }[]) {
        if (typeof part.text === 'string') tokens += countWords(part.text);
      }
    }
  }
  return tokens;
}

/** What the mock says to `request`, honouring its limits. */
function answerChat(
  request: MockChatRequest,
  behaviour: MockBehaviour,
  sequence: number,
): MockAnswer {
  const limit = request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY;
  const choices = request.n ?? 1;
  const reasoningTokens = Math.min(behaviour.reasoningTokens ?? 0, limit);
  const wanted = behaviour.pieces?.length ?? behaviour.outputTokens ?? defaultOutputTokens;
  const visible = Math.min(wanted, limit - reasoningTokens);
  const input = behaviour.reportedInputTokens ?? countInput(request.messages);
  const output = behaviour.reportedOutputTokens ?? choices * (visible + reasoningTokens);
  return {
    id: `chatcmpl-mock-${sequence}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    choices,
    pieces: behaviour.pieces ? behaviour.pieces.slice(0, visible) : piecesOf(visible),
    toolCall: behaviour.toolCall,
    finishReason: visible < wanted ? 'length' : behaviour.toolCall ? 'tool_calls' : 'stop',
    usage: {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
      prompt_tokens_details: {
        cached_tokens: behaviour.cachedTokens ?? 0,
        cache_write_tokens: behaviour.cacheWriteTokens ?? 0,
      },
      completion_tokens_details: { reasoning_tokens: choices * reasoningTokens },
    },
  };
}

function toolCallsOf(answer: MockAnswer) {
  return answer.toolCall
    ? [{ id: `call_${answer.id}`, type: 'function', function: answer.toolCall }]
    : undefined;
}

/** The body of an answer that is not streamed. */
function completionOf(answer: MockAnswer, omitUsage: boolean): string {
  const { id, created, model, finishReason, usage } = answer;
  const message = answer.toolCall
    ? { role: 'assistant', content: null, refusal: null, tool_calls: toolCallsOf(answer) }
    : { role: 'assistant', content: answer.pieces.join(''), refusal: null };
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model,
    choices: Array.from({ length: answer.choices }, (_, index) => ({
      index,
      message,
      logprobs: null,
      finish_reason: finishReason,
    })),
    ...(omitUsage ? {} : { usage }),
    system_fingerprint: 'fp_mock',
  });
}

/**
 * The events of a streamed answer without `[DONE]`: per choice the role, the pieces and the finish, then the usage
 * (if it is asked for) in a chunk without choices.
 */
function chunksOf(
  answer: MockAnswer,
  { includeUsage, repeatUsage }: { includeUsage: boolean; repeatUsage: boolean },
): string[] {
  const { id, model, created } = answer;
  // Texts are put together by hand: serialising whole objects took two thirds of the mock's time.
  const head = `{"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},"system_fingerprint":"fp_mock","choices":[`;
  const tail = includeUsage ? '],"usage":null}' : ']}';
  const delta = (index: number, content: object, finish: string | null = null) =>
    `${head}{"index":${index},"delta":${JSON.stringify(content)},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}${tail}`;
  const chunks: string[] = [];
  for (let index = 0; index < answer.choices; index++) {
    chunks.push(delta(index, { role: 'assistant', content: answer.toolCall ? null : '' }));
    if (answer.toolCall) {
      const { name, arguments: text } = answer.toolCall;
      const half = Math.ceil(text.length / 2);
      const call = { id: `call_${id}`, type: 'function', function: { name, arguments: '' } };
      chunks.push(delta(index, { tool_calls: [{ index: 0, ...call }] }));
      for (const part of [text.slice(0, half), text.slice(half)]) {
        chunks.push(delta(index, { tool_calls: [{ index: 0, function: { arguments: part } }] }));
      }
    } else {
      for (const content of answer.pieces) chunks.push(delta(index, { content }));
    }
    chunks.push(delta(index, {}, answer.finishReason));
  }
  if (includeUsage) {
    const last = `${head}],"usage":${JSON.stringify(answer.usage)}}`;
    chunks.push(...(repeatUsage ? [last, last] : [last]));
  }
  return chunks;
}

export const chatEndpoint: MockEndpoint<MockChatRequest> = {
  answer: (request, behaviour, sequence) =>
    completionOf(answerChat(request, behaviour, sequence), behaviour.omitUsage ?? false),
  events(request, behaviour, sequence) {
    const includeUsage = request.stream_options?.include_usage === true && !behaviour.omitUsage;
    const options = { includeUsage, repeatUsage: behaviour.repeatUsage ?? false };
    return chunksOf(answerChat(request, behaviour, sequence), options).map((data) => ({ data }));
  },
  closing: { data: '[DONE]' },
  errorBody,
  errorEvent: { data: errorBody(500, undefined) },
};
