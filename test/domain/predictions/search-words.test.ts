// The words that prediction markets are found by.
import fc from 'fast-check';
import { searchWordsOf, wordsOf } from '../../../domain/predictions/search-words';

describe('the words of a text', () => {
  it.each([
    ['small letters', 'Will OpenAI release?', ['will', 'openai', 'release']],
    ['a name with a number', 'GPT-5', ['gpt', '5']],
    ['a version', 'Claude 4.5', ['claude', '4', '5']],
    ['each once', 'Yes yes YES no', ['yes', 'no']],
    ['without accents', 'Élysée Łódź naïve', ['elysee', 'łodz', 'naive']],
    ['composed and decomposed alike', 'e\u0301te été', ['ete']],
    ['a capital with a dot', 'İstanbul', ['istanbul']],
    ['wide and styled letters', 'ＧＰＴ 𝐆𝐏𝐓 ﬁn', ['gpt', 'fin']],
    ['other scripts', 'Привет Ελλάδα', ['привет', 'ελλαδα']],
    ['a run of Chinese as one', '明年会发布吗？也许', ['明年会发布吗', '也许']],
    ['an apostrophe parts', "l'IA d’Anthropic", ['l', 'ia', 'd', 'anthropic']],
    ['an underscore parts', 'a_b', ['a', 'b']],
  ])('%s', (_, text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it.each(['', ' ', '%', '%%%%%%%%', '_%_', "'; --", '\\', ':* & | !', '👍', '\u0301', '…?!'])(
    'of %j are none',
    (text) => {
      expect(wordsOf(text)).toEqual([]);
      expect(searchWordsOf(text)).toEqual([]);
    },
  );

  it('of a storm of signs are found quickly, and are what is between them', () => {
    const startedAt = performance.now();
    expect(wordsOf('%'.repeat(100_000))).toEqual([]);
    expect(wordsOf(`a${'%'.repeat(100_000)}b`)).toEqual(['a', 'b']);
    expect(wordsOf(`e${'\u0301'.repeat(100_000)}`)).toEqual(['e']);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('that are long are compared by their first 40 characters, whole ones', () => {
    expect(wordsOf('x'.repeat(100))).toEqual(['x'.repeat(40)]);
    expect(wordsOf('𠮷'.repeat(100))).toEqual(['𠮷'.repeat(40)]);
    expect(wordsOf(`${'x'.repeat(40)}a ${'x'.repeat(40)}b`)).toEqual(['x'.repeat(40)]);
  });
});

it('looks for eight words at most', () => {
  expect(searchWordsOf('a b c d e f g h i j')).toEqual([...'abcdefgh']);
  expect(searchWordsOf('a a a a b')).toEqual(['a', 'b']);
});

describe('whatever is typed', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 60 });

  it('a word is letters and digits, without capitals, and each is there once', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const words = wordsOf(text);
        for (const word of words) {
          expect(word).toMatch(/^[\p{L}\p{N}]+$/u);
          expect([...word].length).toBeLessThanOrEqual(40);
        }
        expect(new Set(words).size).toBe(words.length);
      }),
      { numRuns: 5_000 },
    );
  });

  it('the words of the words are the same', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const words = wordsOf(text);
        expect(wordsOf(words.join(' '))).toEqual(words);
      }),
      { numRuns: 5_000 },
    );
  });
});
