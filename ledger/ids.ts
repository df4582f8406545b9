// Ids of entities that are born of a request are derived from (noun, actor, key), so that a repeat cannot make
// a second one (DESIGN 4).
import { createHash, randomUUID } from 'node:crypto';

/** A UUID (version 8: our own derivation) that depends on nothing but the given parts. */
export function deriveId(...parts: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A time-ordered random UUID (version 7), for requests and for what is born of no key. */
export function newId(nowMs: number = Date.now()): string {
  const time = nowMs.toString(16).padStart(12, '0');
  // Node draws the random bits of many at once, which costs a third of asking for those of one.
  const random = randomUUID().slice('xxxxxxxx-xxxx-4'.length);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random}`;
}
