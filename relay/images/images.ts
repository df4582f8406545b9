// POST /v1/images/generations as the relay's calls take it (DESIGN 2.2): each image costs what its size and quality cost.
import { z } from 'zod';
import { usageOfUnits } from '../../domain/pricing';
import type { RelayedRequest } from '../call/request';
import { emptyTally } from '../tokens/input-tally';
import { parseRequest, type Refusals } from '../request-errors';
import { dropNulls, identifier } from '../request-fields';
import { answerFault } from '../upstream/upstream-error';

const maxImages = 10;

export const imageRequestSchema = z.strictObject({
  model: z.string().min(1).max(256),
  prompt: z.string().min(1),
  n: z.int().min(1).max(maxImages).nullish(),
  size: z.string().max(32).nullish(),
  quality: z.string().max(32).nullish(),
  style: z.enum(['vivid', 'natural']).nullish(),
  background: z.enum(['transparent', 'opaque', 'auto']).nullish(),
  moderation: z.enum(['low', 'auto']).nullish(),
  output_format: z.enum(['png', 'jpeg', 'webp']).nullish(),
  output_compression: z.int().min(0).max(100).nullish(),
  response_format: z.enum(['url', 'b64_json']).nullish(),
  user: identifier,
  stream: z.literal(false).nullish(),
});

const notStreamed = 'images are relayed in one piece';
const refusals: Refusals = new Map([
  ['stream', notStreamed],
  ['partial_images', notStreamed],
]);

const wished = (part: string | null | undefined) =>
  part === undefined || part === 'auto' ? null : part;

/** @throws DomainError INVALID_REQUEST whose details name the parameter at fault. */
export function readImages(body: unknown): RelayedRequest {
  const fields = parseRequest(imageRequestSchema, body, refusals);
  const { model, n, size, quality, stream: _stream, ...rest } = fields;
  dropNulls(rest);
  const count = n ?? 1;
  return {
    endpoint: 'images/generations',
    channelKind: 'openai',
    inputField: 'prompt',
    model,
    unit: 'images',
    choices: count,
    wish: { size: wished(size), quality: wished(quality) },
    askedOutput: { tokens: 1, field: 'n' },
    tallyInput: () => emptyTally(fields.prompt.length),
    bodyFor: ({ model: upstreamModel, variant }) =>
      JSON.stringify({
        model: upstreamModel,
        ...rest,
        n: count,
        ...(variant.size === null ? {} : { size: variant.size }),
        ...(variant.quality === null ? {} : { quality: variant.quality }),
      }),
    answer: {
      by: 'json',
      read({ json, text }, { units }) {
        const { data } = json;
        if (!Array.isArray(data) || data.length === 0) {
          throw answerFault('protocol', `its answer has no images: ${text.slice(0, 500)}`);
        }
        return { told: usageOfUnits(data.length * units), delivered: [] };
      },
    },
  };
}
