// What the OpenAPI document says of the relay's endpoints, in OpenAI's shapes.
import type { ResponseConfig, RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { chatRequestSchema } from '../relay/chat/request-schema';
import { completionRequestSchema } from '../relay/completions/completions';
import { embeddingRequestSchema } from '../relay/embeddings/embeddings';
import { imageRequestSchema } from '../relay/images/images';
import { transcriptionRequestSchema } from '../relay/transcriptions/transcriptions';
import { videoStatuses } from '../domain/video';
import { videoRequestSchema } from '../relay/videos/create';
import { videoContentSchema, videoListSchema } from '../relay/videos/reads';
import { speechRequestSchema } from '../relay/speech/speech';
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

const usage = z
  .object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .loose();

const completionAnswer = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(z.object({ index: z.int(), finish_reason: z.string() }).loose()),
    usage,
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

const videoAnswer = z
  .object({
    id: z.string(),
    object: z.literal('video'),
    model: z.string(),
    status: z.enum(videoStatuses),
    progress: z.int().meta({ description: 'Percent.' }),
    created_at: z.int().meta({ description: 'Seconds since 1970.' }),
    completed_at: z.int().nullable(),
    expires_at: z.int().nullable(),
    seconds: z.string(),
    size: z.string(),
    prompt: z.null().meta({ description: 'Prompts are not kept.' }),
    remixed_from_video_id: z.null(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'OpenAIVideo' });

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
  503: refused('The engine is away or the upstream at its limit; see Retry-After.'),
};

interface RelayedCall {
  readonly path: string;
  readonly summary: string;
  readonly about: string;
  readonly request: z.ZodType;
  readonly answer: z.ZodType;
  readonly isStreamed?: boolean;
  /** Its body is a form instead of JSON. */
  readonly isForm?: boolean;
}

const refusals = {
  400: refused('Malformed, or a field that cannot be relayed; `param` names it.'),
  402: refused('The funds, or what is left of the cap of the key, are too short.'),
  404: refused('No such model, or no upstream serves it at this endpoint.'),
  502: refused('The upstream failed.'),
  504: refused('The upstream took too long.'),
  ...admission,
};

const formRefusals = {
  413: refused('A file of more than 25 MB, or a body of more than 32 MB.'),
  415: refused('No form, or one that is compressed.'),
};

/** An endpoint whose calls are paid. */
function call({
  path,
  summary,
  about,
  request,
  answer,
  isStreamed = false,
  isForm = false,
}: RelayedCall) {
  const type = isForm ? 'multipart/form-data' : 'application/json';
  return {
    ...relayed,
    method: 'post',
    path,
    summary,
    description:
      `Scope \`relay\`. ${about} A field that does not stand here is refused. The headers ` +
      '`x-lx-charge` and `x-lx-mined` of an answer in one piece say what the call cost and mined, `x-request-id` which receipt it has.',
    request: { body: { required: true, content: { [type]: { schema: request } } } },
    responses: {
      200: {
        description: isStreamed
          ? 'The answer; with `stream`, its chunks as server-sent events.'
          : 'The answer.',
        content: {
          'application/json': { schema: answer },
          ...(isStreamed ? { 'text/event-stream': { schema: z.string() } } : {}),
        },
      },
      ...refusals,
      ...(isForm ? formRefusals : {}),
    },
  } satisfies RouteConfig;
}

export const relayPaths: readonly RouteConfig[] = [
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
  call({
    path: '/v1/chat/completions',
    summary: 'A chat completion, paid in Credits',
    about:
      "OpenAI's Chat Completions. `x-lx-clamped-max-tokens` says that funds were short and the answer is shorter for it.",
    request: chatRequestSchema,
    answer: completionAnswer,
    isStreamed: true,
  }),
  call({
    path: '/v1/responses',
    summary: 'A response, paid in Credits',
    about:
      "OpenAI's Responses API without what is kept at OpenAI (earlier responses, conversations, prompts, files) and " +
      'without the tools that OpenAI runs. Nothing is stored: send the history with each call, and ask for ' +
      '`reasoning.encrypted_content` to send reasoning along. `x-lx-clamped-max-tokens` as of chat completions.',
    request: responsesRequestSchema,
    answer: responseAnswer,
    isStreamed: true,
  }),
  call({
    path: '/v1/completions',
    summary: 'A completion without a chat',
    about: "OpenAI's older Completions; `echo` is not relayed, all of `best_of` is paid.",
    request: completionRequestSchema,
    answer: z
      .object({ id: z.string(), object: z.literal('text_completion'), usage })
      .loose()
      .meta({ id: 'OpenAICompletion' }),
    isStreamed: true,
  }),
  call({
    path: '/v1/embeddings',
    summary: 'Embeddings of texts',
    about: 'Their input is paid, there is no output.',
    request: embeddingRequestSchema,
    answer: z
      .object({
        object: z.literal('list'),
        data: z.array(
          z.object({
            index: z.int(),
            embedding: z.union([z.array(z.number()), z.string().meta({ description: 'base64' })]),
          }),
        ),
        model: z.string(),
        usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
      })
      .loose()
      .meta({ id: 'OpenAIEmbeddings' }),
  }),
  call({
    path: '/v1/images/generations',
    summary: 'Images of a text',
    about:
      'Each costs what its size and quality cost, see `variants` of the price list; those that come are paid.',
    request: imageRequestSchema,
    answer: z
      .object({
        created: z.int(),
        data: z.array(z.object({ url: z.string(), b64_json: z.string() }).partial().loose()),
      })
      .loose()
      .meta({ id: 'OpenAIImages' }),
  }),
  {
    ...call({
      path: '/v1/audio/speech',
      summary: 'A text, spoken',
      about: 'The characters of the text are paid once the upstream has begun to speak.',
      request: speechRequestSchema,
      answer: z.string(),
    }),
    responses: {
      200: {
        description: 'Audio, as it comes.',
        content: { 'audio/mpeg': { schema: z.string() } },
      },
      ...refusals,
    },
  },
  {
    ...call({
      path: '/v1/audio/transcriptions',
      summary: 'A recording, written down',
      about:
        'The seconds of the recording are paid, begun ones whole; how many they are is read from the file (at most 25 MB) ' +
        'before the call. `text`, `srt` and `vtt` are answered as text.',
      request: transcriptionRequestSchema,
      answer: z.object({ text: z.string() }).loose().meta({
        id: 'OpenAITranscription',
        description: "The upstream's, as OpenAI documents it.",
      }),
      isStreamed: true,
      isForm: true,
    }),
  },
  {
    ...relayed,
    method: 'post',
    path: '/v1/videos',
    summary: 'A video, as a job',
    description:
      'Scope `relay`. What is asked for is reserved, and holds one of the calls at once; it is paid when the video was made, ' +
      'and given back when it could not be. The job answers to its owner alone; its receipt is ' +
      '`GET /api/v1/usage/{x-request-id}`. A field that does not stand here is refused.',
    request: {
      body: {
        required: true,
        content: {
          'multipart/form-data': { schema: videoRequestSchema },
          'application/json': { schema: videoRequestSchema },
        },
      },
    },
    responses: {
      200: json('It was taken on.', videoAnswer),
      ...refusals,
      ...formRefusals,
    },
  },
  {
    ...relayed,
    method: 'get',
    path: '/v1/videos',
    summary: 'Your videos',
    description: 'Scope `relay`.',
    request: { query: videoListSchema },
    responses: {
      200: json(
        'Done.',
        z.object({
          object: z.literal('list'),
          data: z.array(videoAnswer),
          first_id: z.string().nullable(),
          last_id: z.string().nullable(),
          has_more: z.boolean(),
        }),
      ),
      ...admission,
    },
  },
  {
    ...relayed,
    method: 'get',
    path: '/v1/videos/{id}',
    summary: 'How far a video is',
    description: 'Scope `relay`. Free.',
    request: { params: z.object({ id: z.string() }) },
    responses: {
      200: json('Done.', videoAnswer),
      404: refused('Unknown, or not yours.'),
      ...admission,
    },
  },
  {
    ...relayed,
    method: 'get',
    path: '/v1/videos/{id}/content',
    summary: 'The video itself',
    description: 'Scope `relay`. Free, as long as the upstream keeps it: see `expires_at`.',
    request: { params: z.object({ id: z.string() }), query: videoContentSchema },
    responses: {
      200: {
        description: 'As it comes.',
        content: { 'video/mp4': { schema: z.string() }, 'image/webp': { schema: z.string() } },
      },
      404: refused('Unknown, not yours, or not kept any more.'),
      409: refused('It is not made yet, or could not be.'),
      502: refused('The upstream failed.'),
      ...admission,
    },
  },
];
