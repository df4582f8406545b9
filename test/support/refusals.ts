// What a refusal looks like in a test: `rejects.toEqual(refusal(code))`, `toThrow(refusal(code))`.
import type { DomainErrorCode } from '../../domain/errors';

/** A matcher of the `DomainError` with this code and, if given, these details. */
export function refusal(code: DomainErrorCode, details?: Record<string, unknown>): Error {
  return expect.objectContaining(details ? { code, details } : { code }) as Error;
}
