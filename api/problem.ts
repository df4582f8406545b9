// Errors of the platform's API as RFC 9457 `application/problem+json` (DESIGN 6). Every refusal has its status in
// one table that does not compile when a code is missing; anything else is a 500 that says nothing of its insides.
import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { DomainError, type DomainErrorCode, type ErrorDetails } from '../domain/errors';
import { isDatabaseAway } from '../ledger/connection';
import { localsOf } from './locals';

/** HTTP statuses of refusals on `/api/v1`; the relay has its own shape and a few other statuses. */
const statusOfCode = {
  ACTION_BY_INTERESTED_OPERATOR: 403,
  ADDRESS_NOT_ALLOWED: 403,
  AMOUNT_OUT_OF_RANGE: 400,
  API_KEY_CAP_EXCEEDED: 422,
  API_KEY_EXPIRED: 401,
  API_KEY_LIMIT_REACHED: 422,
  API_KEY_NOT_FOUND: 404,
  API_KEY_REVOKED: 401,
  API_KEY_SCOPE_EXCEEDED: 403,
  BILL_EXCEEDS_PAYABLE: 422,
  BODY_TOO_LARGE: 413,
  BUYBACK_NOT_FOUND: 404,
  CHANNEL_NAME_TAKEN: 409,
  CHANNEL_NOT_FOUND: 404,
  CLIENT_ORDER_ID_REUSED: 409,
  CONCURRENCY_LIMIT: 429,
  DEBT_LIMIT: 422,
  DEPOSIT_NOT_FOUND: 404,
  DEPOSIT_REFERENCE_REUSED: 409,
  EMAIL_TAKEN: 409,
  ENGINE_UNAVAILABLE: 503,
  FORBIDDEN: 403,
  FUNDS_ON_HOLD: 422,
  HANDLE_TAKEN: 409,
  IDEMPOTENCY_KEY_REQUIRED: 400,
  IDEMPOTENCY_MISMATCH: 422,
  IMO_LEVEL_REQUIRED: 403,
  IMO_NOT_FOUND: 404,
  IMO_QUOTA_REQUIRED: 403,
  INSUFFICIENT_FUNDS: 422,
  INVALID_CREDENTIALS: 401,
  INVALID_REQUEST: 400,
  MARGIN_RATIO_TOO_LOW: 422,
  MARKET_NOT_TWO_SIDED: 422,
  MARK_UNAVAILABLE: 422,
  MIN_SHARES_NOT_REACHED: 422,
  MODEL_NOT_ALLOWED: 403,
  MODEL_NOT_FOUND: 404,
  NOT_FOUND: 404,
  OPEN_ORDER_LIMIT: 422,
  OPEN_PROPOSAL_LIMIT: 422,
  OPEN_UNSTAKE_LIMIT: 422,
  ORDER_AMENDMENT_REFUSED: 422,
  ORDER_BELOW_MINIMUM: 422,
  ORDER_NOT_FOUND: 404,
  ORIGIN_REFUSED: 403,
  OUTCOME_UNKNOWN: 503,
  PARAMETER_NOT_FOUND: 404,
  PARAMETER_OUT_OF_BOUNDS: 422,
  PARAMETER_UNCHANGED: 422,
  PASSWORD_TOO_WEAK: 422,
  POOL_CASH_SHORT: 422,
  POOL_UTILISATION_LIMIT: 422,
  POSITION_LIMIT: 422,
  POSITION_NOT_FILLED: 422,
  POSITION_NOT_FOUND: 404,
  POST_ONLY_WOULD_TAKE: 422,
  PREDICTION_NOT_FOUND: 404,
  PRICE_BELOW_COST: 422,
  PROPOSAL_NOT_FOUND: 404,
  RATE_LIMITED: 429,
  REDEMPTION_NOT_FOUND: 404,
  RESERVATION_ENDED: 409,
  SCOPE_REQUIRED: 403,
  SIGNATURE_EXPIRED: 401,
  SIGNATURE_INVALID: 401,
  SIGNATURE_MISSING: 401,
  STATE_CONFLICT: 409,
  UNAUTHENTICATED: 401,
  UNSTAKE_NOT_FOUND: 404,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UPSTREAM_NOT_ALLOWED: 422,
  USER_FROZEN: 403,
  USER_NOT_FOUND: 404,
  WAR_ROUND_NOT_FOUND: 404,
} as const satisfies Record<DomainErrorCode, number>;

