// Secrets that must be read again, such as a channel's key (DESIGN 2.2): AES-256-GCM under the master key. What is
// sealed is bound to its owner, so that a row's bytes are of no use in another row.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { assert } from '../../domain/errors';

export interface Sealer {
  /** @param owner what the secret belongs to; it must be named again to open it. */
  seal(secret: string, owner: string): Buffer;
  /** @throws SealError when it was sealed under another master key, for another owner, or was altered. */
  open(sealed: Buffer, owner: string): string;
}

/** A sealed secret that cannot be opened; the message says why, never what. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

// format (1) | key id (4) | nonce (12) | tag (16) | ciphertext
const format = 1;
const nonceAt = 5;
const tagAt = 17;
const textAt = 33;
const algorithm = 'aes-256-gcm';

/** Names a master key without telling it: 32 bits of a hash over its 256. */
function keyIdOf(masterKey: Buffer): Buffer {
  return createHash('sha256')
    .update('l-exchange master key id')
    .update(masterKey)
    .digest()
    .subarray(0, 4);
}

/** @param masterKey 32 bytes. */
export function createSealer(masterKey: Buffer): Sealer {
  assert(masterKey.length === 32, 'a master key has 32 bytes');
  const keyId = keyIdOf(masterKey);
  const header = Buffer.concat([Buffer.of(format), keyId]);

  return {
    seal(secret, owner) {
      const nonce = randomBytes(tagAt - nonceAt);
      const cipher = createCipheriv(algorithm, masterKey, nonce);
      cipher.setAAD(Buffer.concat([header, Buffer.from(owner)]));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([header, nonce, cipher.getAuthTag(), text]);
    },

    open(sealed, owner) {
      if (sealed.length < textAt || sealed[0] !== format) {
        throw new SealError('it is not a sealed secret');
      }
      if (!sealed.subarray(1, nonceAt).equals(keyId)) {
        throw new SealError('it was sealed under another master key');
      }
      const decipher = createDecipheriv(algorithm, masterKey, sealed.subarray(nonceAt, tagAt));
      decipher.setAAD(Buffer.concat([header, Buffer.from(owner)]));
      decipher.setAuthTag(sealed.subarray(tagAt, textAt));
      try {
        return decipher.update(sealed.subarray(textAt), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        throw new SealError('it was altered, or belongs to something else');
      }
    },
  };
}
