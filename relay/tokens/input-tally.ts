// What of a request is counted as input (DESIGN 2.2 "Reserve"): texts for a tokenizer, tokens that stand around them, images.

export interface InputTally {
  /** What a tokenizer is to count. */
  readonly texts: string[];
  /** Tokens that are none of the texts'. */
  overhead: number;
  images: number;
}

export function emptyTally(overhead: number): InputTally {
  return { texts: [], overhead, images: 0 };
}

/** Adds a text with the tokens around it. */
export function addText(tally: InputTally, text: string, overhead = 0): void {
  tally.texts.push(text);
  tally.overhead += overhead;
}

/** A declaration's frame; the rest is counted as JSON, which is longer than the form that models see. */
const perTool = 12;
/** What explains tools to a model: OpenAI's few words, or at most what others take (Anthropic's is 346). */
const perToolbox = { known: 16, unknown: 400 } as const;

/** Adds the declarations of tools, which the caller runs. */
export function addTools(tally: InputTally, tools: readonly unknown[], isKnown: boolean): void {
  if (tools.length > 0) tally.overhead += perToolbox[isKnown ? 'known' : 'unknown'];
  for (const tool of tools) addText(tally, JSON.stringify(tool), perTool);
}
