// A demo caller (DESIGN 7): now and then a small call through the relay, so that LCO go on being mined.
import type { ApiClient } from './api-client';
import type { Random } from './random';

const model = 'gpt-4o-mini';
const questions = [
  'Name three rivers that begin in the Alps.',
  'Put this into one sentence: the meeting is moved to Thursday, the room stays.',
  'What is the capital of Mongolia?',
  'Give me a title for a talk on double-entry bookkeeping.',
  'Is 2027 a leap year?',
] as const;

/** @returns what the caller does again and again. */
export function createCaller(api: ApiClient, random: Random): () => Promise<void> {
  return async () => {
    await api.send('POST', '/v1/chat/completions', {
      model,
      max_tokens: random.whole(32, 256),
      messages: [{ role: 'user', content: random.pick(questions) }],
    });
  };
}
