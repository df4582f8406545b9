// Who signs what is published about the books (DESIGN 2.12): the key of LOG_SIGNING_KEY, its name derived from it, so
// that each instance is a log of its own and a lost key begins another.
import { createHash } from 'node:crypto';
import { createNoteSigner, type NoteSigner } from '../../domain/signed-note';

/** `l-exchange/log/<the first 16 hex digits of sha256(public key)>`: key name, and origin of the burn log. */
function logNameOf(publicKey: Buffer): string {
  return `l-exchange/log/${createHash('sha256').update(publicKey).digest('hex').slice(0, 16)}`;
}

/** undefined without a key. @param seed 32 bytes. */
export function createLogSigner(seed: Buffer | undefined): NoteSigner | undefined {
  return seed && createNoteSigner(seed, logNameOf);
}
