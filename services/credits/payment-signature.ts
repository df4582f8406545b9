// The signature of the payment provider's webhook (DESIGN 2.1): HMAC-SHA256 over `<timestamp>.<raw body>`, sent as
// `t=<unix seconds>,v1=<hex>`. Several `v1` may stand there while the provider changes its secret.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DomainError } from '../../domain/errors';

const signatureToleranceMs = 5 * 60 * 1000;
const maxHeaderLength = 1_000;

export interface SignedMessage {
  /** The header's value; undefined when it was not sent. */
  readonly header: string | undefined;
  /** The very bytes that were signed. */
  readonly rawBody: Buffer;
  readonly secret: string;
  /** Milliseconds, by our clock. */
  readonly at: number;
}

function digestOf(timestamp: string, rawBody: Buffer, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(rawBody).digest();
}

/** The header's value for a message, as the provider makes it. */
export function signPayment(timestampSeconds: number, rawBody: Buffer, secret: string): string {
  const timestamp = String(timestampSeconds);
  return `t=${timestamp},v1=${digestOf(timestamp, rawBody, secret).toString('hex')}`;
}

function readHeader(header: string): { timestamp: string; signatures: Buffer[] } | undefined {
  if (header.length > maxHeaderLength) return undefined;
  const parts = header.split(',').map((part) => part.trim());
  const timestamps = parts.flatMap((part) => /^t=(\d{1,12})$/.exec(part)?.[1] ?? []);
  const signatures = parts.flatMap((part) => /^v1=([0-9a-f]{64})$/i.exec(part)?.[1] ?? []);
  const [timestamp] = timestamps;
  // two times would leave open which of them was signed
  if (timestamp === undefined || timestamps.length > 1 || signatures.length === 0) return undefined;
  return { timestamp, signatures: signatures.map((hex) => Buffer.from(hex, 'hex')) };
}

/**
 * Lets a message through that the provider signed within the last five minutes (or, its clock running ahead, the
 * next five).
 * @throws DomainError SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_EXPIRED
 */
export function requirePaymentSignature({ header, rawBody, secret, at }: SignedMessage): void {
  if (header === undefined || header === '') {
    throw new DomainError('SIGNATURE_MISSING', 'The request is not signed.');
  }
  const read = readHeader(header);
  const expected = read && digestOf(read.timestamp, rawBody, secret);
  // every signature is compared, each in constant time
  const isSigned = expected
    ? read.signatures.filter((signature) => timingSafeEqual(signature, expected)).length > 0
    : false;
  if (!read || !isSigned) {
    throw new DomainError('SIGNATURE_INVALID', 'The signature is not that of this body.');
  }
  // Only a genuine signature is told that it is too old.
  if (Math.abs(at - Number(read.timestamp) * 1000) > signatureToleranceMs) {
    throw new DomainError(
      'SIGNATURE_EXPIRED',
      'The signature was made more than five minutes before or after now.',
    );
  }
}
