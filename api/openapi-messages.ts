// What the OpenAPI document says of Anthropic's protocol on the relay.
import type { ResponseConfig, RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { countTokensRequestSchema, messagesRequestSchema } from '../relay/messages/request-schema';

const errorAnswer = z
  .object({
    type: z.literal('error'),
    error: z.object({ type: z.string(), message: z.string() }),
    request_id: z.string().nullable(),
  })
  .meta({ id: 'AnthropicError' });

const messageAnswer = z
  .object({
    id: z.string(),
    type: z.literal('message'),
    role: z.literal('assistant'),
    model: z.string(),
    content: z.array(z.object({ type: z.string() }).loose()),
    stop_reason: z.string().nullable(),
    usage: z.object({ input_tokens: z.int(), output_tokens: z.int() }).loose(),
  })
  .loose()
  .meta({ id: 'AnthropicMessage', description: "The upstream's, as Anthropic documents it." });

const json = (description: string, schema: z.ZodType): ResponseConfig => ({
  description,
  content: { 'application/json': { schema } },
});
const refused = (description: string) => json(description, errorAnswer);

const messages = {
  tags: ['Relay'],
  method: 'post',
  security: [{ apiKey: [] }, { anthropicKey: [] }, { session: [] }],
} satisfies Partial<RouteConfig>;

const refusals = {
  400: refused('Malformed, or a field that cannot be relayed; the message names it.'),
  401: refused('No key that is known.'),
  403: refused('Not allowed.'),
  404: refused('No such model, or no upstream serves it at this endpoint.'),
  413: refused('The body is too large.'),
  429: refused('Too many requests or calls at once; see Retry-After.'),
  502: refused('The upstream failed.'),
  503: refused('The engine is away; see Retry-After.'),
  504: refused('The upstream took too long.'),
  529: refused('The upstream is overloaded; see Retry-After.'),
};

export const messagesPaths: readonly RouteConfig[] = [
  {
    ...messages,
    path: '/v1/messages',
    summary: "A message in Anthropic's protocol, paid in Credits",
    description:
      "Scope `relay`. Anthropic's Messages; a field that does not stand here is refused. Of the betas in " +
      '`anthropic-beta` those are asked for that change neither price nor state, the rest are left out. The headers ' +
      '`x-lx-charge`, `x-lx-mined` and `request-id` say what the call cost, what it mined, and which receipt it has; ' +
      '`x-lx-clamped-max-tokens` that funds were short and the answer is shorter for it.',
    request: {
      body: { required: true, content: { 'application/json': { schema: messagesRequestSchema } } },
    },
    responses: {
      200: {
        description: 'The message; with `stream`, its named events as server-sent events.',
        content: {
          'application/json': { schema: messageAnswer },
          'text/event-stream': { schema: z.string() },
        },
      },
      402: refused('The funds, or what is left of the cap of the key, are too short.'),
      ...refusals,
    },
  },
  {
    ...messages,
    path: '/v1/messages/count_tokens',
    summary: "The tokens of a message's input, by the upstream's count",
    description: "Scope `relay`. Free; counts towards the key's limit of requests.",
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: countTokensRequestSchema } },
      },
    },
    responses: { 200: json('Done.', z.object({ input_tokens: z.int() })), ...refusals },
  },
];
