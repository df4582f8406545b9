// Bytes as proofs have them: in hex and base64, joined and hashed. What is not what it should be proves nothing, and is thrown.

export type Bytes = Uint8Array<ArrayBuffer>;

/** What was published is not what it says it is; the message tells why. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
}

/** The browser has no cryptography to check with: pages that came without TLS get none. */
export class NoCryptography extends Error {
  override readonly name = 'NoCryptography';
}

type Subtle = typeof crypto.subtle;

/** @throws NoCryptography */
export function subtle(): Subtle {
  const given = crypto.subtle as Subtle | undefined;
  if (given) return given;
  throw new NoCryptography(
    'This browser lets pages compute hashes only over HTTPS or on localhost. Open the console there, or run the verifier below.',
  );
}

export function bytesOf(text: string): Bytes {
  return Uint8Array.from(new TextEncoder().encode(text));
}

/** @param hex of a hash: 64 digits, lower case */
export function hashOf(hex: string): Bytes {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new ProofError(`"${hex.slice(0, 80)}" is no hash`);
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of standard base64 in its only proper spelling. */
export function fromBase64(text: string): Bytes | undefined {
  try {
    const binary = atob(text);
    return btoa(binary) === text
      ? Uint8Array.from(binary, (character) => character.charCodeAt(0))
      : undefined;
  } catch {
    return undefined;
  }
}

export function join(...parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  return new Uint8Array(await subtle().digest('SHA-256', join(...parts)));
}

export function areEqual(one: Bytes, other: Bytes): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
