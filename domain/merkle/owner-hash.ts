// Names an owner in a public tree without telling who it is (DESIGN 2.12).
import { createHash } from 'node:crypto';

/**
 * sha256 over the salt's text and the user's id, both UUIDs of 36 characters in lower case. The salt is random and
 * used once, so nobody who does not have it can try out ids.
 */
export function ownerHash(salt: string, userId: string): Buffer {
  return createHash('sha256').update(salt).update(userId).digest();
}
