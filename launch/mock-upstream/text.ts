// What the mock says: texts that say they are a mock. Each piece of text is exactly one token of OpenAI's encodings, so that
// what a reader counts is what usage says.

const sentence =
  ' This| is| a| mock|;| no| model| was| called| and| all| of| this| text| is| made| up|.'.split(
    '|',
  );
export const defaultOutputTokens = 32;

export function countWords(text: string): number {
  let words = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const isSpace = text.charCodeAt(i) <= 32;
    if (!isSpace && !inside) words++;
    inside = !isSpace;
  }
  return words;
}

/** So many pieces. */
export function piecesOf(tokens: number): readonly string[] {
  return Array.from({ length: tokens }, (_, i) =>
    i === 0 ? 'This' : (sentence[i % sentence.length] ?? ''),
  );
}
