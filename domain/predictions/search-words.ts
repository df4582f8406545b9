// Words that prediction markets are found by: what was written and what is looked for are taken apart by the same rule, so
// that case, accents and punctuation do not matter, and nothing a searcher types is a pattern.

/** A longer word is compared by its beginning. */
const maxWordLength = 40;
/** Of a search; more say nothing more. */
const maxSearchWords = 8;

/** Letters and digits of any script, in small letters without accents, each word once. */
export function wordsOf(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase();
  const words = folded.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => [...word].slice(0, maxWordLength).join('')))];
}

/** The words of a search; none: it looks for nothing, and finds nothing. */
export function searchWordsOf(text: string): string[] {
  return wordsOf(text).slice(0, maxSearchWords);
}
