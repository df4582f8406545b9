// POST /v1/audio/transcriptions as the relay's calls take it (DESIGN 2.2): the seconds of the recording are what is paid,
// told before the call.
import { File } from 'node:buffer';
import { FormData } from 'undici';
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import type { AnswerForm, JsonForm, ReadCall } from '../call/request';
import { errorEventOf } from '../errors';
import { parseRequest, type Refusals } from '../request-errors';
import { emptyTally } from '../tokens/input-tally';
import type { JsonAnswer } from '../upstream/upstream';
import { answerFault } from '../upstream/upstream-error';
import { readDurationUsage } from '../usage';
import type { AudioMeter } from './audio-meter';
import { TranscriptReading } from './transcript-reading';

const boolean = z.enum(['true', 'false']).transform((text) => text === 'true');

/** As the fields of a form are named. */
export const transcriptionRequestSchema = z.strictObject({
  model: z.string().min(1).max(256),
  file: z.instanceof(File).register(z.globalRegistry, { type: 'string', format: 'binary' }),
  language: z.string().min(2).max(16).optional(),
  prompt: z.string().optional(),
  response_format: z
    .enum(['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'])
    .optional(),
  temperature: z
    .string()
    .regex(/^(?:0(?:\.\d{1,10})?|1(?:\.0{1,10})?)$/)
    .optional(),
  'timestamp_granularities[]': z
    .array(z.enum(['word', 'segment']))
    .max(2)
    .optional(),
  'include[]': z.array(z.literal('logprobs')).max(1).optional(),
  chunking_strategy: z.literal('auto').optional(),
  stream: boolean.optional(),
});

const refusals: Refusals = new Map([
  ['known_speaker_names[]', 'what is said of known speakers is billed, and has no price here'],
  ['known_speaker_references[]', 'recordings of speakers are billed, and have no price here'],
  ['chunking_strategy[type]', "only 'auto' is relayed"],
]);

type Fields = z.output<typeof transcriptionRequestSchema>;
type Forwarded = Omit<Fields, 'model' | 'file'>;

/** Formats that are no JSON, and say nothing of what was used. */
const texts: ReadonlySet<unknown> = new Set(['text', 'srt', 'vtt']);

/** Reads bodies as `readForms` makes them. */
export function createTranscriptionReader(meter: AudioMeter): ReadCall {
  return (body) => {
    const { model, file, ...fields } = parseRequest(transcriptionRequestSchema, body, refusals);
    requireJsonStream(fields);
    return {
      endpoint: 'audio/transcriptions',
      channelKind: 'openai',
      inputField: 'prompt',
      model,
      unit: 'seconds',
      choices: 1,
      measure: async (userId) => Math.ceil(await meter.secondsOf(file, userId, 'file')),
      askedOutput: { tokens: 1, field: 'file' },
      tallyInput: () => emptyTally(fields.prompt?.length ?? 0),
      bodyFor: ({ model: upstreamModel }) => formOf(upstreamModel, file, fields),
      answer: formOfAnswer(fields),
    };
  };
}

/** @throws DomainError INVALID_REQUEST for a stream of what is answered as text */
function requireJsonStream({ stream, response_format }: Forwarded): void {
  if (!stream || !texts.has(response_format)) return;
  throw new DomainError(
    'INVALID_REQUEST',
    `Only json is streamed: leave out 'stream', or ask for another format than ${response_format}.`,
    { param: 'stream', code: 'invalid_value' },
  );
}

function formOfAnswer({ stream, response_format }: Forwarded): AnswerForm {
  if (texts.has(response_format)) return { by: 'text' };
  const whole: JsonForm = { by: 'json', read: readTranscript };
  // Whisper answers in one piece, whatever it is asked for.
  return stream
    ? { by: 'events', read: () => new TranscriptReading(), errorEventOf, whole }
    : whole;
}

/** @throws UpstreamError */
function readTranscript({ json, text }: JsonAnswer) {
  if (typeof json.text !== 'string') {
    throw answerFault('protocol', `its answer is no transcript: ${text.slice(0, 500)}`);
  }
  return { told: readDurationUsage(json.usage), delivered: [] };
}

function formOf(model: string, file: File, fields: Forwarded): FormData {
  const form = new FormData();
  form.set('model', model);
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, String(one));
  }
  form.set('file', file, file.name);
  return form;
}
