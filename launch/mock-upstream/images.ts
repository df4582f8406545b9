// The mock's images, in OpenAI's shape: each is one grey pixel.
import type { MockBehaviour } from './behaviour';
import type { MockEndpoint, MockRequest } from './endpoint';
import { errorBody } from './error-body';

interface ImageRequest extends MockRequest {
  n?: number | null;
  response_format?: 'url' | 'b64_json' | null;
}

/** A PNG of one pixel. */
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';

function answer({ n, response_format }: ImageRequest, behaviour: MockBehaviour): string {
  const image =
    response_format === 'b64_json'
      ? { b64_json: pixel }
      : { url: `data:image/png;base64,${pixel}` };
  const count = behaviour.outputTokens ?? n ?? 1;
  const data = Array.from({ length: count }, () => ({ ...image, revised_prompt: 'A mock.' }));
  return JSON.stringify({ created: Math.floor(Date.now() / 1000), data });
}

export const imagesEndpoint: MockEndpoint<ImageRequest> = { answer, errorBody };
