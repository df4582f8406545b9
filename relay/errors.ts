// Errors of `/v1` in OpenAI's shape (DESIGN 6): one table from every refusal to status, type and code, and the
// headers that tell OpenAI's SDKs, which retry 408, 409, 429 and 5xx twice, when a retry cannot help.
import { type ServerResponse } from 'node:http';
import { DomainError, type DomainErrorCode, type ErrorDetails } from '../domain/errors';
import { isDatabaseAway } from '../ledger/connection';
import { isNotServed, isRequestFault, overloaded, UpstreamError } from './upstream/upstream-error';

export interface OpenAIError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** What a caller of `/v1` is told. */
export interface RelayAnswer {
  readonly status: number;
  readonly error: OpenAIError;
  /** `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Sends `x-should-retry: false`. */
  readonly hopeless?: boolean;
}

type Row = Omit<RelayAnswer, 'error'> & { readonly type: string; readonly code?: string };

/** SDKs sleep as long as they are told to. */
const maxRetryAfterSeconds = 30;

const invalid: Row = { status: 400, type: 'invalid_request_error' };
const unauthenticated: Row = {
  status: 401,
  type: 'invalid_request_error',
  code: 'invalid_api_key',
};
const quota: Row = { status: 402, type: 'insufficient_quota', hopeless: true };
const forbidden: Row = { status: 403, type: 'permission_error' };
const missing: Row = { status: 404, type: 'invalid_request_error' };
const conflict: Row = { status: 409, type: 'invalid_request_error', hopeless: true };
const refused: Row = { status: 422, type: 'invalid_request_error' };
const limited: Row = { status: 429, type: 'requests', code: 'rate_limit_exceeded' };
const unavailable: Row = { status: 503, type: 'server_error', retryAfterSeconds: 1 };

