// Cutting long texts before they are tokenized, so that no piece is long enough to hurt: merging a piece takes time
// in the square of its length (4,000 letters without a space: 27 ms, 20,000: 700 ms), and texts come from callers.

/** Longer texts are cut, at the first space after this many characters. */
const chunkLength = 512;
/** Where a text has no such place, it is cut anyway. */
const maxChunkLength = 1_024;
/** Characters of one kind without anything that surely ends a piece. */
const maxRunLength = 128;

const enum Kind {
  Space,
  Digit,
  Letter,
  Punctuation,
  /** Beyond ASCII: letters, marks, symbols; may be in one piece with letters and with punctuation. */
  Other,
}

function isWideSpace(code: number): boolean {
  return (
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  );
}

function kindOf(code: number): Kind {
  if (code <= 32) return Kind.Space;
  if (code >= 128) return isWideSpace(code) ? Kind.Space : Kind.Other;
  if (code >= 48 && code <= 57) return Kind.Digit;
  const lower = code | 32;
  return lower >= 97 && lower <= 122 ? Kind.Letter : Kind.Punctuation;
}

/** Whether a piece ends between the two, in every encoding. */
function isBorder(before: Kind, after: Kind): boolean {
  if (after === Kind.Space) return before !== Kind.Space;
  if (before === Kind.Digit || after === Kind.Digit) return true;
  return (
    (before === Kind.Letter && after === Kind.Punctuation) ||
    (before === Kind.Punctuation && after === Kind.Letter)
  );
}

export interface Chunk {
  readonly text: string;
  /** It was cut where a piece may have been going on, so that the sum of the parts may differ from the whole. */
  readonly forced: boolean;
}

/** The parts of a text, in order. */
export function* chunksOf(text: string): Generator<Chunk, void, undefined> {
  if (text.length <= maxRunLength) {
    yield { text, forced: false };
    return;
  }
  let start = 0;
  while (start < text.length) {
    const { end, forced } = nextCut(text, start);
    const part = text.slice(start, end);
    // A copy: a slice that a cache keeps would keep the whole text.
    const isWhole = part.length === text.length;
    yield { text: isWhole ? part : Buffer.from(part).toString(), forced };
    start = end;
  }
}

function nextCut(text: string, start: number): { end: number; forced: boolean } {
  let runStart = start;
  let before = kindOf(text.charCodeAt(start));
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = kindOf(code);
    // No piece goes on over a space after something else.
    if (code === 32 && before !== Kind.Space && i - start >= chunkLength) {
      return { end: i, forced: false };
    }
    if (isBorder(before, kind)) runStart = i;
    if (i - runStart >= maxRunLength || i - start >= maxChunkLength) {
      const splitsPair = code >= 0xdc00 && code <= 0xdfff;
      return { end: splitsPair ? i + 1 : i, forced: true };
    }
    before = kind;
  }
  return { end: text.length, forced: false };
}
