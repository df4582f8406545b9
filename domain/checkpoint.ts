// The head of the burn log as others sign and read it (C2SP tlog-checkpoint, DESIGN 2.13): a signed note of the log's
// origin, its size and its root.
import { assert } from './errors';
import {
  decodeBase64,
  NoteError,
  openNote,
  type NoteSigner,
  type VerifierKey,
} from './signed-note';

export interface Checkpoint {
  /** Which log it is: the name of the key that signs it. */
  readonly origin: string;
  /** Leaves of the tree. */
  readonly size: number;
  /** The tree's root, 32 bytes. */
  readonly root: Buffer;
}

/** The signed head of a log whose origin is the signer's name. */
export function signCheckpoint(signer: NoteSigner, size: number, root: Buffer): string {
  assert(Number.isSafeInteger(size) && size >= 0 && root.length === 32, 'a head is sound');
  return signer.sign(`${signer.key.name}\n${size}\n${root.toString('base64')}\n`);
}

/** Lines after the third are allowed by the format and mean nothing here. */
function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', encoded = '', ...extensions] = text.slice(0, -1).split('\n');
  const root = decodeBase64(encoded);
  const isSize = /^(0|[1-9]\d{0,15})$/.test(size) && Number.isSafeInteger(Number(size));
  if (origin === '' || !isSize || root?.length !== 32 || extensions.includes('')) {
    throw new NoteError('the note is no checkpoint');
  }
  return { origin, size: Number(size), root };
}

/**
 * The head that a note says, if the log's key has signed it.
 * @throws NoteError when it is malformed, not signed by the key, or the head of another log.
 */
export function openCheckpoint(note: string, key: VerifierKey): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, key));
  if (checkpoint.origin !== key.name) {
    throw new NoteError(`it is the checkpoint of ${checkpoint.origin}, not of ${key.name}`);
  }
  return checkpoint;
}
