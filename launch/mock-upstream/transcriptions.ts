// The mock's transcripts: always the same words. It tells the seconds only where it is told how many.
import type { MockBehaviour } from './behaviour';
import type { MockBytes, MockEndpoint, MockEvent, MockRequest } from './endpoint';
import { errorBody } from './error-body';

interface TranscriptionRequest extends MockRequest {
  response_format?: string;
}

const words = ['This', ' is', ' a', ' mock', ' transcript.'];
const text = words.join('');
const timed = '00:00:00,000 --> 00:00:01,000';

const asText: ReadonlyMap<string, string> = new Map([
  ['text', `${text}\n`],
  ['srt', `1\n${timed}\n${text}\n\n`],
  ['vtt', `WEBVTT\n\n${timed.replaceAll(',', '.')}\n${text}\n\n`],
]);

function usageOf({ omitUsage, reportedOutputTokens }: MockBehaviour) {
  if (omitUsage) return {};
  if (reportedOutputTokens === undefined) return {};
  return { usage: { type: 'duration', seconds: reportedOutputTokens } };
}

function answer(
  { response_format = 'json' }: TranscriptionRequest,
  behaviour: MockBehaviour,
): string | MockBytes {
  const plain = asText.get(response_format);
  if (plain === undefined) return JSON.stringify({ text, ...usageOf(behaviour) });
  return { contentType: 'text/plain; charset=utf-8', chunks: [Buffer.from(plain)] };
}

function events(_request: TranscriptionRequest, behaviour: MockBehaviour): MockEvent[] {
  const deltas = words.map((delta) => ({ type: 'transcript.text.delta', delta }));
  const done = { type: 'transcript.text.done', text, ...usageOf(behaviour) };
  return [...deltas, done].map((event) => ({ data: JSON.stringify(event) }));
}

const errorEvent = {
  data: JSON.stringify({ type: 'error', error: { message: 'mock failure', type: 'server_error' } }),
};

export const transcriptionsEndpoint: MockEndpoint<TranscriptionRequest> = {
  answer,
  events,
  errorBody,
  errorEvent,
};
