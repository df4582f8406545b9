// A route is declared once (DESIGN 6), and from that follow its validation, authentication, rate limit,
// Idempotency-Key check, OpenAPI entry and the types its handler sees: parse, call, present, status.
import type { Request } from 'express';
import type { z } from 'zod';
import type { Scope } from '../domain/identity';
import type { Caller } from '../services/identity/caller';
import type { LimitClass } from './rate-limits';

/** Who may use a route: anybody, a caller with a scope, or an operator (scope `admin` and the role at use). */
export type Access = 'public' | 'operator' | Exclude<Scope, 'admin'>;

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What a handler gets: checked and converted by the route's schemas. */
interface Input<Params, Query, Body, Who> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** null on a public route. */
  readonly caller: Who;
  readonly requestId: string;
  /** The very bytes of the body, for a signature over them. */
  readonly rawBody: Buffer;
  readonly request: Request;
}

/** What a handler gives: the answer's body, and whether it is that of an earlier request with the same key. */
export type Reply<Answer> = {
  readonly replayed?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** What a client gets that does not ask for JSON; see `hasText`. */
  readonly text?: string;
} & (undefined extends Answer
  ? { readonly body?: undefined }
  : { readonly body: Answer } | { readonly pieces: Pieces; readonly body?: undefined });

/** The text of an answer that may be too long to have at once: JSON, or what the route's `contentType` says. */
type Pieces = AsyncIterable<string>;

interface Terms {
  readonly method: Method;
  /** Below /api/v1, parameters as `:name`. */
  readonly path: string;
  readonly status?: 200 | 201 | 202 | 204;
  /** required: it moves money and has no other key. optional: honoured when sent. */
  readonly idempotency?: 'required' | 'optional';
  /** For public routes that need their own limit by address. */
  readonly limit?: LimitClass;
  /** false: it is not there (404), and the documentation says when it is. */
  readonly isServed?: boolean;
  /** The answer is plain text, unless the client prefers JSON: for formats of others. */
  readonly hasText?: boolean;
  /** The answer is this and no JSON; it is sent in pieces, with a header that says so. */
  readonly contentType?: 'text/csv';
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
}

interface Declaration<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
  Who extends Access,
> extends Terms {
  readonly access: Who;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer?: Answer;
  handle(
    input: Input<
      z.output<Params>,
      z.output<Query>,
      z.output<Body>,
      Who extends 'public' ? null : Caller
    >,
  ): Promise<Reply<z.input<Answer>>>;
}

/** A declared route, its types erased. */
export interface Route extends Terms {
  readonly access: Access;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  handle(input: Input<unknown, unknown, unknown, Caller | null>): Promise<{
    body?: unknown;
    text?: string;
    pieces?: Pieces;
    replayed?: boolean;
    headers?: Readonly<Record<string, string>>;
  }>;
}

export function route<
  Who extends Access,
  Params extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Query extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodUndefined,
>(declaration: Declaration<Params, Query, Body, Answer, Who>): Route {
  return declaration;
}
