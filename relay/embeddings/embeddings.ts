// POST /v1/embeddings as the relay's calls take it (DESIGN 2.2): input is billed, there is no output.
import { z } from 'zod';
import type { RelayedRequest } from '../call/request';
import { addText, emptyTally, type InputTally } from '../tokens/input-tally';
import { parseRequest } from '../request-errors';
import { dropNulls, identifier, tokenIds } from '../request-fields';
import { answerFault } from '../upstream/upstream-error';
import { readEmbeddingUsage } from '../usage';

const maxInputs = 2_048;
/** What stands around each text. */
const perText = 2;

const text = z.string().min(1);

export const embeddingRequestSchema = z.strictObject({
  model: z.string().min(1).max(256),
  input: z.union([
    text,
    tokenIds,
    z.array(tokenIds).min(1).max(maxInputs),
    z.array(text).min(1).max(maxInputs),
  ]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).max(65_536).nullish(),
  user: identifier,
});

type Input = z.output<typeof embeddingRequestSchema>['input'];

function tallyTexts(input: Input): InputTally {
  const tally = emptyTally(0);
  for (const one of typeof input === 'string' ? [input] : input) {
    if (typeof one === 'string') addText(tally, one, perText);
    else tally.overhead += typeof one === 'number' ? 1 : perText + one.length;
  }
  return tally;
}

/** @throws DomainError INVALID_REQUEST whose details name the parameter at fault. */
export function readEmbedding(body: unknown): RelayedRequest {
  const { model, ...fields } = parseRequest(embeddingRequestSchema, body, undefined, true);
  dropNulls(fields);
  return {
    endpoint: 'embeddings',
    channelKind: 'openai',
    inputField: 'input',
    model,
    choices: 1,
    askedOutput: { tokens: 0, field: 'input' },
    tallyInput: () => tallyTexts(fields.input),
    bodyFor: ({ model: upstreamModel }) => JSON.stringify({ model: upstreamModel, ...fields }),
    answer: {
      by: 'json',
      read({ json, text: answer }) {
        if (!Array.isArray(json.data)) {
          throw answerFault('protocol', `its answer has no embeddings: ${answer.slice(0, 500)}`);
        }
        return { told: readEmbeddingUsage(json.usage), delivered: [] };
      },
    },
  };
}
