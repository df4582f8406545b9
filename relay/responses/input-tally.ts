// What the input of a request for a response is made of. Models are shown the same form as with chats: for single
// messages OpenAI bills what its accounting of chats says (recorded answers: 15 for eight tokens of text, 9 for three).
import { addText, addTools, emptyTally, type InputTally } from '../tokens/input-tally';
import type { ResponsesInput } from './request';
import type { InputItem } from './request-schema';

/** Of each item: the tokens that open, divide and close it, and its role (OpenAI's cookbook: 3 + 1). */
const perItem = 4;
/** The start of the answer. */
const perRequest = 3;
/** Between parts of one item, and for a name beside it. */
const perPart = 2;
/** What addresses a call to its tool. */
const perToolCall = 12;
const perFormat = 32;
const perToolChoice = 8;
/**
 * Nobody but the upstream reads encrypted reasoning; what can be seen is its length. Two characters of base64 hold a
 * byte and a half; of English a token has four, of Chinese about three.
 */
const encryptedCharactersPerToken = 2;

/** @param isKnown counted by a tokenizer of the model's own */
export function tallyResponses(
  { input, instructions, tools, text, tool_choice }: ResponsesInput,
  isKnown: boolean,
): InputTally {
  const tally = emptyTally(perRequest);
  if (instructions) addText(tally, instructions, perItem);
  if (typeof input === 'string') addText(tally, input, perItem);
  else for (const item of input) addItem(tally, item);
  addTools(tally, tools ?? [], isKnown);
  if (text?.format?.type === 'json_schema') {
    addText(tally, JSON.stringify(text.format), perFormat);
  }
  if (tool_choice) addText(tally, JSON.stringify(tool_choice), perToolChoice);
  return tally;
}

function addItem(tally: InputTally, item: InputItem): void {
  tally.overhead += perItem;
  switch (item.type) {
    case 'function_call':
      return addCall(tally, item, item.arguments);
    case 'custom_tool_call':
      return addCall(tally, item, item.input);
    case 'function_call_output':
    case 'custom_tool_call_output':
      addText(tally, item.call_id, perPart);
      return addContent(tally, item.output);
    case 'reasoning':
      for (const { text } of item.summary) addText(tally, text, perPart);
      for (const { text } of item.content ?? []) addText(tally, text, perPart);
      tally.overhead += Math.ceil(
        (item.encrypted_content ?? '').length / encryptedCharactersPerToken,
      );
      return;
    default:
      if (item.role === 'assistant' && item.phase) tally.overhead += perPart;
      addContent(tally, item.content);
  }
}

function addCall(
  tally: InputTally,
  { call_id, name }: { readonly call_id: string; readonly name: string },
  input: string,
): void {
  addText(tally, call_id, perToolCall);
  addText(tally, name);
  addText(tally, input);
}

type Content = Extract<InputItem, { role: unknown }>['content'];

function addContent(tally: InputTally, content: Content): void {
  if (typeof content === 'string') return addText(tally, content);
  for (const part of content) {
    if (part.type === 'input_image') tally.images++;
    else addText(tally, part.type === 'refusal' ? part.refusal : part.text, perPart);
  }
}