type ProblemCode = DomainErrorCode | 'INTERNAL_ERROR';

export const problemSchema = z
  .object({
    type: z.string().meta({ example: 'urn:l-exchange:problem:insufficient-funds' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().meta({ description: 'One of a fixed list; branch on this.' }),
    requestId: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .meta({ description: 'The fields that are wrong, when the request is malformed.' }),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

/** A field of the request that is wrong. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** A request that does not have the declared form: 400, naming every field that is wrong. */
export class MalformedRequest extends DomainError {
  constructor(
    message: string,
    readonly errors: readonly FieldError[],
  ) {
    super('INVALID_REQUEST', message);
  }
}

interface Refusal {
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly details: ErrorDetails;
}

/** What Express and its body parser throw (http-errors): 4xx with a `type` that names the cause. */
function isHttpError(error: unknown): error is Error & { status: number; type?: string } {
  return (
    error instanceof Error &&
    'status' in error &&
    typeof error.status === 'number' &&
    error.status >= 400 &&
    error.status < 500
  );
}

function refuse(code: DomainErrorCode, detail: string): Refusal {
  return { status: statusOfCode[code], code, detail, errors: [], details: {} };
}

/** What the caller is told of an error; a fault of ours is told as nothing but a 500. */
function describeError(error: unknown): Refusal {
  if (error instanceof DomainError) {
    return {
      ...refuse(error.code, error.message),
      errors: error instanceof MalformedRequest ? error.errors : [],
      details: error.details,
    };
  }
  if (isHttpError(error)) {
    if (error.status === 413) return refuse('BODY_TOO_LARGE', 'The body is larger than allowed.');
    if (error.status === 415) {
      return refuse('UNSUPPORTED_MEDIA_TYPE', 'Send JSON in UTF-8, at most gzip-compressed.');
    }
    return error.type === 'entity.parse.failed'
      ? refuse('INVALID_REQUEST', 'The body is not a JSON object.')
      : refuse('INVALID_REQUEST', 'The request cannot be read.');
  }
  if (isDatabaseAway(error)) {
    return refuse('ENGINE_UNAVAILABLE', 'The database is away at the moment.');
  }
  return {
    status: 500,
    code: 'INTERNAL_ERROR',
    detail: 'Something went wrong on our side. Quote the request id when you report it.',
    errors: [],
    details: {},
  };
}

function titleOf(code: ProblemCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How soon a repeat may help, in seconds; only for refusals that pass by themselves. */
const retryAfterSeconds: Partial<Record<ProblemCode, number>> = {
  CONCURRENCY_LIMIT: 1,
  ENGINE_UNAVAILABLE: 1,
  OUTCOME_UNKNOWN: 5,
  RATE_LIMITED: 30,
};

/** The problem document of an error, as text, and its status. */
export function problemOf(
  error: unknown,
  requestId: string,
): Pick<Refusal, 'status' | 'code' | 'detail'> & { readonly text: string } {
  const { status, code, detail, errors, details } = describeError(error);
  const text = JSON.stringify({
    type: `urn:l-exchange:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf(code),
    status,
    detail,
    code,
    requestId,
    errors,
    ...(Object.keys(details).length > 0 ? { details } : {}),
  });
  return { status, code, detail, text };
}

/** Answers an error as a problem document. */
function sendProblem(response: Response, error: unknown): void {
  const { status, code, text } = problemOf(error, localsOf(response).requestId);
  const retryAfter = retryAfterSeconds[code];
  if (retryAfter !== undefined && !response.hasHeader('retry-after')) {
    response.setHeader('retry-after', retryAfter);
  }
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="l-exchange"');
  response.status(status).type('application/problem+json').send(text);
}

/** Express' last handler: logs what is our fault and answers every error. */
export function createProblemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (describeError(error).status === 500) {
      logger.error(
        {
          err: error,
          requestId: localsOf(response).requestId,
          method: request.method,
          path: request.path,
        },
        'request failed',
      );
    }
    // Too late for an answer: Express cuts the connection, so that nobody takes the torso for the whole.
    if (response.headersSent) {
      next(error);
      return;
    }
    sendProblem(response, error);
  };
}
