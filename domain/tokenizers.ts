// Which tokenizer counts a model's input (DESIGN 2.2): named with its prices, or guessed from its name.
export const tokenizers = ['o200k_base', 'cl100k_base'] as const;
export type Tokenizer = (typeof tokenizers)[number];

const families: readonly (readonly [RegExp, Tokenizer])[] = [
  [/^(gpt-4o|gpt-4\.[15]|gpt-5|chatgpt-4o|o[134])(?![a-z])/, 'o200k_base'],
  [/^(gpt-4|gpt-3\.5|text-embedding-(ada-002|3))(?![a-z\d])/, 'cl100k_base'],
];

/** The tokenizer of a model of OpenAI's; null for a name that tells nothing. */
export function tokenizerOf(modelId: string): Tokenizer | null {
  const name = modelId.slice(modelId.lastIndexOf('/') + 1);
  return families.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** Of an unknown tokenizer: how much more it may count than ours does, 10,000 = 1. */
const unknownFactorBps = 15_000;

/** What counted tokens are multiplied by, unless the operator says so for the model; 10,000 = 1. */
export function defaultTokenizerFactorBps(tokenizer: Tokenizer | null): number {
  return tokenizer === null ? unknownFactorBps : 10_000;
}
