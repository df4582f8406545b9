// POST /v1/audio/speech as the relay's calls take it (DESIGN 2.2): the characters of the text are what is paid.
import { z } from 'zod';
import type { RelayedRequest } from '../call/request';
import { emptyTally } from '../tokens/input-tally';
import { parseRequest, type Refusals } from '../request-errors';
import { dropNulls } from '../request-fields';

export const speechRequestSchema = z.strictObject({
  model: z.string().min(1).max(256),
  input: z.string().min(1),
  voice: z.string().min(1).max(64),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  stream_format: z.literal('audio').nullish(),
});

const refusals: Refusals = new Map([
  ['stream_format', 'speech is relayed as audio'],
  ['instructions', 'they are billed, and have no price here'],
]);

/** Unicode characters: what stands for one in UTF-16 by two counts once. */
function countCharacters(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}

/** @throws DomainError INVALID_REQUEST whose details name the parameter at fault. */
export function readSpeech(body: unknown): RelayedRequest {
  const { model, ...fields } = parseRequest(speechRequestSchema, body, refusals);
  dropNulls(fields);
  const characters = countCharacters(fields.input);
  return {
    endpoint: 'audio/speech',
    channelKind: 'openai',
    inputField: 'input',
    model,
    unit: 'characters',
    choices: characters,
    askedOutput: { tokens: 1, field: 'input' },
    tallyInput: () => emptyTally(characters),
    bodyFor: ({ model: upstreamModel }) => JSON.stringify({ model: upstreamModel, ...fields }),
    answer: { by: 'bytes' },
  };
}
