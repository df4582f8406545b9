// The message that is relayed: an allow-list of Anthropic's Messages API (DESIGN 2.2 "Reserve"). Only what stands here
// is forwarded; what runs at the upstream, names state there, or has another price than the model's, does not.
import { z } from 'zod';
import { jsonSchema } from '../request-fields';

/** Coding agents bring the tools of many servers along. */
const maxTools = 512;
const maxStopSequences = 100;
/** Less is refused by Anthropic. */
export const leastThinkingBudget = 1_024;

/** Written tokens are reserved at the dearest price of input, which is that of five minutes. */
const cacheControl = z
  .strictObject({
    type: z.literal('ephemeral'),
    ttl: z
      .enum(['5m', '1h'])
      .refine((ttl) => ttl === '5m', {
        message: "a cache of one hour has another price; leave it out or say '5m'",
      })
      .optional(),
  })
  .nullish();
const cached = { cache_control: cacheControl };

const textBlock = z.strictObject({
  type: z.literal('text'),
  text: z.string(),
  // Part of an answer that a client sends back as it came; only documents and searches have any.
  citations: z.array(z.unknown()).max(0).nullish(),
  ...cached,
});
const imageBlock = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('base64'),
      media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
      data: z.string().min(1),
    }),
    z.strictObject({
      type: z.literal('url'),
      url: z.string().refine((url) => /^https?:\/\//.test(url), {
        message: 'it is no http(s) URL',
      }),
    }),
  ]),
  ...cached,
});
const toolUseBlock = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string().min(1),
  input: jsonSchema,
  /** Who called it, in an answer that is sent back: nothing but the model itself can have. */
  caller: z.strictObject({ type: z.literal('direct') }).optional(),
  toolset_name: z.null().optional(),
  ...cached,
});
const toolResultBlock = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1),
  content: z
    .union([z.string(), z.array(z.discriminatedUnion('type', [textBlock, imageBlock]))])
    .optional(),
  is_error: z.boolean().optional(),
  toolset_name: z.null().optional(),
  ...cached,
});
const thinkingBlock = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string(),
});
const redactedThinkingBlock = z.strictObject({
  type: z.literal('redacted_thinking'),
  data: z.string(),
});

const texts = z.union([z.string(), z.array(textBlock)]);
const content = z.union([
  z.string(),
  z.array(
    z.discriminatedUnion('type', [
      textBlock,
      imageBlock,
      toolUseBlock,
      toolResultBlock,
      thinkingBlock,
      redactedThinkingBlock,
    ]),
  ),
]);
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('user'), content }),
  z.strictObject({ role: z.literal('assistant'), content }),
  // Instructions within a conversation: text like that of `system`.
  z.strictObject({ role: z.literal('system'), content: texts }),
]);

/** Fields of every declaration of a tool that the caller runs. */
const declared = {
  ...cached,
  strict: z.boolean().optional(),
  allowed_callers: z.array(z.literal('direct')).optional(),
  defer_loading: z.literal(false).optional(),
  input_examples: z.array(jsonSchema).max(100).optional(),
};
const customTool = z.strictObject({
  type: z.literal('custom').nullish(),
  name: z.string().min(1).max(256),
  description: z.string().optional(),
  input_schema: jsonSchema,
  eager_input_streaming: z.boolean().nullish(),
  ...declared,
});
const bashTool = z.strictObject({
  type: z.literal('bash_20250124'),
  name: z.literal('bash'),
  ...declared,
});
const editorTools = (
  [
    ['text_editor_20250124', 'str_replace_editor'],
    ['text_editor_20250429', 'str_replace_based_edit_tool'],
    ['text_editor_20250728', 'str_replace_based_edit_tool'],
  ] as const
).map(([type, name]) =>
  z.strictObject({
    type: z.literal(type),
    name: z.literal(name),
    max_characters: z.int().min(1).nullish(),
    ...declared,
  }),
);
const tool = z.discriminatedUnion('type', [customTool, bashTool, ...editorTools]);

const parallel = { disable_parallel_tool_use: z.boolean().optional() };
const toolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), ...parallel }),
  z.strictObject({ type: z.literal('any'), ...parallel }),
  z.strictObject({ type: z.literal('tool'), name: z.string().min(1), ...parallel }),
  z.strictObject({ type: z.literal('none') }),
]);

const display = z.enum(['summarized', 'omitted']).nullish();
const thinking = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('enabled'),
    budget_tokens: z.int().min(leastThinkingBudget),
    display,
  }),
  z.strictObject({ type: z.literal('adaptive'), display }),
  z.strictObject({ type: z.literal('between_tools') }),
  z.strictObject({ type: z.literal('disabled') }),
]);

/** What is counted as input, and what it is of. */
const inputFields = {
  model: z.string().min(1).max(256),
  messages: z.array(message).min(1),
  system: texts.nullish(),
  tools: z.array(tool).max(maxTools).nullish(),
  tool_choice: toolChoice.nullish(),
  thinking: thinking.nullish(),
  output_config: z
    .strictObject({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      format: z.strictObject({ type: z.literal('json_schema'), schema: jsonSchema }).nullish(),
    })
    .nullish(),
  ...cached,

  // accepted where they change nothing, and then not forwarded
  speed: z.literal('standard').nullish(),
};

export const messagesRequestSchema = z.strictObject({
  ...inputFields,

  // what bounds the output
  max_tokens: z.int().min(1),
  stop_sequences: z.array(z.string()).max(maxStopSequences).nullish(),

  // what is generated
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),

  // how it is sent and who asked
  stream: z.boolean().nullish(),
  metadata: z.strictObject({ user_id: z.string().max(512).nullish() }).nullish(),

  // accepted where they change nothing, and then not forwarded
  service_tier: z.enum(['auto', 'standard_only']).nullish(),
  container: z.null().optional(),
  mcp_servers: z.array(z.unknown()).max(0).nullish(),
  context_management: z.null().optional(),
  diagnostics: z.null().optional(),
  inference_geo: z.null().optional(),
});

export const countTokensRequestSchema = z.strictObject({
  ...inputFields,
  mcp_servers: z.array(z.unknown()).max(0).nullish(),
  context_management: z.null().optional(),
});

export type MessagesFields = z.output<typeof messagesRequestSchema>;
export type CountTokensFields = z.output<typeof countTokensRequestSchema>;
type Message = MessagesFields['messages'][number];
export type ContentBlock = Exclude<Message['content'], string>[number];
export type ToolDeclaration = NonNullable<MessagesFields['tools']>[number];
