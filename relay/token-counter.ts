// How many tokens a chat request's input is, and an answer's text (DESIGN 2.2): texts by a tokenizer, and OpenAI's
// published accounting of what stands around them. Where a model's own form is not public, the count errs upwards.
import { tokenizers as knownTokenizers, type Tokenizer } from '../domain/tokenizers';
import type { PriceVersion } from '../services/catalog/price-versions';
import type { ChatRequest } from './chat/request';
import type { ChatMessage } from './chat/request-schema';
import { createTokenizers } from './tokenizer';

/** What is known of the model that the tokens are for. */
export type CountedModel = Pick<PriceVersion, 'tokenizer' | 'maxInput'>;

export interface InputCount {
  /** Before the model's safety factor. */
  readonly textTokens: number;
  readonly images: number;
}

export interface TokenCounter {
  /** Loads what most calls need, before the first of them does: half a second of work in one go. */
  warmUp(): Promise<void>;
  /** Input beyond what the model takes is not counted to its end, but to a number above it. */
  countChat(input: ChatRequest['input'], model: CountedModel): Promise<InputCount>;
  countText(text: string, model: CountedModel): Promise<number>;
}

/** Of each message: the tokens that open, divide and close it, and its role (OpenAI's cookbook: 3 + 1). */
const perMessage = 4;
/** The start of the answer. */
const perRequest = 3;
const perName = 2;
/** Between parts of one message. */
const perPart = 1;
const perToolCall = 12;
/** A declaration's frame; the rest is counted as JSON, which is longer than the form that OpenAI's models see. */
const perTool = 12;
/** What explains tools to a model: OpenAI's few words, or at most what others take (Anthropic's is 346). */
const perToolbox = { known: 16, unknown: 400 } as const;
const perResponseFormat = 32;
const perToolChoice = 8;

/** The encoding that stands in for one that is not known. */
const standIn: Tokenizer = 'o200k_base';

export function createTokenCounter(): TokenCounter {
  const tokenizers = createTokenizers();
  return {
    warmUp: () => tokenizers.load(standIn),

    async countChat(input, { tokenizer, maxInput }) {
      const known = tokenizerNamed(tokenizer);
      const tally = tallyOf(input, known !== undefined);
      const counted = await tokenizers.count(known ?? standIn, tally.texts, maxInput);
      return { textTokens: tally.overhead + counted, images: tally.images };
    },

    countText: (text, { tokenizer }) =>
      tokenizers.count(tokenizerNamed(tokenizer) ?? standIn, [text], Number.POSITIVE_INFINITY),
  };
}

function tokenizerNamed(name: string | null): Tokenizer | undefined {
  return knownTokenizers.find((tokenizer) => tokenizer === name);
}

interface Tally {
  /** What a tokenizer is to count. */
  readonly texts: string[];
  overhead: number;
  images: number;
}

function tallyOf(input: ChatRequest['input'], isKnown: boolean): Tally {
  const { messages, tools, functions, response_format, tool_choice, function_call } = input;
  const tally: Tally = { texts: [], overhead: perRequest, images: 0 };
  for (const message of messages) addMessage(tally, message);
  const declared = [...(tools ?? []), ...(functions ?? [])];
  if (declared.length > 0) tally.overhead += perToolbox[isKnown ? 'known' : 'unknown'];
  for (const tool of declared) add(tally, JSON.stringify(tool), perTool);
  if (response_format?.type === 'json_schema') {
    add(tally, JSON.stringify(response_format.json_schema), perResponseFormat);
  }
  for (const choice of [tool_choice, function_call]) {
    if (choice) add(tally, JSON.stringify(choice), perToolChoice);
  }
  return tally;
}

function add(tally: Tally, text: string, overhead: number): void {
  tally.texts.push(text);
  tally.overhead += overhead;
}

function addMessage(tally: Tally, message: ChatMessage): void {
  tally.overhead += perMessage;
  if (typeof message.content === 'string') {
    add(tally, message.content, 0);
  } else {
    for (const part of message.content ?? []) {
      if (part.type === 'text') add(tally, part.text, perPart);
      else if (part.type === 'refusal') add(tally, part.refusal, perPart);
      else tally.images++;
    }
  }
  if ('name' in message && message.name) add(tally, message.name, perName);
  if (message.role === 'tool') add(tally, message.tool_call_id, perName);
  if (message.role === 'assistant') addCalls(tally, message);
}

function addCalls(tally: Tally, message: ChatMessage & { role: 'assistant' }): void {
  if (message.refusal) add(tally, message.refusal, perPart);
  if (message.function_call) {
    add(tally, message.function_call.name, perToolCall);
    add(tally, message.function_call.arguments, 0);
  }
  for (const call of message.tool_calls ?? []) {
    const [name, text] =
      call.type === 'function'
        ? [call.function.name, call.function.arguments]
        : [call.custom.name, call.custom.input];
    add(tally, call.id, perToolCall);
    add(tally, name, 0);
    add(tally, text, 0);
  }
}
