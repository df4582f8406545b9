// How many tokens a request's input is, and an answer's text (DESIGN 2.2): texts by a tokenizer, and what the endpoint
// says of what stands around them. Where a model's own form is not public, the count errs upwards.
import { tokenizers as knownTokenizers, type Tokenizer } from '../../domain/tokenizers';
import type { PriceVersion } from '../../services/catalog/price-versions';
import type { InputTally } from './input-tally';
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
  /**
   * Input beyond what the model takes is not counted to its end, but to a number above it.
   * @param tallyInput `isKnown`: by a tokenizer of the model's own.
   */
  countInput(
    tallyInput: (isKnown: boolean) => InputTally,
    model: CountedModel,
  ): Promise<InputCount>;
  countText(text: string, model: CountedModel): Promise<number>;
}

/** The encoding that stands in for one that is not known. */
const standIn: Tokenizer = 'o200k_base';

export function createTokenCounter(): TokenCounter {
  const tokenizers = createTokenizers();
  return {
    warmUp: () => tokenizers.load(standIn),

    async countInput(tallyInput, { tokenizer, maxInput }) {
      const known = tokenizerNamed(tokenizer);
      const tally = tallyInput(known !== undefined);
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
