// POST /v1/videos as the relay's calls take it (DESIGN 2.2): the seconds asked for are what is paid, by the size.
import { File } from 'node:buffer';
import { FormData } from 'undici';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import type { RelayedRequest } from '../call/request';
import { parseRequest, type Refusals } from '../request-errors';
import { imageAddress } from '../request-fields';
import { emptyTally } from '../tokens/input-tally';
import { readAccepted } from './upstream-video';

/** What OpenAI makes when nothing is said. */
const defaultSeconds = '4';
const images = ['image/jpeg', 'image/png', 'image/webp'];

const picture = z
  .instanceof(File)
  .refine(({ type }) => images.includes(type), `it must be one of ${images.join(', ')}`)
  .meta({ type: 'string', format: 'binary' });
const pictureAddress = z.strictObject({ image_url: imageAddress });

export const videoRequestSchema = z.strictObject({
  model: z.string().min(1).max(256),
  prompt: z.string().min(1),
  seconds: z
    .string()
    .regex(/^[1-9]\d{0,2}$/)
    .nullish(),
  size: z.string().max(32).nullish(),
  input_reference: z.union([picture, pictureAddress]).nullish(),
  'input_reference[image_url]': imageAddress.optional(),
});

const atUpstream = 'files at the upstream are not kept for callers of this relay; send the picture';
const refusals: Refusals = new Map([
  ['input_reference[file_id]', atUpstream],
  ['file_id', atUpstream],
  ['characters', 'characters are kept at the upstream, not for callers of this relay'],
]);

/**
 * Reads a body of JSON, or one as `readForms` makes it.
 * @throws DomainError INVALID_REQUEST whose details name the parameter at fault.
 */
export function readVideo(body: unknown): RelayedRequest {
  const fields = parseRequest(videoRequestSchema, body, refusals);
  const { model, prompt } = fields;
  requireOneReference(fields);
  const seconds = fields.seconds ?? defaultSeconds;
  return {
    endpoint: 'videos',
    channelKind: 'openai',
    inputField: 'prompt',
    model,
    unit: 'seconds',
    choices: Number(seconds),
    wish: { size: fields.size ?? null, quality: null },
    askedOutput: { tokens: 1, field: 'seconds' },
    tallyInput: () => emptyTally(prompt.length),
    bodyFor({ model: upstreamModel, variant }) {
      const form = new FormData();
      form.set('model', upstreamModel);
      form.set('prompt', prompt);
      form.set('seconds', seconds);
      if (variant.size !== null) form.set('size', variant.size);
      addReference(form, fields);
      return form;
    },
    answer: { by: 'job', seconds: Number(seconds), read: readAccepted },
  };
}

type References = Pick<
  z.output<typeof videoRequestSchema>,
  'input_reference' | 'input_reference[image_url]'
>;

function requireOneReference(fields: References): void {
  if (!fields.input_reference || fields['input_reference[image_url]'] === undefined) return;
  throw new DomainError('INVALID_REQUEST', "'input_reference' is given twice.", {
    param: 'input_reference',
    code: 'invalid_value',
  });
}

function addReference(
  form: FormData,
  { input_reference: reference, 'input_reference[image_url]': address }: References,
): void {
  if (reference instanceof File) form.set('input_reference', reference, reference.name);
  const told = reference && 'image_url' in reference ? reference.image_url : address;
  if (told !== undefined) form.set('input_reference[image_url]', told);
}
