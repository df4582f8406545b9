// Reading what an upstream says it used, in OpenAI's and Anthropic's shape (DESIGN 2.13 "Charges").
import { usageOfUnits, type TokenUsage } from '../domain/pricing';
import { membersOf } from './members';

/** No call has so many; what its price comes to still fits the books. */
const maxTokens = 2 ** 31;

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxTokens
    ? value
    : undefined;
}

/**
 * `usage` of a chat answer; undefined when it is absent or makes no sense, and the relay must count by itself.
 * `prompt_tokens` is the sum of the three kinds of input here.
 */
export function readChatUsage(usage: unknown): TokenUsage | undefined {
  return usageOf(
    membersOf(usage).prompt_tokens,
    membersOf(usage).prompt_tokens_details,
    membersOf(usage).completion_tokens,
  );
}

/** `usage` of a response, in the same way: `input_tokens` is the sum of the three kinds. */
export function readResponseUsage(usage: unknown): TokenUsage | undefined {
  return usageOf(
    membersOf(usage).input_tokens,
    membersOf(usage).input_tokens_details,
    membersOf(usage).output_tokens,
  );
}

function usageOf(inputTold: unknown, details: unknown, outputTold: unknown) {
  const all = countOf(inputTold);
  const output = countOf(outputTold);
  if (all === undefined || output === undefined) return undefined;
  const cachedInput = Math.min(countOf(membersOf(details).cached_tokens) ?? 0, all);
  const cacheWrite = Math.min(
    countOf(membersOf(details).cache_write_tokens) ?? 0,
    all - cachedInput,
  );
  return { input: all - cachedInput - cacheWrite, cachedInput, cacheWrite, output };
}

/** `usage` of embeddings, which have no output. */
export function readEmbeddingUsage(usage: unknown): TokenUsage | undefined {
  const input = countOf(membersOf(usage).prompt_tokens);
  return input === undefined ? undefined : { input, cachedInput: 0, cacheWrite: 0, output: 0 };
}

/** `usage` of a transcript, in seconds begun; undefined also where it tells of tokens. */
export function readDurationUsage(usage: unknown): TokenUsage | undefined {
  const { type, seconds } = membersOf(usage);
  if (type !== 'duration' || typeof seconds !== 'number') return undefined;
  const begun = countOf(Math.ceil(seconds));
  return begun === undefined ? undefined : usageOfUnits(begun);
}

/**
 * `usage` of a message; undefined when it is absent or makes no sense. `input_tokens` is the input beside what was read
 * from the cache and written to it.
 */
export function readMessagesUsage(usage: unknown): TokenUsage | undefined {
  const input = countOf(membersOf(usage).input_tokens);
  const output = countOf(membersOf(usage).output_tokens);
  if (input === undefined || output === undefined) return undefined;
  const cachedInput = countOf(membersOf(usage).cache_read_input_tokens ?? 0);
  const cacheWrite = countOf(membersOf(usage).cache_creation_input_tokens ?? 0);
  // Unlike OpenAI's, these are no part of another figure that could stand for them.
  if (cachedInput === undefined || cacheWrite === undefined) return undefined;
  return { input, cachedInput, cacheWrite, output };
}
