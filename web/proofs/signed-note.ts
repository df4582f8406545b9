// Signed notes (C2SP signed-note, Ed25519): the verifier key, the text that it signed, and the burn log's head in such a note.
import { areEqual, bytesOf, fromBase64, ProofError, sha256, subtle, type Bytes } from './bytes';
import { fails, holds, unknown, type Check } from './check';

export interface VerifierKey {
  readonly name: string;
  readonly id: Bytes;
  readonly publicKey: Bytes;
}

const ed25519 = Uint8Array.of(1);
const idLength = 4;
const signatureLength = 64;

const isKeyName = (name: string) => /^[^\s+\p{Cc}]+$/u.test(name);

/** @param text `<name>+<key id>+<base64 of 0x01 and the public key>` @throws ProofError */
export async function parseVerifierKey(text: string): Promise<VerifierKey> {
  const [, name = '', id = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const bytes = fromBase64(encoded);
  if (!isKeyName(name) || bytes?.length !== 33 || bytes[0] !== 1) {
    throw new ProofError('the server’s key is no verifier key of Ed25519');
  }
  const publicKey = bytes.slice(1);
  const digest = await sha256(bytesOf(`${name}\n`), ed25519, publicKey);
  const own = digest.slice(0, idLength);
  if (parseInt(id, 16) !== new DataView(own.buffer).getUint32(0)) {
    throw new ProofError('the id of the server’s key is not that of its name and bytes');
  }
  return { name, id: own, publicKey };
}

interface NoteParts {
  readonly text: string;
  /** Of the key, of 64 bytes each. */
  readonly signatures: readonly Bytes[];
}

/** Takes a note apart; signatures of other keys are passed over. @throws ProofError */
function splitNote(note: string, key: VerifierKey): NoteParts {
  const end = note.lastIndexOf('\n\n') + 1;
  if (end === 0 || !note.endsWith('\n')) throw new ProofError('it is no signed note');
  const signatures: Bytes[] = [];
  for (const line of note.slice(end + 1, -1).split('\n')) {
    const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    const bytes = fromBase64(encoded);
    if (!isKeyName(name) || !bytes || bytes.length <= idLength) {
      throw new ProofError('the note has a malformed signature');
    }
    if (name === key.name && areEqual(bytes.slice(0, idLength), key.id)) {
      signatures.push(bytes.slice(idLength));
    }
  }
  return { text: note.slice(0, end), signatures };
}

/** undefined: the browser does not know Ed25519. */
async function isSigned(
  text: string,
  { publicKey }: VerifierKey,
  signature: Bytes,
): Promise<boolean | undefined> {
  if (signature.length !== signatureLength) return false;
  try {
    const key = await subtle().importKey('raw', publicKey, 'Ed25519', false, ['verify']);
    return await subtle().verify('Ed25519', key, signature, bytesOf(text));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotSupportedError') return undefined;
    return false;
  }
}

export interface OpenedNote {
  readonly text: string;
  /** Whether the key has signed the text. */
  readonly check: Check;
}

/** @param what is signed, as in `the head` @throws ProofError when it is malformed */
export async function openNote(note: string, key: VerifierKey, what: string): Promise<OpenedNote> {
  const { text, signatures } = splitNote(note, key);
  if (signatures.length === 0) {
    return { text, check: fails(`${key.name} has not signed ${what}.`) };
  }
  const results = await Promise.all(signatures.map((signature) => isSigned(text, key, signature)));
  if (results.includes(false)) {
    return { text, check: fails(`The signature of ${what} is wrong.`) };
  }
  return {
    text,
    check: results.includes(undefined)
      ? unknown(
          `This browser does not know Ed25519, so whether ${what} is signed was not checked. A current version of it does.`,
        )
      : holds(`${capitalized(what)} is signed by the log’s key (Ed25519).`),
  };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export interface Head {
  readonly size: number;
  readonly root: Bytes;
  readonly check: Check;
}

/** The burn log's head (C2SP tlog-checkpoint). @throws ProofError when it is malformed, or of another log */
export async function openHead(checkpoint: string, key: VerifierKey): Promise<Head> {
  const { text, check } = await openNote(checkpoint, key, 'the head');
  const [origin, size = '', encoded = ''] = text.split('\n');
  const root = fromBase64(encoded);
  if (!/^(0|[1-9]\d{0,14})$/.test(size) || root?.length !== 32) {
    throw new ProofError('the head is no checkpoint');
  }
  if (origin !== key.name) throw new ProofError('the head is that of another log');
  return { size: Number(size), root, check };
}

/** The text that a day's root is signed in (docs/formats). */
export function rootText(
  title: string,
  fields: readonly (readonly [name: string, value: string | number])[],
): string {
  return `${title}\n${fields.map(([name, value]) => `${name} ${value}\n`).join('')}`;
}
