// What a chat request's input is made of, by OpenAI's published accounting (its cookbook) of what stands around texts.
import { addText, addTools, emptyTally, type InputTally } from '../tokens/input-tally';
import type { ChatInput } from './request';
import type { ChatMessage } from './request-schema';

/** Of each message: the tokens that open, divide and close it, and its role (OpenAI's cookbook: 3 + 1). */
const perMessage = 4;
/** The start of the answer. */
const perRequest = 3;
const perName = 2;
/** Between parts of one message. */
const perPart = 1;
const perToolCall = 12;
const perResponseFormat = 32;
const perToolChoice = 8;

/** @param isKnown counted by a tokenizer of the model's own */
export function tallyChat(input: ChatInput, isKnown: boolean): InputTally {
  const { messages, tools, functions, response_format, tool_choice, function_call } = input;
  const tally = emptyTally(perRequest);
  for (const message of messages) addMessage(tally, message);
  addTools(tally, [...(tools ?? []), ...(functions ?? [])], isKnown);
  if (response_format?.type === 'json_schema') {
    addText(tally, JSON.stringify(response_format.json_schema), perResponseFormat);
  }
  for (const choice of [tool_choice, function_call]) {
    if (choice) addText(tally, JSON.stringify(choice), perToolChoice);
  }
  return tally;
}

function addMessage(tally: InputTally, message: ChatMessage): void {
  tally.overhead += perMessage;
  if (typeof message.content === 'string') {
    addText(tally, message.content);
  } else {
    for (const part of message.content ?? []) {
      if (part.type === 'text') addText(tally, part.text, perPart);
      else if (part.type === 'refusal') addText(tally, part.refusal, perPart);
      else tally.images++;
    }
  }
  if ('name' in message && message.name) addText(tally, message.name, perName);
  if (message.role === 'tool') addText(tally, message.tool_call_id, perName);
  if (message.role === 'assistant') addCalls(tally, message);
}

function addCalls(tally: InputTally, message: ChatMessage & { role: 'assistant' }): void {
  if (message.refusal) addText(tally, message.refusal, perPart);
  if (message.function_call) {
    addText(tally, message.function_call.name, perToolCall);
    addText(tally, message.function_call.arguments);
  }
  for (const call of message.tool_calls ?? []) {
    const [name, text] =
      call.type === 'function'
        ? [call.function.name, call.function.arguments]
        : [call.custom.name, call.custom.input];
    addText(tally, call.id, perToolCall);
    addText(tally, name);
    addText(tally, text);
  }
}
