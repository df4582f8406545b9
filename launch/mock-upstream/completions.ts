// The mock's answers to completions without a chat, in OpenAI's shapes.
import type { MockBehaviour } from './behaviour';
import type { MockEndpoint, MockEvent, MockRequest } from './endpoint';
import { errorBody } from './error-body';
import { countWords, defaultOutputTokens, piecesOf } from './text';

interface CompletionRequest extends MockRequest {
  prompt?: string | readonly (string | number | readonly number[])[];
  max_tokens?: number | null;
  n?: number | null;
  best_of?: number | null;
  stream_options?: { include_usage?: boolean } | null;
}

function promptsOf({ prompt = '' }: CompletionRequest): readonly (string | readonly number[])[] {
  if (typeof prompt === 'string') return [prompt];
  return typeof prompt[0] === 'number'
    ? [prompt as readonly number[]]
    : (prompt as readonly (string | readonly number[])[]);
}

function complete(request: CompletionRequest, behaviour: MockBehaviour) {
  const prompts = promptsOf(request);
  const limit = request.max_tokens ?? 16;
  const wanted = behaviour.pieces?.length ?? behaviour.outputTokens ?? defaultOutputTokens;
  const visible = Math.min(wanted, limit);
  const choices = prompts.length * (request.n ?? 1);
  const generated = prompts.length * Math.max(request.n ?? 1, request.best_of ?? 1);
  const counted = prompts.map((one) => (typeof one === 'string' ? countWords(one) : one.length));
  const input = behaviour.reportedInputTokens ?? counted.reduce((sum, count) => sum + count, 0);
  const output = behaviour.reportedOutputTokens ?? generated * visible;
  return {
    choices,
    pieces: behaviour.pieces?.slice(0, visible) ?? piecesOf(visible),
    finishReason: visible < wanted ? 'length' : 'stop',
    usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
  };
}

function headOf({ model }: CompletionRequest, sequence: number) {
  const created = Math.floor(Date.now() / 1000);
  return { id: `cmpl-mock-${sequence}`, object: 'text_completion', created, model };
}

function answer(request: CompletionRequest, behaviour: MockBehaviour, sequence: number): string {
  const { choices, pieces, finishReason, usage } = complete(request, behaviour);
  return JSON.stringify({
    ...headOf(request, sequence),
    choices: Array.from({ length: choices }, (_, index) => ({
      text: pieces.join(''),
      index,
      logprobs: null,
      finish_reason: finishReason,
    })),
    ...(behaviour.omitUsage ? {} : { usage }),
  });
}

function events(
  request: CompletionRequest,
  behaviour: MockBehaviour,
  sequence: number,
): MockEvent[] {
  const { choices, pieces, finishReason, usage } = complete(request, behaviour);
  const includeUsage = request.stream_options?.include_usage === true && !behaviour.omitUsage;
  const head = headOf(request, sequence);
  const chunk = (rest: object): MockEvent => ({ data: JSON.stringify({ ...head, ...rest }) });
  const said = (index: number, text: string, finish: string | null) =>
    chunk({
      choices: [{ text, index, logprobs: null, finish_reason: finish }],
      ...(includeUsage ? { usage: null } : {}),
    });
  const chunks: MockEvent[] = [];
  for (let index = 0; index < choices; index++) {
    for (const piece of pieces) chunks.push(said(index, piece, null));
    chunks.push(said(index, '', finishReason));
  }
  for (let times = includeUsage ? (behaviour.repeatUsage ? 2 : 1) : 0; times > 0; times--) {
    chunks.push(chunk({ choices: [], usage }));
  }
  return chunks;
}

export const completionsEndpoint: MockEndpoint<CompletionRequest> = {
  answer,
  events,
  closing: { data: '[DONE]' },
  errorBody,
  errorEvent: { data: errorBody(500, undefined) },
};
