// The mock's embeddings, in OpenAI's shape: vectors that follow from the text, of length one.
import { createHash } from 'node:crypto';
import type { MockBehaviour } from './behaviour';
import type { MockEndpoint, MockRequest } from './endpoint';
import { errorBody } from './error-body';
import { countWords } from './text';

interface EmbeddingRequest extends MockRequest {
  input?: string | readonly (string | number | readonly number[])[];
  encoding_format?: 'float' | 'base64' | null;
  dimensions?: number | null;
}

const defaultDimensions = 256;

function inputsOf({ input = '' }: EmbeddingRequest): readonly (string | readonly number[])[] {
  if (typeof input === 'string') return [input];
  return typeof input[0] === 'number'
    ? [input as readonly number[]]
    : (input as readonly (string | readonly number[])[]);
}

function vectorOf(input: string | readonly number[], dimensions: number): Float32Array {
  const seed = createHash('sha256').update(JSON.stringify(input)).digest();
  const vector = Float32Array.from(
    { length: dimensions },
    (_, i) => ((seed[i % seed.length] ?? 0) + i) % 251,
  );
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function answer(request: EmbeddingRequest, behaviour: MockBehaviour): string {
  const inputs = inputsOf(request);
  const data = inputs.map((input, index) => {
    const vector = vectorOf(input, request.dimensions ?? defaultDimensions);
    const embedding =
      request.encoding_format === 'base64'
        ? Buffer.from(vector.buffer).toString('base64')
        : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const counted = inputs.map((input) =>
    typeof input === 'string' ? countWords(input) : input.length,
  );
  const tokens = behaviour.reportedInputTokens ?? counted.reduce((sum, count) => sum + count, 0);
  return JSON.stringify({
    object: 'list',
    data,
    model: request.model,
    ...(behaviour.omitUsage ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  });
}

export const embeddingsEndpoint: MockEndpoint<EmbeddingRequest> = { answer, errorBody };
