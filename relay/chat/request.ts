// A chat request as it comes in and as it goes on to an upstream (DESIGN 2.2): nothing reaches an upstream that the
// schema does not name, its output always has a limit, its usage is always asked for and nothing is stored.
import { DomainError } from '../../domain/errors';
import { parseRequest } from '../request-errors';
import { dropNulls, requireStream, requireWithinAnswer } from '../request-fields';
import { chatRequestSchema, type ChatFields, type ChatMessage } from './request-schema';

/** What most answers without a limit stay below. */
const unaskedOutput = 8_192;

export type OutputLimitField = 'max_tokens' | 'max_completion_tokens';

/** What is counted as input. */
export type ChatInput = Pick<
  ChatFields,
  'messages' | 'tools' | 'functions' | 'response_format' | 'tool_choice' | 'function_call'
>;

export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  /** The caller wants the usage chunk of a stream. */
  readonly includeUsage: boolean;
  /** `n` */
  readonly choices: number;
  /** The limit of output a choice that the caller set. */
  readonly askedOutput: { readonly tokens: number; readonly field: OutputLimitField } | null;
  readonly input: ChatInput;
  /** Every field that is forwarded as it came. */
  readonly forwarded: Readonly<Record<string, unknown>>;
}

/**
 * Reads the body of `POST /v1/chat/completions`.
 * @param body parsed JSON.
 * @throws DomainError INVALID_REQUEST whose details name the parameter at fault.
 */
export function parseChatRequest(body: unknown): ChatRequest {
  const {
    model,
    n,
    max_tokens,
    max_completion_tokens,
    stream,
    stream_options,
    service_tier,
    // Without `store` nothing keeps them, and OpenAI refuses metadata then.
    store: _store,
    metadata: _metadata,
    modalities: _modalities,
    audio: _audio,
    moderation: _moderation,
    prediction: _prediction,
    web_search_options: _webSearchOptions,
    ...fields
  } = parseRequest(chatRequestSchema, body);
  requireStream(stream, stream_options);
  requireWithinAnswer(
    stream,
    (n ?? 1) * (max_tokens ?? max_completion_tokens ?? unaskedOutput),
    fields.top_logprobs ?? (fields.logprobs ? 1 : 0),
  );
  fields.messages.forEach(dropEmptyFields);
  dropNulls(fields);
  return {
    model,
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    choices: n ?? 1,
    askedOutput: askedOutputOf(max_tokens, max_completion_tokens),
    input: fields,
    forwarded: {
      ...fields,
      ...(n ? { n } : {}),
      ...(service_tier === 'default' ? { service_tier } : {}),
      ...(stream ? { stream, stream_options: { ...stream_options, include_usage: true } } : {}),
      store: false,
    },
  };
}

function askedOutputOf(
  maxTokens: number | null | undefined,
  maxCompletionTokens: number | null | undefined,
): ChatRequest['askedOutput'] {
  if (maxTokens && maxCompletionTokens) {
    throw new DomainError(
      'INVALID_REQUEST',
      "Set 'max_tokens' or 'max_completion_tokens', not both.",
      { param: 'max_tokens', code: 'invalid_value' },
    );
  }
  if (maxTokens) return { tokens: maxTokens, field: 'max_tokens' };
  return maxCompletionTokens
    ? { tokens: maxCompletionTokens, field: 'max_completion_tokens' }
    : null;
}

/** Answers come back in the history with fields that an upstream does not take. */
function dropEmptyFields(message: ChatMessage): void {
  if (message.role !== 'assistant') return;
  delete message.annotations;
  const { content } = message;
  dropNulls(message);
  if (content === null) message.content = content;
}

export interface UpstreamChat {
  /** What the upstream calls the model. */
  readonly model: string;
  /** The most output a choice. */
  readonly outputLimit: number;
  readonly outputLimitField: OutputLimitField;
}

/** The body to send to an upstream. */
export function upstreamBodyOf(request: ChatRequest, upstream: UpstreamChat): string {
  return JSON.stringify({
    model: upstream.model,
    ...request.forwarded,
    [upstream.outputLimitField]: upstream.outputLimit,
  });
}

/**
 * The field that carries the limit: the caller's own choice, since models differ in which they take; else the newer
 * one for models that reason, which refuse the older, and the older for all others, which every upstream knows.
 */
export function outputLimitFieldOf(request: ChatRequest, hidesOutput: boolean): OutputLimitField {
  return request.askedOutput?.field ?? (hidesOutput ? 'max_completion_tokens' : 'max_tokens');
}
