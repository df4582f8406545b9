// What an upstream says of a request that it refuses, fit for the caller's eyes: no key of ours, no address, no
// novel.
import type { UpstreamComplaint } from './upstream-error';

const maxMessageLength = 600;
const maxNameLength = 200;

/** Keys and ids that name our account with the upstream. */
const secrets = /\b(?:sk|rk|pk|org|proj|wrkspc|key|sess)[-_][\w*-]{6,}|\bBearer\s+\S+/gi;
const addresses = /\bhttps?:\/\/[^\s"'<>()]+/gi;
// eslint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Text of an upstream without keys, addresses and control characters. */
export function redact(text: string, apiKey: string | null): string {
  const known = apiKey === null || apiKey === '' ? text : text.replaceAll(apiKey, '[redacted]');
  return known
    .replace(secrets, '[redacted]')
    .replace(addresses, '[address]')
    .replace(controls, ' ')
    .trim();
}

/** A code, type or the like; null for what is none. */
export function nameIn(value: unknown, apiKey: string | null): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const name = redact(String(value), apiKey);
  return name === '' || name.length > maxNameLength ? null : name;
}

/**
 * Reads OpenAI's `{error: {message, type, param, code}}`, or Anthropic's `{type: 'error', error: {type, message}}`, from
 * an upstream's answer; undefined if it is none.
 */
export function readComplaint(text: string, apiKey: string | null): UpstreamComplaint | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
  return complaintIn(error, apiKey);
}

/** The same from the error itself. */
export function complaintIn(error: unknown, apiKey: string | null): UpstreamComplaint | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { message, type, param, code } = error as Record<string, unknown>;
  if (typeof message !== 'string') return undefined;
  return {
    message: redact(message, apiKey).slice(0, maxMessageLength),
    type: nameIn(type, apiKey),
    param: nameIn(param, apiKey),
    code: nameIn(code, apiKey),
  };
}

/** Anthropic answers 400 where our own account with it is empty: no fault of the request. */
export function isOfOurAccount({ message, type }: UpstreamComplaint): boolean {
  return type === 'billing_error' || /^your credit balance is too low\b/i.test(message);
}
