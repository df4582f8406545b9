// Serves declared routes: admits the request, checks it by the route's schemas, calls the handler, answers.
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { assert } from '../domain/errors';
import { checkOrigin } from '../services/identity/authenticator';
import type { Caller } from '../services/identity/caller';
import { browserFactsOf } from '../services/identity/credentials';
import { admitCaller, readIdempotencyKey, type Admission } from './admission';
import { readBody } from './body';
import { Downloads } from './downloads';
import { localsOf } from './locals';
import { checkPlainJson } from './plain-json';
import { MalformedRequest, type FieldError } from './problem';
import { clientOf } from './rate-limits';
import type { Route } from './route';

export interface ServeOptions extends Admission {
  /** Fails a request whose answer is not as declared: for tests. */
  readonly checkAnswers: boolean;
}

function toFieldErrors(error: z.ZodError, base: string): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = [base, ...issue.path.map(String)].filter((part) => part !== '').join('.');
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: path === '' ? key : `${path}.${key}`,
          message: 'is not known here',
        }))
      : [{ path, message: issue.message }];
  });
}

/** A member that no schema knows is refused: a misspelt option must not pass as its default. */
function strictly(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject ? schema.strict() : schema;
}

/** Reads values by their schemas, naming all that is wrong at once. */
function parseAll(parts: readonly (readonly [z.ZodType | undefined, unknown])[]): unknown[] {
  const errors: FieldError[] = [];
  const values = parts.map(([schema, value]) => {
    if (!schema) return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    errors.push(...toFieldErrors(parsed.error, ''));
    return undefined;
  });
  if (errors.length > 0) throw new MalformedRequest('The request is malformed.', errors);
  return values;
}

async function admit(
  options: ServeOptions,
  { access, limit }: Route,
  request: Request,
  response: Response,
): Promise<Caller | null> {
  if (access !== 'public') return admitCaller(options, access, request, response);
  // Signing somebody in or out from another site is an attack as well.
  checkOrigin(browserFactsOf(request));
  await options.rateLimits.consume(limit ?? 'public', clientOf(request.ip ?? ''), response);
  return null;
}

function prefersText(request: Request): boolean {
  return request.accepts(['text/plain', 'application/json']) === 'text/plain';
}

function createHandler(route: Route, options: ServeOptions, downloads: Downloads): RequestHandler {
  const params = route.params && strictly(route.params);
  const query = strictly(route.query ?? z.object({}));
  const body = route.body && strictly(route.body);
  // Who sends something with a request that takes nothing means something by it.
  const nothing = route.method === 'get' || body ? undefined : strictly(z.object({}));
  const status = route.status ?? 200;

  return async (request, response) => {
    localsOf(response).routePath = route.path;
    const admitted = await admit(options, route, request, response);
    const read = (body ?? nothing) ? await readBody(request, response) : undefined;
    const caller = admitted && {
      ...admitted,
      ...readIdempotencyKey(route, request, body && read?.json),
    };
    checkPlainJson(request.params);
    checkPlainJson(request.query);
    const [parsedParams, parsedQuery, parsedBody] = parseAll([
      [params, request.params],
      [query, request.query],
      [body, read?.json],
      [nothing, read?.json],
    ]);
    const reply = await route.handle({
      params: parsedParams,
      query: parsedQuery,
      body: parsedBody,
      caller,
      requestId: localsOf(response).requestId,
      rawBody: read?.raw ?? Buffer.alloc(0),
      request,
    });
    if (options.checkAnswers && route.answer && !reply.pieces) {
      const checked = strictly(route.answer).safeParse(reply.body);
      assert(
        checked.success,
        `${route.path} answers otherwise than declared: ${checked.error?.message}`,
      );
    }
    if (reply.pieces) {
      const { pieces, headers = {} } = reply;
      await downloads.send(request, response, { pieces, headers });
      return;
    }
    if (reply.replayed) response.setHeader('idempotent-replayed', 'true');
    if (reply.headers) response.set(reply.headers);
    response.status(status);
    if (reply.text !== undefined && prefersText(request)) {
      response.type('text/plain').send(reply.text);
    } else if (reply.body === undefined) response.end();
    else response.json(reply.body);
  };
}

/** A declaration that contradicts itself is found when the process starts. */
function checkDeclaration({ method, path, params, access, idempotency }: Route): void {
  const named = [...path.matchAll(/:(\w+)/g)].map((match) => match[1]);
  const declared = Object.keys(params?.shape ?? {});
  assert(
    named.length === declared.length && named.every((name) => declared.includes(name ?? '')),
    `${method} ${path}: the parameters of the path are not those declared`,
  );
  assert(
    idempotency === undefined || access !== 'public',
    `${method} ${path}: an idempotency key belongs to a caller`,
  );
}

/** A router of declared routes; more particular paths must come first. */
export function serveRoutes(routes: readonly Route[], options: ServeOptions): Router {
  const router = Router();
  const downloads = new Downloads();
  for (const route of routes) {
    checkDeclaration(route);
    if (route.isServed === false) continue;
    router[route.method](route.path, createHandler(route, options, downloads));
  }
  return router;
}
