// What the requests of several endpoints have in common: how a body is read by its schema, and the parts of schemas that
// mean the same everywhere (DESIGN 2.2 "Reserve").
import { z } from 'zod';
import { DomainError } from '../domain/errors';
import { explainIssue } from './request-errors';

const maxItems = 50_000;
/** Levels of arrays and objects in a JSON schema; serialising a deeper one could exhaust the stack. */
const maxSchemaDepth = 64;

/**
 * Reads a body by the allow-list of its endpoint.
 * @param body parsed JSON.
 * @throws DomainError INVALID_REQUEST whose details name the parameter at fault.
 */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): z.output<Schema> {
  if (!isWithinSize(body, maxItems)) {
    throw new DomainError('INVALID_REQUEST', `A request has at most ${maxItems} items and fields.`);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw issue
    ? explainIssue(issue, body)
    : new DomainError('INVALID_REQUEST', 'The request cannot be read.');
}

/**
 * Whether a body has at most `limit` array items and fields in all. A schema lists every fault of every item, so
 * that a megabyte of wrong items would take seconds.
 */
function isWithinSize(body: unknown, limit: number): boolean {
  const open = [body];
  let items = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const children: unknown[] = Array.isArray(value) ? value : Object.values(value);
    for (const child of children) {
      if (++items > limit) return false;
      if (typeof child === 'object' && child !== null) open.push(child);
    }
  }
  return true;
}

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

/** To some upstreams a null is not the same as nothing. */
export function dropNulls(object: Record<string, unknown>): void {
  for (const key in object) if (object[key] === null) delete object[key];
}

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

export const identifier = z.string().max(512).nullish();

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
