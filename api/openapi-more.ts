// What the OpenAPI document says of paths that are no declared routes: the relay's, in OpenAI's shapes, and what
// machines ask.
import type { ResponseConfig, RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { chatRequestSchema } from '../relay/chat/request-schema';
import { responsesRequestSchema } from '../relay/responses/request-schema';

const errorAnswer = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: 'OpenAIError' });

const modelAnswer = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int().meta({ description: 'Seconds since 1970.' }),
    owned_by: z.string(),
  })
  .meta({ id: 'OpenAIModel' });

const completionAnswer = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(z.object({ index: z.int(), finish_reason: z.string() }).loose()),
    usage: z
      .object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
      .loose(),
  })
  .loose()
  .meta({ id: 'OpenAIChatCompletion', description: "The upstream's, as OpenAI documents it." });

const responseAnswer = z
  .object({
    id: z.string(),
    object: z.literal('response'),
    created_at: z.int(),
    model: z.string(),
    status: z.enum(['completed', 'incomplete']),
    output: z.array(z.object({ type: z.string() }).loose()),
    usage: z
      .object({ input_tokens: z.int(), output_tokens: z.int(), total_tokens: z.int() })
      .loose(),
  })
  .loose()
  .meta({ id: 'OpenAIResponse', description: "The upstream's, as OpenAI documents it." });

const json = (description: string, schema: z.ZodType): ResponseConfig => ({
  description,
  content: { 'application/json': { schema } },
});
const refused = (description: string) => json(description, errorAnswer);

const relayed = {
  tags: ['Relay'],
  security: [{ apiKey: [] }, { session: [] }],
} satisfies Partial<RouteConfig>;

const admission = {
  401: refused('No key that is known.'),
  403: refused('Not allowed.'),
  429: refused('Too many requests or calls at once; see Retry-After.'),
  503: refused('The engine is away; see Retry-After.'),
};

/** The answers to a call that is billed. */
const called = (description: string, schema: z.ZodType): RouteConfig['responses'] => ({
  200: {
    description,
    content: {
      'application/json': { schema },
      'text/event-stream': { schema: z.string() },
    },
  },
  400: refused('Malformed, or a field that cannot be relayed; `param` names it.'),
  402: refused('The funds, or what is left of the cap of the key, are too short.'),
  404: refused('No such model.'),
  502: refused('The upstream failed.'),
  504: refused('The upstream took too long.'),
  ...admission,
});

const relayPaths: readonly RouteConfig[] = [
  {
    ...relayed,
    method: 'get',
    path: '/v1/models',
    summary: 'Models that can be called',
    description: 'Scope `relay`.',
    responses: {
      200: json('Done.', z.object({ object: z.literal('list'), data: z.array(modelAnswer) })),
      ...admission,
    },
  },
  {
    ...relayed,
    method: 'get',
    path: '/v1/models/{id}',
    summary: 'One model',
    description: 'Scope `relay`.',
    request: { params: z.object({ id: z.string() }) },
    responses: { 200: json('Done.', modelAnswer), 404: refused('No such model.'), ...admission },
  },
  {
    ...relayed,
    method: 'post',
    path: '/v1/chat/completions',
    summary: 'A chat completion, paid in Credits',
    description:
      "Scope `relay`. OpenAI's Chat Completions; a field that does not stand here is refused. The headers " +
      '`x-lx-charge`, `x-lx-mined` and `x-request-id` say what the call cost, what it mined, and which receipt it ' +
      'has; `x-lx-clamped-max-tokens` that funds were short and the answer is shorter for it.',
    request: {
      body: { required: true, content: { 'application/json': { schema: chatRequestSchema } } },
    },
    responses: called(
      'The completion; with `stream`, its chunks as server-sent events.',
      completionAnswer,
    ),
  },
  {
    ...relayed,
    method: 'post',
    path: '/v1/responses',
    summary: 'A response, paid in Credits',
    description:
      "Scope `relay`. OpenAI's Responses API without what is kept at OpenAI (earlier responses, conversations, prompts, " +
      'files) and without the tools that OpenAI runs; a field that does not stand here is refused. Nothing is stored: ' +
      'send the history with each call, and ask for `reasoning.encrypted_content` to send reasoning along. Headers as ' +
      'of chat completions.',
    request: {
      body: { required: true, content: { 'application/json': { schema: responsesRequestSchema } } },
    },
    responses: called(
      'The response; with `stream`, its events as server-sent events.',
      responseAnswer,
    ),
  },
];

const system = { tags: ['System'], method: 'get', security: [] } satisfies Partial<RouteConfig>;
const readiness = z.object({
  status: z.enum(['ready', 'not ready']),
  checks: z.record(z.string(), z.enum(['ok', 'failing'])),
});

const systemPaths: readonly RouteConfig[] = [
  {
    ...system,
    path: '/healthz',
    summary: 'Is the process alive?',
    responses: { 200: json('It is.', z.object({ status: z.literal('alive') })) },
  },
  {
    ...system,
    path: '/readyz',
    summary: 'Can it serve?',
    responses: { 200: json('It can.', readiness), 503: json('It cannot.', readiness) },
  },
  {
    ...system,
    path: '/metrics',
    summary: 'Metrics for Prometheus',
    description: "From this machine itself, or with an operator's key.",
    security: [{}, { apiKey: [] }],
    responses: {
      200: { description: 'Done.', content: { 'text/plain': { schema: z.string() } } },
      401: { description: 'Not from this machine, and without a key.' },
      403: { description: "The key is no operator's." },
    },
  },
];

const streamPaths: readonly RouteConfig[] = [
  {
    tags: ['Market data'],
    method: 'get',
    path: '/api/v1/stream',
    summary: 'The stream, a WebSocket',
    description:
      'The book, trades, klines, the ticker and the mark as they change; with a key or a session also your own orders, fills and balances. The protocol is described in docs/formats/stream.md.',
    security: [{}, { apiKey: [] }, { session: [] }],
    responses: {
      101: { description: 'The connection is a WebSocket now.' },
      400: { description: 'Something stands in the query.' },
      403: { description: "Another site's page with a cookie of ours." },
      429: { description: 'Too many connections.' },
    },
  },
];

const warsPaths: readonly RouteConfig[] = [
  {
    tags: ['Compute Wars'],
    method: 'get',
    path: '/api/v1/wars/current/stream',
    summary: 'The ranking of the current round, as server-sent events',
    description:
      'An event `board` with what `GET /wars/current` answers, at once and then whenever it changed, at most once a second; comments in between keep the connection open.',
    security: [],
    responses: {
      200: { description: 'Events.', content: { 'text/event-stream': { schema: z.string() } } },
      429: { description: 'Too many connections.' },
      503: { description: 'All places are taken, or the server ends.' },
    },
  },
];

export const undeclaredPaths: readonly RouteConfig[] = [
  ...relayPaths,
  ...streamPaths,
  ...warsPaths,
  ...systemPaths,
];
