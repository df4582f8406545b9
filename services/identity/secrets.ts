// Random bearer secrets: shown once, stored as SHA-256. 256 random bits need no slow hash, and finding them by an
// index over the hash tells nothing through its timing.
import { createHash, randomBytes } from 'node:crypto';

export function makeSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url');
}

export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
