// Counting tokens (DESIGN 2.2): OpenAI's encodings, loaded when first needed, never blocking the event loop for long
// and never finding fewer tokens than the whole text has.
import { BytePairEncodingCore, type RawBytePairRanks } from 'gpt-tokenizer/BytePairEncodingCore';
import { Cl100KBase } from 'gpt-tokenizer/encodingParams/cl100k_base';
import { O200KBase } from 'gpt-tokenizer/encodingParams/o200k_base';
import type { Tokenizer } from '../../domain/tokenizers';
import { chunksOf } from './text-chunks';

export interface Tokenizers {
  /** Loads an encoding ahead of its first use: half a second of work, in one go. */
  load(tokenizer: Tokenizer): Promise<void>;
  /**
   * Tokens of several texts, each by itself; what looks like a special token is plain text.
   * Counting stops soon after `limit`, with a number above it.
   */
  count(tokenizer: Tokenizer, texts: readonly string[], limit: number): Promise<number>;
}

/** How long counting may hold the event loop. */
const sliceMs = 2;
/** Merged pieces that are kept: a few megabytes, whatever callers send. */
const mergeCacheSize = 10_000;
/**
 * Added where a text is cut within a piece: merging the two parts may have found fewer tokens than merging the whole,
 * by little, for a merge over the cut can undo one beside it.
 */
const tokensPerForcedCut = 2;

interface Ranks {
  readonly default: RawBytePairRanks;
}

const loaders = {
  o200k_base: async () => {
    const ranks = (await import('gpt-tokenizer/bpeRanks/o200k_base')) as Ranks;
    return new BytePairEncodingCore({ ...O200KBase(ranks.default), mergeCacheSize });
  },
  cl100k_base: async () => {
    const ranks = (await import('gpt-tokenizer/bpeRanks/cl100k_base')) as Ranks;
    return new BytePairEncodingCore({ ...Cl100KBase(ranks.default), mergeCacheSize });
  },
} as const satisfies Record<Tokenizer, () => Promise<BytePairEncodingCore>>;

export function createTokenizers(): Tokenizers {
  const loading = new Map<Tokenizer, Promise<BytePairEncodingCore>>();
  const nextTurn = createTurns();

  function coreOf(tokenizer: Tokenizer): Promise<BytePairEncodingCore> {
    let core = loading.get(tokenizer);
    if (!core) {
      core = loaders[tokenizer]();
      loading.set(tokenizer, core);
    }
    return core;
  }

  return {
    async load(tokenizer) {
      const core = await coreOf(tokenizer);
      core.countNative('warm');
    },

    async count(tokenizer, texts, limit) {
      const core = await coreOf(tokenizer);
      let tokens = 0;
      let sliceEnds = performance.now() + sliceMs;
      for (const text of texts) {
        if (text === '') continue;
        for (const chunk of chunksOf(text)) {
          tokens += core.countNative(chunk.text);
          if (chunk.forced) tokens += tokensPerForcedCut;
          if (tokens > limit) return tokens;
          if (performance.now() < sliceEnds) continue;
          await nextTurn();
          sliceEnds = performance.now() + sliceMs;
        }
      }
      return tokens;
    },
  };
}

/** Turns of long counts: one slice of one of them each time around the event loop, however many there are. */
function createTurns(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const give = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(give);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(give);
    });
}
