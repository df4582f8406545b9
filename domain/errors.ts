// The one list of refusals. A `DomainError` is a rule saying no: it changes nothing and consumes no
// idempotency key. `api/problem.ts` maps every code to an HTTP status (an unmapped code does not compile),
// and activities turn them into non-retryable failures of the same type.

export const domainErrorCodes = [
  'ACTION_BY_INTERESTED_OPERATOR',
  'ADDRESS_NOT_ALLOWED',
  'AMOUNT_OUT_OF_RANGE',
  'API_KEY_CAP_EXCEEDED',
  'API_KEY_EXPIRED',
  'API_KEY_LIMIT_REACHED',
  'API_KEY_NOT_FOUND',
  'API_KEY_REVOKED',
  'API_KEY_SCOPE_EXCEEDED',
  'BILL_EXCEEDS_PAYABLE',
  'BODY_TOO_LARGE',
  'BUYBACK_NOT_FOUND',
  'CHANNEL_NAME_TAKEN',
  'CHANNEL_NOT_FOUND',
  'CLIENT_ORDER_ID_REUSED',
  'CONCURRENCY_LIMIT',
  'DEBT_LIMIT',
  'DEPOSIT_NOT_FOUND',
  'DEPOSIT_REFERENCE_REUSED',
  'EMAIL_TAKEN',
  'ENGINE_UNAVAILABLE',
  'FORBIDDEN',
  'FUNDS_ON_HOLD',
  'HANDLE_TAKEN',
  'IDEMPOTENCY_KEY_REQUIRED',
  'IDEMPOTENCY_MISMATCH',
  'IMO_LEVEL_REQUIRED',
  'IMO_NOT_FOUND',
  'IMO_QUOTA_REQUIRED',
  'INSUFFICIENT_FUNDS',
  'INVALID_CREDENTIALS',
  'INVALID_REQUEST',
  'MARGIN_RATIO_TOO_LOW',
  'MARK_UNAVAILABLE',
  'MARKET_NOT_TWO_SIDED',
  'MIN_SHARES_NOT_REACHED',
  'MODEL_NOT_ALLOWED',
  'MODEL_NOT_FOUND',
  'NOT_FOUND',
  'OPEN_ORDER_LIMIT',
  'OPEN_PROPOSAL_LIMIT',
  'OPEN_UNSTAKE_LIMIT',
  'ORDER_AMENDMENT_REFUSED',
  'ORDER_BELOW_MINIMUM',
  'ORDER_NOT_FOUND',
  'ORIGIN_REFUSED',
  'OUTCOME_UNKNOWN',
  'PARAMETER_NOT_FOUND',
  'PARAMETER_OUT_OF_BOUNDS',
  'PARAMETER_UNCHANGED',
  'PASSWORD_TOO_WEAK',
  'POOL_CASH_SHORT',
  'POOL_UTILISATION_LIMIT',
  'POSITION_LIMIT',
  'POSITION_NOT_FILLED',
  'POSITION_NOT_FOUND',
  'POST_ONLY_WOULD_TAKE',
  'PREDICTION_NOT_FOUND',
  'PRICE_BELOW_COST',
  'PROPOSAL_NOT_FOUND',
  'RATE_LIMITED',
  'REDEMPTION_NOT_FOUND',
  'RESERVATION_ENDED',
  'SCOPE_REQUIRED',
  'SIGNATURE_EXPIRED',
  'SIGNATURE_INVALID',
  'SIGNATURE_MISSING',
  'STATE_CONFLICT',
  'UNAUTHENTICATED',
  'UNSTAKE_NOT_FOUND',
  'UNSUPPORTED_MEDIA_TYPE',
  'UPSTREAM_NOT_ALLOWED',
  'USER_FROZEN',
  'USER_NOT_FOUND',
  'WAR_ROUND_NOT_FOUND',
] as const;

export type DomainErrorCode = (typeof domainErrorCodes)[number];

/** Values that explain a refusal to its caller (amounts as decimal strings); never secrets. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** A rule refused. `message` is a sentence for the caller. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: DomainErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
  }
}

/** Whether a rule refused, and for this reason. */
export function isRefusal(error: unknown, code: DomainErrorCode): error is DomainError {
  return error instanceof DomainError && error.code === code;
}

/** A broken invariant: a fault of ours, never of the caller. Its text goes to the log only. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws an `InvariantError` unless `condition` holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
