// The forms that requests and answers share (DESIGN 6): amounts as decimal strings, times as ISO 8601 UTC, ids,
// reasons, lists.
import { z } from 'zod';
import { DomainError } from '../domain/errors';
import { parseAmount } from '../domain/money';
import { isPlainLine, isPlainText } from '../domain/text';
import type { Page } from '../services/pages';

const amountText = z.string().meta({
  description: 'A decimal string with at most 8 decimals.',
  pattern: '^-?\\d{1,12}(\\.\\d{1,8})?$',
  example: '12.5',
});

function readAmount(text: string, context: z.RefinementCtx): bigint {
  try {
    return parseAmount(text);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
}

/** A decimal string -> base units; may be negative or zero. */
export const signedAmount = amountText.transform(readAmount);
/** A decimal string -> base units, zero or more. */
export const nonNegativeAmount = signedAmount.refine(
  (units) => units >= 0n,
  'must not be negative',
);
/** A decimal string -> base units, more than zero. */
export const positiveAmount = signedAmount.refine((units) => units > 0n, 'must be more than 0');
/** An amount in an answer. */
export const amountAnswer = amountText;

// An offset can lead out of the years that have four digits, which neither an answer nor the database has a form for.
const firstTime = Date.parse('0001-01-01T00:00:00Z');
const lastTime = Date.parse('9999-12-31T23:59:59.999Z');
/** ISO 8601 with an offset -> milliseconds since 1970. */
export const time = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .refine((at) => at >= firstTime && at <= lastTime, 'must be in the years 1 to 9999 (UTC)');
/** A time in an answer. */
export const timeAnswer = z.iso.datetime();
/** Milliseconds since 1970 -> a time in an answer. */
export function presentTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
/** The same for a time that may not be there. */
export function presentOptionalTime(atMs: number | null): string | null {
  return atMs === null ? null : presentTime(atMs);
}

// In the one spelling that ids have everywhere else: rows, workflows and comparisons know no other.
export const id = z.uuid().toLowerCase();
export const idParams = z.object({ id });
/** Free text of one line; see `isPlainLine`. */
export function plainLine(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1, { abort: true })
    .max(maxLength, { abort: true })
    .refine((text) => isPlainLine(text, maxLength), 'must be one line of printable characters');
}
/** Free text of several lines, whatever ends them; see `isPlainText`. */
export function plainText(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1, { abort: true })
    .max(maxLength, { abort: true })
    .transform((text) => text.replaceAll('\r\n', '\n'))
    .refine((text) => isPlainText(text, maxLength), 'must be printable characters');
}
/** Why an operator does it: it lands in the audit log. */
export const reason = plainLine(500);

/** A number of a query, in decimal digits only: 1e2 and 0x10 are no way to write one. */
export function wholeNumber(number: z.ZodInt) {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text),
    number,
  );
}

/** `limit` and `cursor` of a list. */
export const pageQuery = z.object({
  limit: wholeNumber(z.int().min(1).max(200)).default(50),
  cursor: z.string().max(300).optional().meta({ description: '`nextCursor` of the page before.' }),
});

/** A list's answer. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** Presents each item of a page. */
export function presentPage<Item, Presented>(
  { items, nextCursor }: Page<Item>,
  present: (item: Item) => Presented,
): { items: Presented[]; nextCursor: string | null } {
  return { items: items.map(present), nextCursor };
}
