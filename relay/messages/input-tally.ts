// What the input of a message is made of. Anthropic publishes neither its tokenizer nor what stands around texts, so
// every figure here errs upwards; a price version's safety factor covers the texts (DESIGN 2.2 "Reserve").
import { addText, emptyTally, type InputTally } from '../tokens/input-tally';
import type { MessagesInput } from './request';
import type { ContentBlock, ToolDeclaration } from './request-schema';

/** count_tokens of one word in one message is 8. */
const perRequest = 16;
const perMessage = 8;
const perBlock = 4;
const perToolUse = 32;
/** What explains tools to a model: 346 for most, up to 935 for newer ones. */
const perToolbox = 1_000;
const perTool = 16;
/** A tool whose declaration the upstream knows: 245 (bash) and 700 (editor) by Anthropic's documentation. */
const perKnownTool = 1_000;
/** What explains a format of answers. */
const perFormat = 500;
const perThinking = 64;
/**
 * Characters of base64 to a token of the thinking that is encrypted in them: three bytes, and no text of a model has
 * fewer to a token on the whole.
 */
const sealedPerToken = 4;

export function tallyMessages(input: MessagesInput): InputTally {
  const { messages, system, tools, tool_choice: toolChoice, thinking, output_config } = input;
  const tally = emptyTally(perRequest);
  if (system) addContent(tally, system);
  for (const { content } of messages) addContent(tally, content);
  if (tools && tools.length > 0) {
    tally.overhead += perToolbox;
    for (const tool of tools) addTool(tally, tool);
  }
  if (toolChoice) addText(tally, JSON.stringify(toolChoice));
  if (thinking) tally.overhead += perThinking;
  if (output_config?.format) {
    addText(tally, JSON.stringify(output_config.format.schema), perFormat);
  }
  return tally;
}

function addTool(tally: InputTally, tool: ToolDeclaration): void {
  addText(tally, JSON.stringify(tool), perTool);
  if (tool.type && tool.type !== 'custom') tally.overhead += perKnownTool;
}

function addContent(tally: InputTally, content: string | readonly ContentBlock[]): void {
  tally.overhead += perMessage;
  if (typeof content === 'string') addText(tally, content);
  else for (const block of content) addBlock(tally, block);
}

function addBlock(tally: InputTally, block: ContentBlock): void {
  tally.overhead += perBlock;
  switch (block.type) {
    case 'text':
      addText(tally, block.text);
      break;
    case 'image':
      tally.images++;
      break;
    case 'tool_use':
      addText(tally, block.id, perToolUse);
      addText(tally, block.name);
      addText(tally, JSON.stringify(block.input));
      break;
    case 'tool_result':
      addText(tally, block.tool_use_id, perToolUse);
      if (block.content !== undefined) addContent(tally, block.content);
      break;
    case 'thinking':
      // Shown is at most a summary; all of it comes back within the signature.
      addText(tally, block.thinking, sealedTokens(block.signature));
      break;
    case 'redacted_thinking':
      tally.overhead += sealedTokens(block.data);
      break;
  }
}

function sealedTokens(sealed: string): number {
  return Math.ceil(sealed.length / sealedPerToken);
}