/** A code that is not given is the refusal's own in lower case. */
const rows: Record<DomainErrorCode, Row> = {
  ACTION_BY_INTERESTED_OPERATOR: forbidden,
  ADDRESS_NOT_ALLOWED: forbidden,
  AMOUNT_OUT_OF_RANGE: invalid,
  API_KEY_CAP_EXCEEDED: quota,
  API_KEY_EXPIRED: unauthenticated,
  API_KEY_LIMIT_REACHED: refused,
  API_KEY_NOT_FOUND: missing,
  API_KEY_REVOKED: unauthenticated,
  API_KEY_SCOPE_EXCEEDED: forbidden,
  BILL_EXCEEDS_PAYABLE: refused,
  BODY_TOO_LARGE: { ...invalid, status: 413 },
  BUYBACK_NOT_FOUND: missing,
  CHANNEL_NAME_TAKEN: conflict,
  CHANNEL_NOT_FOUND: missing,
  CLIENT_ORDER_ID_REUSED: conflict,
  CONCURRENCY_LIMIT: { ...limited, retryAfterSeconds: 1 },
  DEBT_LIMIT: refused,
  DEPOSIT_NOT_FOUND: missing,
  DEPOSIT_REFERENCE_REUSED: conflict,
  EMAIL_TAKEN: conflict,
  ENGINE_UNAVAILABLE: unavailable,
  FORBIDDEN: forbidden,
  FUNDS_ON_HOLD: refused,
  HANDLE_TAKEN: conflict,
  IDEMPOTENCY_KEY_REQUIRED: invalid,
  IDEMPOTENCY_MISMATCH: refused,
  IMO_LEVEL_REQUIRED: forbidden,
  IMO_NOT_FOUND: missing,
  IMO_QUOTA_REQUIRED: forbidden,
  INSUFFICIENT_FUNDS: { ...quota, code: 'insufficient_quota' },
  INVALID_CREDENTIALS: unauthenticated,
  INVALID_REQUEST: { ...invalid, code: 'invalid_value' },
  MARGIN_RATIO_TOO_LOW: refused,
  MARKET_NOT_TWO_SIDED: refused,
  MARK_UNAVAILABLE: refused,
  MIN_SHARES_NOT_REACHED: refused,
  MODEL_NOT_ALLOWED: forbidden,
  MODEL_NOT_FOUND: missing,
  NOT_FOUND: missing,
  OPEN_ORDER_LIMIT: refused,
  OPEN_PROPOSAL_LIMIT: refused,
  OPEN_UNSTAKE_LIMIT: refused,
  ORDER_AMENDMENT_REFUSED: refused,
  ORDER_BELOW_MINIMUM: refused,
  ORDER_NOT_FOUND: missing,
  ORIGIN_REFUSED: forbidden,
  OUTCOME_UNKNOWN: { ...unavailable, retryAfterSeconds: 5 },
  PARAMETER_NOT_FOUND: missing,
  PARAMETER_OUT_OF_BOUNDS: refused,
  PARAMETER_UNCHANGED: refused,
  PASSWORD_TOO_WEAK: refused,
  POOL_CASH_SHORT: refused,
  POOL_UTILISATION_LIMIT: refused,
  POSITION_LIMIT: refused,
  POSITION_NOT_FILLED: refused,
  POSITION_NOT_FOUND: missing,
  POST_ONLY_WOULD_TAKE: refused,
  PREDICTION_NOT_FOUND: missing,
  PRICE_BELOW_COST: refused,
  PROPOSAL_NOT_FOUND: missing,
  RATE_LIMITED: limited,
  REDEMPTION_NOT_FOUND: missing,
  // The call's funds were released under it (this process was taken for dead); another call has its own.
  RESERVATION_ENDED: unavailable,
  SCOPE_REQUIRED: forbidden,
  SIGNATURE_EXPIRED: unauthenticated,
  SIGNATURE_INVALID: unauthenticated,
  SIGNATURE_MISSING: unauthenticated,
  STATE_CONFLICT: conflict,
  UNAUTHENTICATED: unauthenticated,
  UNSTAKE_NOT_FOUND: missing,
  UNSUPPORTED_MEDIA_TYPE: { ...invalid, status: 415 },
  UPSTREAM_NOT_ALLOWED: refused,
  USER_FROZEN: forbidden,
  USER_NOT_FOUND: missing,
  WAR_ROUND_NOT_FOUND: missing,
};

/**
 * A refusal may carry in its details `param` (the field at fault), `code` (OpenAI's name for the fault, with
 * INVALID_REQUEST) and `retryAfterSeconds`.
 */
function describeRefusal(
  code: DomainErrorCode,
  message: string,
  details: ErrorDetails,
): RelayAnswer {
  const row = rows[code];
  const given =
    code === 'INVALID_REQUEST' && typeof details.code === 'string' ? details.code : null;
  const wait = details.retryAfterSeconds ?? row.retryAfterSeconds;
  return {
    status: row.status,
    error: {
      message,
      type: row.type,
      param: typeof details.param === 'string' ? details.param : null,
      code: given ?? row.code ?? code.toLowerCase(),
    },
    ...(typeof wait === 'number' ? { retryAfterSeconds: wait } : {}),
    ...(row.hopeless ? { hopeless: true } : {}),
  };
}

function serverError(
  status: number,
  code: string,
  message: string,
  rest: Pick<RelayAnswer, 'retryAfterSeconds' | 'hopeless'>,
): RelayAnswer {
  return { status, error: { message, type: 'server_error', param: null, code }, ...rest };
}

const notServed = 'No upstream serves this model at this endpoint at the moment.';

