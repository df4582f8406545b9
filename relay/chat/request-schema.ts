// The chat request that is relayed: an allow-list of OpenAI's Chat Completions API (DESIGN 2.2 "Reserve"). Only
// what stands here is forwarded; what costs more than can be bounded, or names state at the upstream, does not.
import { z } from 'zod';
import { identifier, limitOfOutput, penalty, streamOptions } from '../request-fields';

/** Levels of arrays and objects in a JSON schema; serialising a deeper one could exhaust the stack. */
export const maxSchemaDepth = 64;
const maxChoices = 128;

export function isWithinDepth(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const child of Object.values(value)) if (!isWithinDepth(child, levels - 1)) return false;
  return true;
}

const jsonSchema = z
  .record(z.string(), z.unknown())
  .refine((schema) => isWithinDepth(schema, maxSchemaDepth), {
    message: `it is nested more than ${maxSchemaDepth} levels deep`,
  });

const cacheBreakpoint = z.strictObject({ mode: z.literal('explicit') }).optional();

const textPart = z.strictObject({
  type: z.literal('text'),
  text: z.string(),
  prompt_cache_breakpoint: cacheBreakpoint,
});
const refusalPart = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });
const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: z.string().refine(isImageAddress, {
      message: 'it is neither an http(s) URL nor a base64 data URL of an image',
    }),
    detail: z.enum(['auto', 'low', 'high']).optional(),
  }),
  prompt_cache_breakpoint: cacheBreakpoint,
});

function isImageAddress(url: string): boolean {
  if (url.startsWith('data:image/')) return url.slice(0, 100).includes(';base64,');
  return url.startsWith('https://') || url.startsWith('http://');
}

const text = z.union([z.string(), z.array(textPart).min(1)]);
const name = z.string().optional();

const toolCall = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.string(),
    type: z.literal('function'),
    function: z.strictObject({ name: z.string(), arguments: z.string() }),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('custom'),
    custom: z.strictObject({ name: z.string(), input: z.string() }),
  }),
]);

const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: text, name }),
  z.strictObject({ role: z.literal('developer'), content: text, name }),
  z.strictObject({
    role: z.literal('user'),
    content: z.union([
      z.string(),
      z.array(z.discriminatedUnion('type', [textPart, imagePart])).min(1),
    ]),
    name,
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z
      .union([z.string(), z.array(z.discriminatedUnion('type', [textPart, refusalPart])).min(1)])
      .nullish(),
    name: z.string().nullish(),
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCall).nullish(),
    function_call: z.strictObject({ name: z.string(), arguments: z.string() }).nullish(),
    // Part of an answer that a client appends to its history as it came; of no use upstream.
    annotations: z.array(z.unknown()).nullish(),
    audio: z.null().optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: text, tool_call_id: z.string() }),
  z.strictObject({ role: z.literal('function'), content: z.string().nullable(), name: z.string() }),
]);

const functionDefinition = {
  name: z.string().min(1).max(256),
  description: z.string().optional(),
  parameters: jsonSchema.optional(),
};

const tool = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('function'),
    function: z.strictObject({ ...functionDefinition, strict: z.boolean().nullish() }),
  }),
  z.strictObject({
    type: z.literal('custom'),
    custom: z.strictObject({
      name: z.string().min(1).max(256),
      description: z.string().optional(),
      format: z
        .discriminatedUnion('type', [
          z.strictObject({ type: z.literal('text') }),
          z.strictObject({
            type: z.literal('grammar'),
            grammar: z.strictObject({
              definition: z.string(),
              syntax: z.enum(['lark', 'regex']),
            }),
          }),
        ])
        .optional(),
    }),
  }),
]);

const named = z.strictObject({ name: z.string() });
const namedTool = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('function'), function: named }),
  z.strictObject({ type: z.literal('custom'), custom: named }),
]);
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    ...namedTool.options,
    z.strictObject({
      type: z.literal('allowed_tools'),
      allowed_tools: z.strictObject({
        mode: z.enum(['auto', 'required']),
        tools: z.array(namedTool).max(128),
      }),
    }),
  ]),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: z.string().min(1).max(256),
      description: z.string().optional(),
      schema: jsonSchema.optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

export const chatRequestSchema = z.strictObject({
  model: z.string().min(1).max(256),
  messages: z.array(message).min(1),

  // what bounds the output
  max_tokens: limitOfOutput,
  max_completion_tokens: limitOfOutput,
  n: z.int().min(1).max(maxChoices).nullish(),

  // what is generated
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  response_format: responseFormat.nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),

  // tools that the caller runs
  tools: z.array(tool).max(128).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  functions: z.array(z.strictObject(functionDefinition)).max(128).nullish(),
  function_call: z.union([z.enum(['none', 'auto']), named]).nullish(),

  // how it is sent and who asked
  stream: z.boolean().nullish(),
  stream_options: streamOptions,
  user: identifier,
  safety_identifier: identifier,
  prompt_cache_key: identifier,
  // Written tokens are reserved at the dearest price of input.
  prompt_cache_options: z
    .strictObject({
      mode: z.enum(['implicit', 'explicit']).optional(),
      ttl: z.literal('30m').optional(),
    })
    .nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),

  // accepted where they change nothing, and then not forwarded
  store: z.literal(false).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  modalities: z.array(z.literal('text')).nullish(),
  service_tier: z.enum(['auto', 'default']).nullish(),
  audio: z.null().optional(),
  moderation: z.null().optional(),
  prediction: z.null().optional(),
  web_search_options: z.null().optional(),
});

export type ChatFields = z.output<typeof chatRequestSchema>;
export type ChatMessage = ChatFields['messages'][number];
