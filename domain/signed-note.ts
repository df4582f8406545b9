// Signed notes (C2SP signed-note, Ed25519): a text that ends with a newline, an empty line, and lines of signatures, so
// that whatever we publish about the books binds us (DESIGN 2.12). Verifier keys are written as Go's note package does.
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { assert } from './errors';

/** A note, a key or a text of ours from outside that is not what it says; the message tells why. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}

/** Whose signature is believed. */
export interface VerifierKey {
  /** Without spaces and plus. */
  readonly name: string;
  /** The first 4 bytes of sha256(name || newline || 0x01 || public key). */
  readonly id: Buffer;
  /** 32 bytes. */
  readonly publicKey: Buffer;
}

export interface NoteSigner {
  readonly key: VerifierKey;
  /** The note of a text; the same one each time, for Ed25519 takes no randomness. */
  sign(text: string): string;
}

/** The only kind of signature that is used here. */
const ed25519 = Buffer.from([1]);
const idLength = 4;
const signatureLength = 64;
const maxSignatures = 100;

// What stands before the 32 bytes of a key in their DER forms (RFC 8410).
const privateKeyHeader = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicKeyHeader = Buffer.from('302a300506032b6570032100', 'hex');

const isKeyName = (name: string) => /^[^\s+\p{Cc}]+$/u.test(name);

/** The bytes of standard base64 in its only proper spelling, or undefined. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function verifierKeyOf(name: string, publicKey: Buffer): VerifierKey {
  const hash = createHash('sha256').update(`${name}\n`).update(ed25519).update(publicKey).digest();
  return { name, id: hash.subarray(0, idLength), publicKey };
}

/** `<name>+<id in hex>+<base64 of 0x01 and the public key>` */
export function formatVerifierKey({ name, id, publicKey }: VerifierKey): string {
  return `${name}+${id.toString('hex')}+${Buffer.concat([ed25519, publicKey]).toString('base64')}`;
}

/** @throws NoteError when it is no verifier key, or not one of Ed25519. */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name = '', id, encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes?.length !== 33 || !bytes.subarray(0, 1).equals(ed25519)) {
    throw new NoteError(`"${text}" is no verifier key of Ed25519`);
  }
  const key = verifierKeyOf(name, bytes.subarray(1));
  if (key.id.toString('hex') !== id) {
    throw new NoteError(`"${text}" is no verifier key: its id is not that of its name and bytes`);
  }
  return key;
}

/** @param seed 32 bytes. @param nameOf what the key is called, given its public part. */
export function createNoteSigner(seed: Buffer, nameOf: (publicKey: Buffer) => string): NoteSigner {
  assert(seed.length === 32, 'an Ed25519 seed has 32 bytes');
  const der = Buffer.concat([privateKeyHeader, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicDer = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicKey = publicDer.subarray(publicKeyHeader.length);
  const key = verifierKeyOf(nameOf(publicKey), publicKey);
  assert(isKeyName(key.name), 'a key name has no spaces and no plus');
  return {
    key,
    sign(text) {
      assert(text.endsWith('\n') && isNoteText(text), 'a note is lines of text');
      const signature = sign(null, Buffer.from(text), privateKey);
      return `${text}\n— ${key.name} ${Buffer.concat([key.id, signature]).toString('base64')}\n`;
    },
  };
}

/** No control characters but newlines, and whole characters. */
function isNoteText(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return !/[\0-\x09\x0b-\x1f]|\p{Surrogate}/u.test(text);
}

/** The signatures of the key on the note's lines, in 4 + 64 bytes; those of other keys are passed over. */
function findSignatures(lines: readonly string[], key: VerifierKey): Buffer[] {
  const found: Buffer[] = [];
  for (const line of lines) {
    const [, name, encoded = ''] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    const bytes = decodeBase64(encoded);
    if (name === undefined || !isKeyName(name) || !bytes || bytes.length <= idLength) {
      throw new NoteError(`the note has a malformed signature line: "${line.slice(0, 200)}"`);
    }
    if (name === key.name && bytes.subarray(0, idLength).equals(key.id)) {
      found.push(bytes.subarray(idLength));
    }
  }
  return found;
}

/**
 * The text of a note that the key has signed; signatures of other keys say nothing.
 * @throws NoteError when it is malformed, or the key's signature is missing or wrong.
 */
export function openNote(note: string, key: VerifierKey): string {
  const end = note.lastIndexOf('\n\n') + 1;
  if (end === 0 || !note.endsWith('\n') || !isNoteText(note)) {
    throw new NoteError('it is no signed note');
  }
  const text = note.slice(0, end);
  const lines = note.slice(end + 1, -1).split('\n');
  if (lines.length > maxSignatures) throw new NoteError('the note has too many signatures');
  const signatures = findSignatures(lines, key);
  if (signatures.length === 0) {
    throw new NoteError(`${formatVerifierKey(key)} has not signed the note`);
  }
  const der = Buffer.concat([publicKeyHeader, key.publicKey]);
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const isSigned = (signature: Buffer) =>
    signature.length === signatureLength && verify(null, Buffer.from(text), publicKey, signature);
  if (!signatures.every(isSigned)) {
    throw new NoteError(`the signature of ${formatVerifierKey(key)} on the note is wrong`);
  }
  return text;
}
