// A chat whose answer comes as it is written, by either protocol of the relay, with the session's cookie.
import { createParser } from 'eventsource-parser';
import { Problem } from '../api/problem';

export type Protocol = 'openai' | 'anthropic';

export interface ChatMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

export interface ChatRequest {
  readonly protocol: Protocol;
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /** Tokens of the answer. */
  readonly maxTokens: number;
  readonly signal: AbortSignal;
  /** Is told the call's id, which names its receipt, as soon as the relay has taken it. */
  readonly onRequestId: (id: string) => void;
  readonly onText: (text: string) => void;
}

/** What an event says; nothing of it is there in most. */
interface Reading {
  readonly text?: string;
  readonly failure?: string;
  readonly isEnd?: boolean;
}

interface Failure {
  readonly error?: { readonly message?: string };
}

interface OpenAiChunk extends Failure {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
}

interface AnthropicEvent extends Failure {
  readonly type: string;
  readonly delta?: { readonly text?: string };
}

interface Dialect {
  readonly path: string;
  readonly body: (request: ChatRequest) => object;
  readonly read: (data: string) => Reading;
}

function failureOf({ error }: Failure): Reading {
  return error ? { failure: error.message ?? 'The answer broke off.' } : {};
}

const dialects: Readonly<Record<Protocol, Dialect>> = {
  openai: {
    path: '/v1/chat/completions',
    body: ({ model, messages, maxTokens }) => ({
      model,
      messages,
      stream: true,
      max_completion_tokens: maxTokens,
    }),
    read(data) {
      if (data === '[DONE]') return { isEnd: true };
      const chunk = JSON.parse(data) as OpenAiChunk;
      const text = chunk.choices?.[0]?.delta?.content;
      return { ...(text ? { text } : {}), ...failureOf(chunk) };
    },
  },
  anthropic: {
    path: '/v1/messages',
    body: ({ model, messages, maxTokens }) => ({
      model,
      messages,
      stream: true,
      max_tokens: maxTokens,
    }),
    read(data) {
      const event = JSON.parse(data) as AnthropicEvent;
      const text = event.type === 'content_block_delta' ? event.delta?.text : undefined;
      const isEnd = event.type === 'message_stop';
      return { isEnd, ...(text ? { text } : {}), ...failureOf(event) };
    },
  },
};

async function refusalOf(response: Response): Promise<Problem> {
  const { error } = (await response.json().catch(() => ({}))) as Failure;
  const title = `The relay answered ${response.status}`;
  return new Problem({ status: response.status, title, detail: error?.message ?? title });
}

/**
 * Resolves once the answer is whole.
 * @throws Problem a refusal, or an answer that broke off; DOMException AbortError
 */
export async function streamChat(request: ChatRequest): Promise<void> {
  const { path, body, read } = dialects[request.protocol];
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify(body(request)),
    signal: request.signal,
  }).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    throw new Problem({
      status: 0,
      title: 'The relay cannot be reached',
      detail: 'Try again soon.',
    });
  });
  if (!response.ok || !response.body) throw await refusalOf(response);
  const requestId = response.headers.get('x-request-id');
  if (requestId !== null) request.onRequestId(requestId);

  let failure: string | undefined;
  let isWhole = false;
  const parser = createParser({
    onEvent({ data }) {
      const reading = read(data);
      if (reading.text !== undefined) request.onText(reading.text);
      failure ??= reading.failure;
      isWhole ||= reading.isEnd ?? false;
    },
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parser.feed(part.value);
    }
  } catch (error) {
    if (request.signal.aborted) throw error;
    failure ??= 'The connection was cut.';
  }
  if (failure === undefined && isWhole) return;
  throw new Problem({
    status: 502,
    title: 'The answer broke off',
    detail: failure ?? 'The connection ended before it was whole.',
  });
}