/** Told only after the other channels were tried, so that the SDK need not try again. */
function describeUpstream(error: UpstreamError): RelayAnswer {
  const { kind, status, complaint } = error;
  if (isNotServed(status)) {
    const message = complaint?.message ?? notServed;
    return describeRefusal('MODEL_NOT_FOUND', message, { param: 'model' });
  }
  if (status !== undefined && isRequestFault(status)) {
    const { message, type, param, code } = complaint ?? {
      message: 'The upstream refused the request.',
      type: null,
      param: null,
      code: null,
    };
    return { status, error: { message, type: type ?? 'invalid_request_error', param, code } };
  }
  if (kind === 'status' && (status === 429 || status === overloaded)) {
    return serverError(
      503,
      'upstream_overloaded',
      'The upstream is at its limit. Try again soon.',
      {
        retryAfterSeconds: error.retryAfterSeconds ?? 1,
      },
    );
  }
  const hopeless = { hopeless: true };
  switch (kind) {
    case 'connect':
      return serverError(502, 'upstream_unreachable', 'The upstream cannot be reached.', hopeless);
    case 'timeout':
      return serverError(504, 'upstream_timeout', 'The upstream did not answer in time.', hopeless);
    case 'cut':
      return serverError(502, 'upstream_cut', 'The upstream broke off its answer.', hopeless);
    case 'aborted':
      return serverError(503, 'call_aborted', 'The call was ended before its answer.', {});
    case 'status':
    case 'protocol':
      return serverError(502, 'upstream_error', 'The upstream failed.', hopeless);
  }
}

/** What Express and its body parser throw (http-errors): 4xx with a `type` that names the cause. */
function describeHttpError(error: unknown): RelayAnswer | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') {
    return undefined;
  }
  if (error.status === 413) {
    return describeRefusal('BODY_TOO_LARGE', 'The body is larger than allowed.', {});
  }
  if (error.status === 415) {
    return describeRefusal('UNSUPPORTED_MEDIA_TYPE', 'Send JSON in UTF-8.', {});
  }
  if (error.status < 400 || error.status >= 500) return undefined;
  if (error instanceof URIError) {
    return describeRefusal('INVALID_REQUEST', 'The path is not properly percent-encoded.', {});
  }
  // The body parser names what it met; without that it was the path.
  return 'type' in error
    ? describeRefusal('INVALID_REQUEST', 'The body is not a JSON object.', { code: 'invalid_json' })
    : describeRefusal('INVALID_REQUEST', 'The request cannot be read.', {});
}

/** What a caller of `/v1` is told of an error; a fault of ours is told as nothing but a 500. */
export function describeError(error: unknown): RelayAnswer {
  if (error instanceof DomainError) {
    return describeRefusal(error.code, error.message, error.details);
  }
  if (error instanceof UpstreamError) return describeUpstream(error);
  if (isDatabaseAway(error)) {
    return describeRefusal('ENGINE_UNAVAILABLE', 'The database is away at the moment.', {});
  }
  return (
    describeHttpError(error) ??
    serverError(
      500,
      'internal_error',
      'Something went wrong on our side. Quote the request id when you report it.',
      {},
    )
  );
}

/** Answers an error in OpenAI's shape, if nothing has been answered yet. */
export function sendError(response: ServerResponse, error: unknown): void {
  const answer = describeError(error);
  sendAnswer(response, answer, { error: answer.error });
}

/** Answers an error with its headers and this body, whatever the shape. */
export function sendAnswer(
  response: ServerResponse,
  { status, retryAfterSeconds, hopeless }: Omit<RelayAnswer, 'error'>,
  body: object,
): void {
  if (retryAfterSeconds !== undefined) {
    const wait = Math.max(1, Math.min(maxRetryAfterSeconds, Math.ceil(retryAfterSeconds)));
    response.setHeader('retry-after', wait);
  }
  if (hopeless) response.setHeader('x-should-retry', 'false');
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="l-exchange"');
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/**
 * The event that ends a stream which failed after its first byte. No `[DONE]` may follow: an SDK takes it for
 * success.
 */
export function errorEventOf(error: unknown): string {
  return `data: ${JSON.stringify({ error: describeError(error).error })}\n\n`;
}
