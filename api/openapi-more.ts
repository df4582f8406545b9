// What the OpenAPI document says of paths that are no declared routes: the relay's, and what machines ask.
import type { ResponseConfig, RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { messagesPaths } from './openapi-messages';
import { relayPaths } from './openapi-relay';

const json = (description: string, schema: z.ZodType): ResponseConfig => ({
  description,
  content: { 'application/json': { schema } },
});

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
  ...messagesPaths,
  ...streamPaths,
  ...warsPaths,
  ...systemPaths,
];
