// Texts that people act upon stand in rows; the journal's feed has their hash, so that nobody rewords them later.
import { createHash } from 'node:crypto';

/** SHA-256 of the text in UTF-8, in hex. */
export function textHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
