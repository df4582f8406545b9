// The kinds of calls that the relay's benchmark measures: where each is sent, as what, and when its answer is whole.
import {
  chatPrompt,
  embeddingsPrompt,
  messagesPrompt,
  responsesPrompt,
  type Prompt,
} from './relay-prompts';

export const kindNames = [
  'json',
  'sse',
  'responses',
  'responses-sse',
  'messages',
  'messages-sse',
  'embeddings',
  'failover',
] as const;
export type Kind = (typeof kindNames)[number];

/** Whose protocol: how a caller shows the key. */
export type Protocol = 'openai' | 'anthropic';

interface KindTerms {
  readonly title: string;
  /** Below `/v1`. */
  readonly path: string;
  readonly protocol: Protocol;
  /** As the catalogue of a new instance has it; the mock upstream answers for each as `upstreamModel`. */
  readonly model: string;
  /** Of a stream: one whose answer takes a second, to be left in its middle; undefined: it comes in one piece. */
  readonly slowModel: string | undefined;
  /** How many at once, where nobody says. */
  readonly connections: readonly number[];
  readonly prompt: Prompt;
  /** Further fields: that it is streamed. */
  readonly fields: object;
  /** Of an answer's body, each of its bytes a character. */
  readonly isWhole: (text: string) => boolean;
}

export const upstreamModel = 'mock-mini';
/** What answers for every `slowModel`. */
export const slowUpstreamModel = 'mock-large';

const isWholeJson = (text: string) => text.endsWith('}') && text.includes('"usage":{');

/** DESIGN 9 names these at 32 and 128. */
const chat = {
  path: 'chat/completions',
  protocol: 'openai',
  model: 'gpt-4o-mini',
  slowModel: 'gpt-4o',
  connections: [1, 32, 128],
  prompt: chatPrompt,
} as const;
const responses = {
  ...chat,
  path: 'responses',
  connections: [1, 32],
  prompt: responsesPrompt,
} as const;
const messages = {
  path: 'messages',
  protocol: 'anthropic',
  model: 'claude-haiku-4-5',
  slowModel: 'claude-sonnet-4-6',
  connections: [1, 32],
  prompt: messagesPrompt,
} as const;
const inOnePiece = { slowModel: undefined, fields: {}, isWhole: isWholeJson };

export const kinds: Readonly<Record<Kind, KindTerms>> = {
  json: { ...chat, ...inOnePiece, title: 'chat JSON' },
  sse: {
    ...chat,
    title: 'chat SSE',
    fields: { stream: true, stream_options: { include_usage: true } },
    isWhole: (text) => text.endsWith('data: [DONE]\n\n'),
  },
  responses: { ...responses, ...inOnePiece, title: 'responses JSON' },
  'responses-sse': {
    ...responses,
    title: 'responses SSE',
    fields: { stream: true },
    isWhole: (text) => text.endsWith('\n\n') && text.includes('event: response.completed\n'),
  },
  messages: { ...messages, ...inOnePiece, title: 'messages JSON' },
  'messages-sse': {
    ...messages,
    title: 'messages SSE',
    fields: { stream: true },
    isWhole: (text) => text.endsWith('data: {"type":"message_stop"}\n\n'),
  },
  embeddings: {
    ...inOnePiece,
    title: 'embeddings',
    path: 'embeddings',
    protocol: 'openai',
    model: 'text-embedding-3-small',
    connections: [1, 32],
    prompt: embeddingsPrompt,
  },
  /** Of a model that two broken channels offer beside the one that works. */
  failover: {
    ...chat,
    ...inOnePiece,
    title: 'failover',
    model: 'gpt-4.1-mini',
    connections: [32],
  },
};

export function isStream(kind: Kind): boolean {
  return kinds[kind].slowModel !== undefined;
}
