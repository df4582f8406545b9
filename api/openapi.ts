// The OpenAPI 3.1 document, generated from the declared routes and their schemas (DESIGN 6).
import {
  OpenApiGeneratorV31,
  OpenAPIRegistry,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { sessionCookie } from '../services/identity/authenticator';
import { undeclaredPaths } from './openapi-more';
import { problemSchema } from './problem';
import type { Route } from './route';
import { readVersion } from './version';

export const apiBase = '/api/v1';

type Responses = Record<string, ResponseConfig>;
type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

const idempotencyHeader = (isRequired: boolean) =>
  z.object({
    'Idempotency-Key': (isRequired
      ? z.string().min(1).max(255)
      : z.string().min(1).max(255).optional()
    ).meta({
      description:
        'New for each new request. A repeat with the same body answers the stored response with `Idempotent-Replayed: true`.',
    }),
  });

const successTexts = {
  200: 'Done.',
  201: 'Made.',
  202: 'Accepted.',
  204: 'Done; no body.',
} as const;

function describeAnswer(
  { hasText, contentType }: Route,
  answer: z.ZodType,
): ResponseConfig['content'] {
  return {
    ...(hasText ? { 'text/plain': { schema: z.string() } } : {}),
    [contentType ?? 'application/json']: { schema: answer },
  };
}

function describeResponses(route: Route): Responses {
  const problem = (description: string): ResponseConfig => ({
    description,
    content: { 'application/problem+json': { schema: problemSchema } },
  });
  const status = route.status ?? 200;
  return {
    [status]: {
      description: successTexts[status],
      ...(route.answer ? { content: describeAnswer(route, route.answer) } : {}),
    },
    400: problem('Malformed; `errors` names the fields.'),
    ...(route.access === 'public'
      ? {}
      : { 401: problem('No key or session that is known.'), 403: problem('Not allowed.') }),
    ...(route.params ? { 404: problem('Unknown, or not yours.') } : {}),
    ...(route.method === 'get'
      ? {}
      : { 409: problem('In conflict with the state.'), 422: problem('Refused by a rule.') }),
    429: problem('Too many requests; see Retry-After.'),
    503: problem('The engine is away; see Retry-After.'),
  };
}

function describeAccess({ access }: Route): string {
  if (access === 'public') return 'Public.';
  return access === 'operator'
    ? 'For operators: scope `admin`, and the role at the time of use.'
    : `Scope \`${access}\`.`;
}

function describeRoute(route: Route): RouteConfig {
  const { method, path, params, query, body, idempotency } = route;
  return {
    method,
    path: apiBase + path.replace(/:(\w+)/g, '{$1}'),
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, describeAccess(route)].filter(Boolean).join('\n\n'),
    security: route.access === 'public' ? [] : [{ apiKey: [] }, { session: [] }],
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(body
        ? { body: { required: true, content: { 'application/json': { schema: body } } } }
        : {}),
      ...(idempotency ? { headers: idempotencyHeader(idempotency === 'required') } : {}),
    },
    responses: describeResponses(route),
  };
}

/** The whole document: the relay, what machines ask, and the declared routes. */
export function buildOpenApi(routes: readonly Route[]): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `lx_...`.',
  });
  registry.registerComponent('securitySchemes', 'anthropicKey', {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The same key, as SDKs of Anthropic send it; under /v1 alone.',
  });
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: sessionCookie,
    description: "The console's session.",
  });
  for (const path of [...undeclaredPaths, ...routes.map(describeRoute)])
    registry.registerPath(path);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'L-Exchange',
      version: readVersion(),
      description:
        "The platform. Amounts are decimal strings, times are ISO 8601 in UTC, errors are RFC 9457 problems. The relay speaks the OpenAI API under /v1, and Anthropic's at /v1/messages.",
    },
    servers: [{ url: '/' }],
  });
}
