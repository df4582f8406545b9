// A request for a response as it comes in and as it goes on to an upstream (DESIGN 2.2): nothing reaches an upstream
// that the schema does not name, its output always has a limit and nothing is stored.
import { parseRequest } from '../request-errors';
import { dropNulls, requireStream } from '../request-fields';
import { responsesRequestSchema, type InputItem, type ResponsesFields } from './request-schema';

/** What is counted as input. */
export type ResponsesInput = Pick<
  ResponsesFields,
  'input' | 'instructions' | 'tools' | 'tool_choice' | 'text'
>;

export interface ResponsesRequest {
  readonly model: string;
  readonly stream: boolean;
  /** The limit of output that the caller set. */
  readonly askedOutput: { readonly tokens: number; readonly field: 'max_output_tokens' } | null;
  readonly input: ResponsesInput;
  /** Every field that is forwarded as it came. */
  readonly forwarded: Readonly<Record<string, unknown>>;
}

/**
 * Reads the body of `POST /v1/responses`.
 * @param body parsed JSON.
 * @throws DomainError INVALID_REQUEST whose details name the parameter at fault.
 */
export function parseResponsesRequest(body: unknown): ResponsesRequest {
  const {
    model,
    max_output_tokens,
    stream,
    stream_options,
    service_tier,
    // As with chats: without `store` nothing keeps them.
    store: _store,
    metadata: _metadata,
    background: _background,
    previous_response_id: _previous,
    conversation: _conversation,
    prompt: _prompt,
    context_management: _contextManagement,
    moderation: _moderation,
    ...fields
  } = parseRequest(responsesRequestSchema, body);
  requireStream(stream, stream_options);
  if (typeof fields.input !== 'string') fields.input = tidyItems(fields.input);
  for (const part of [fields, fields.text, fields.reasoning]) if (part) dropNulls(part);
  return {
    model,
    stream: stream ?? false,
    askedOutput: max_output_tokens
      ? { tokens: max_output_tokens, field: 'max_output_tokens' }
      : null,
    input: fields,
    forwarded: {
      ...fields,
      ...(service_tier === 'default' ? { service_tier } : {}),
      ...(stream ? { stream, ...(stream_options ? { stream_options } : {}) } : {}),
      store: false,
    },
  };
}

/** Answers come back in the history with fields that an upstream does not take, and with reasoning that it cannot read. */
function tidyItems(items: readonly InputItem[]): InputItem[] {
  const kept = items.filter((item) => item.type !== 'reasoning' || isReadable(item));
  kept.forEach(tidyItem);
  return kept;
}

/** Reasoning that holds nothing but its name was to be looked up at the upstream, which did not store it. */
function isReadable(item: InputItem & { type: 'reasoning' }): boolean {
  return (item.encrypted_content ?? '') !== '' || (item.content ?? []).length > 0;
}

function tidyItem(item: InputItem): void {
  // By its id OpenAI looks an item up among those that it stored, and refuses one that is not there, although the
  // item is here in full.
  delete item.id;
  dropNulls(item);
  if (item.type === 'function_call') delete item.parsed_arguments;
  const parts = 'content' in item ? item.content : 'output' in item ? item.output : undefined;
  if (!Array.isArray(parts)) return;
  for (const part of parts) {
    dropNulls(part);
    if (part.type !== 'output_text') continue;
    delete part.logprobs;
    delete part.parsed;
    if (part.annotations) part.annotations = [];
  }
}

/** The body to send to an upstream, which knows the model by a name of its own. */
export function upstreamBodyOf(
  request: ResponsesRequest,
  upstream: { readonly model: string; readonly outputLimit: number },
): string {
  return JSON.stringify({
    model: upstream.model,
    ...request.forwarded,
    max_output_tokens: upstream.outputLimit,
  });
}
