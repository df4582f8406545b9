// Fields that requests of several endpoints have in common.
import { z } from 'zod';
import { DomainError } from '../domain/errors';

export const limitOfOutput = z.int().min(1).nullish();
export const penalty = z.number().min(-2).max(2).nullish();
export const identifier = z.string().max(512).nullish();

/** A text that the caller has tokenized. */
export const tokenIds = z.array(z.int().min(0)).min(1);

export const streamOptions = z
  .strictObject({
    include_usage: z.boolean().optional(),
    include_obfuscation: z.boolean().optional(),
  })
  .nullish();

/** Levels of arrays and objects in a JSON schema; serialising a deeper one could exhaust the stack. */
const maxSchemaDepth = 64;

function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const child of Object.values(value)) if (!isWithinDepth(child, levels - 1)) return false;
  return true;
}

export const jsonSchema = z
  .record(z.string(), z.unknown())
  .refine((schema) => isWithinDepth(schema, maxSchemaDepth), {
    message: `it is nested more than ${maxSchemaDepth} levels deep`,
  });

function isImageAddress(url: string): boolean {
  if (url.startsWith('data:image/')) return url.slice(0, 100).includes(';base64,');
  return url.startsWith('https://') || url.startsWith('http://');
}

export const imageAddress = z.string().refine(isImageAddress, {
  message: 'it is neither an http(s) URL nor a base64 data URL of an image',
});

/** Written tokens are reserved at the dearest price of input. */
export const cacheBreakpoint = z.strictObject({ mode: z.literal('explicit') }).optional();
export const cacheOptions = z
  .strictObject({
    mode: z.enum(['implicit', 'explicit']).optional(),
    ttl: z.literal('30m').optional(),
  })
  .nullish();
export const cacheRetention = z.enum(['in_memory', '24h']).nullish();

export const reasoningEffort = z
  .enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
  .nullish();
export const verbosity = z.enum(['low', 'medium', 'high']).nullish();

export const toolName = z.string().min(1).max(256);
export const maxTools = 128;

/** @throws DomainError INVALID_REQUEST for options of a stream where none is asked for. */
export function requireStream(
  stream: boolean | null | undefined,
  options: object | null | undefined,
): void {
  if (!options || stream) return;
  throw new DomainError(
    'INVALID_REQUEST',
    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    { param: 'stream_options', code: 'invalid_value' },
  );
}

/** In an answer in one piece: of 64 MB, some hundred bytes are said of each. */
const maxLogprobs = 400_000;

/**
 * An answer in one piece that is larger than the relay takes would be paid to the upstream and given to nobody.
 * @param tokens of all choices
 * @param alternatives that each is told with
 * @throws DomainError INVALID_REQUEST
 */
export function requireWithinAnswer(
  stream: boolean | null | undefined,
  tokens: number,
  alternatives: number,
): void {
  if (stream || alternatives === 0 || tokens * (alternatives + 1) <= maxLogprobs) return;
  throw new DomainError(
    'INVALID_REQUEST',
    `So many log probabilities of ${tokens} tokens are too much for one answer: stream it, or ask for fewer.`,
    { param: 'max_tokens', code: 'invalid_value' },
  );
}

/** To some upstreams a null is not the same as nothing. */
export function dropNulls(object: Record<string, unknown>): void {
  for (const key in object) if (object[key] === null) delete object[key];
}
