// POST /v1/completions, OpenAI's older form without a chat, as the relay's calls take it (DESIGN 2.2).
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import type { RelayedRequest } from '../call/request';
import { readChoices, StreamTally } from '../chat/stream-tally';
import { errorEventOf } from '../errors';
import { addText, emptyTally, type InputTally } from '../tokens/input-tally';
import { parseRequest, type Refusals } from '../request-errors';
import {
  dropNulls,
  identifier,
  limitOfOutput,
  penalty,
  requireStream,
  requireWithinAnswer,
  streamOptions,
  tokenIds,
} from '../request-fields';

const maxPrompts = 2_048;
const maxChoices = 128;
/** What OpenAI generates without `max_tokens`. */
const defaultOutput = 16;
/** The start of each prompt. */
const perPrompt = 1;

export const completionRequestSchema = z.strictObject({
  model: z.string().min(1).max(256),
  prompt: z.union([
    z.string(),
    tokenIds,
    z.array(tokenIds).min(1).max(maxPrompts),
    z.array(z.string()).min(1).max(maxPrompts),
  ]),
  suffix: z.string().nullish(),
  max_tokens: limitOfOutput,
  n: z.int().min(1).max(maxChoices).nullish(),
  best_of: z.int().min(1).max(20).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  echo: z.literal(false).nullish(),
  stream: z.boolean().nullish(),
  stream_options: streamOptions,
  user: identifier,
});

const refusals: Refusals = new Map([['echo', 'an answer with the prompt in it is not relayed']]);

type CompletionFields = z.output<typeof completionRequestSchema>;
type Prompt = CompletionFields['prompt'];

/** Texts, or tokens that the caller counted. */
function promptsOf(prompt: Prompt): readonly (string | readonly number[])[] {
  if (typeof prompt === 'string') return [prompt];
  const isOneOfTokens = typeof prompt[0] === 'number';
  return isOneOfTokens ? [prompt as number[]] : (prompt as string[] | number[][]);
}

function tallyPrompts({ prompt, suffix }: CompletionFields): InputTally {
  const tally = emptyTally(0);
  for (const one of promptsOf(prompt)) {
    if (typeof one === 'string') addText(tally, one, perPrompt);
    else tally.overhead += perPrompt + one.length;
    if (suffix) addText(tally, suffix, perPrompt);
  }
  return tally;
}

/** How many answers are generated and billed, delivered or not. */
function choicesOf({ prompt, n, best_of }: CompletionFields): number {
  const choices = promptsOf(prompt).length * Math.max(n ?? 1, best_of ?? 1);
  if (choices <= maxPrompts) return choices;
  throw new DomainError(
    'INVALID_REQUEST',
    `A request has at most ${maxPrompts} answers: prompts times 'n' or 'best_of'.`,
    { param: best_of ? 'best_of' : 'n', code: 'invalid_value' },
  );
}

/** @throws DomainError INVALID_REQUEST whose details name the parameter at fault. */
export function readCompletion(body: unknown): RelayedRequest {
  const fields = parseRequest(completionRequestSchema, body, refusals, true);
  const { model, stream, stream_options, max_tokens, n, best_of, echo: _echo, ...rest } = fields;
  if (best_of && best_of < (n ?? 1)) {
    throw new DomainError('INVALID_REQUEST', "'best_of' must not be less than 'n'.", {
      param: 'best_of',
      code: 'invalid_value',
    });
  }
  if (stream && best_of && best_of > (n ?? 1)) {
    throw new DomainError('INVALID_REQUEST', "Answers cannot be streamed with 'best_of'.", {
      param: 'best_of',
      code: 'invalid_value',
    });
  }
  requireStream(stream, stream_options);
  dropNulls(rest);
  const choices = choicesOf(fields);
  const outputLimit = max_tokens ?? defaultOutput;
  requireWithinAnswer(stream, choices * outputLimit, rest.logprobs ?? 0);
  const forwarded = {
    ...rest,
    ...(n ? { n } : {}),
    ...(best_of ? { best_of } : {}),
    ...(stream ? { stream, stream_options: { ...stream_options, include_usage: true } } : {}),
  };
  return {
    endpoint: 'completions',
    channelKind: 'openai',
    inputField: 'prompt',
    model,
    choices,
    askedOutput: { tokens: outputLimit, field: 'max_tokens' },
    // What is generated for `best_of` and not chosen is billed, and nobody but the upstream knows how much it was.
    ...(best_of && best_of > (n ?? 1) ? { hidesOutput: true } : {}),
    tallyInput: () => tallyPrompts(fields),
    bodyFor: ({ model: upstreamModel, outputLimit }) =>
      JSON.stringify({ model: upstreamModel, ...forwarded, max_tokens: outputLimit }),
    answer: stream
      ? {
          by: 'events',
          read: () => new StreamTally(choices, stream_options?.include_usage ?? false, model),
          errorEventOf,
        }
      : { by: 'json', read: readChoices },
  };
}
