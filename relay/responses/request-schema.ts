// The request for a response that is relayed: an allow-list of OpenAI's Responses API (DESIGN 2.2 "Reserve"). Only what
// stands here is forwarded; what costs more than can be bounded, or names state at the upstream, does not.
import { z } from 'zod';
import {
  cacheBreakpoint,
  cacheOptions,
  cacheRetention,
  identifier,
  imageAddress,
  jsonSchema,
  maxTools,
  reasoningEffort,
  toolName,
  verbosity,
} from '../request-fields';

/** OpenAI refuses less. */
const leastMaxOutputTokens = 16;

const inputText = z.strictObject({
  type: z.literal('input_text'),
  text: z.string(),
  prompt_cache_breakpoint: cacheBreakpoint,
});
const inputImage = z.strictObject({
  type: z.literal('input_image'),
  // Before the address, so that it is what a refusal names.
  file_id: z.null().optional(),
  image_url: imageAddress,
  detail: z.enum(['auto', 'low', 'high']).nullish(),
  prompt_cache_breakpoint: cacheBreakpoint,
});
const inputContent = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [inputText, inputImage])),
]);

const outputText = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  // Parts of an answer that a client appends to its history as it came; of no use upstream.
  annotations: z.array(z.unknown()).nullish(),
  logprobs: z.array(z.unknown()).nullish(),
  parsed: z.unknown().optional(),
});
const refusal = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });

const ofAnyItem = {
  id: z.string().nullish(),
  status: z.enum(['in_progress', 'completed', 'incomplete']).nullish(),
};
const messageOf = {
  ...ofAnyItem,
  type: z.literal('message').optional(),
};
const callOf = {
  ...ofAnyItem,
  call_id: z.string(),
  caller: z.strictObject({ type: z.literal('direct') }).nullish(),
};

const message = z.discriminatedUnion('role', [
  z.strictObject({ ...messageOf, role: z.literal('user'), content: inputContent }),
  z.strictObject({ ...messageOf, role: z.literal('system'), content: inputContent }),
  z.strictObject({ ...messageOf, role: z.literal('developer'), content: inputContent }),
  z.strictObject({
    ...messageOf,
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(z.discriminatedUnion('type', [outputText, refusal]))]),
    phase: z.enum(['commentary', 'final_answer']).nullish(),
  }),
]);

const item = z.discriminatedUnion('type', [
  message,
  z.strictObject({
    ...callOf,
    type: z.literal('function_call'),
    name: z.string(),
    arguments: z.string(),
    // The SDK's helpers add it to what was answered.
    parsed_arguments: z.unknown().optional(),
  }),
  z.strictObject({
    ...callOf,
    type: z.literal('function_call_output'),
    output: inputContent,
  }),
  z.strictObject({
    ...callOf,
    type: z.literal('custom_tool_call'),
    name: z.string(),
    input: z.string(),
  }),
  z.strictObject({
    ...callOf,
    type: z.literal('custom_tool_call_output'),
    output: inputContent,
  }),
  z.strictObject({
    ...ofAnyItem,
    type: z.literal('reasoning'),
    summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
    content: z
      .array(z.strictObject({ type: z.literal('reasoning_text'), text: z.string() }))
      .nullish(),
    encrypted_content: z.string().nullish(),
  }),
]);

const tool = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('function'),
    name: toolName,
    description: z.string().nullish(),
    parameters: jsonSchema.nullish(),
    strict: z.boolean().nullish(),
  }),
  z.strictObject({
    type: z.literal('custom'),
    name: toolName,
    description: z.string().optional(),
    format: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('text') }),
        z.strictObject({
          type: z.literal('grammar'),
          definition: z.string(),
          syntax: z.enum(['lark', 'regex']),
        }),
      ])
      .optional(),
  }),
]);

const namedTool = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('function'), name: z.string() }),
  z.strictObject({ type: z.literal('custom'), name: z.string() }),
]);
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    ...namedTool.options,
    z.strictObject({
      type: z.literal('allowed_tools'),
      mode: z.enum(['auto', 'required']),
      tools: z.array(namedTool).max(maxTools),
    }),
  ]),
]);

const textFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name: toolName,
    description: z.string().optional(),
    schema: jsonSchema,
    strict: z.boolean().nullish(),
  }),
]);

const summary = z.enum(['auto', 'concise', 'detailed']).nullish();

export const responsesRequestSchema = z.strictObject({
  model: z.string().min(1).max(256),
  input: z.union([z.string(), z.array(item).min(1)]),
  instructions: z.string().nullish(),

  // what bounds the output
  max_output_tokens: z.int().min(leastMaxOutputTokens).nullish(),

  // what is generated
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  text: z.strictObject({ format: textFormat.nullish(), verbosity }).nullish(),
  reasoning: z
    .strictObject({ effort: reasoningEffort, summary, generate_summary: summary })
    .nullish(),
  include: z
    .array(z.enum(['reasoning.encrypted_content', 'message.output_text.logprobs']))
    .nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),

  // tools that the caller runs
  tools: z.array(tool).max(maxTools).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),

  // how it is sent and who asked
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  user: identifier,
  safety_identifier: identifier,
  prompt_cache_key: identifier,
  prompt_cache_options: cacheOptions,
  prompt_cache_retention: cacheRetention,

  // accepted where they change nothing, and then not forwarded
  store: z.literal(false).nullish(),
  background: z.literal(false).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  service_tier: z.enum(['auto', 'default']).nullish(),
  previous_response_id: z.null().optional(),
  conversation: z.null().optional(),
  prompt: z.null().optional(),
  context_management: z.null().optional(),
  moderation: z.null().optional(),
});

export type ResponsesFields = z.output<typeof responsesRequestSchema>;
export type InputItem = z.output<typeof item>;
