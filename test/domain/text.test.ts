// What people may write with a request (DESIGN 6): nothing that a screen obeys, and something that it shows.
import { isPlainLine, isPlainText } from '../../domain/text';

it.each([
  ['words', 'Let there be more.'],
  ['another script', '更多的计算'],
  ['an emoji of several characters', '👩‍💻'],
  ['a letter with marks', 'é'],
])('%s are a line', (_, text) => {
  expect(isPlainLine(text, 50)).toBe(true);
});

it.each([
  ['nothing', ''],
  ['blanks around it', ' a '],
  ['two lines', 'a\nb'],
  ['NUL', 'a\u0000b'],
  ['text turned around', 'a\u202eb'],
  ['half a character', 'a\ud800'],
  ['a zero-width space', '\u200b'],
  ['a joiner and a mark', '\u200d\ufe0f'],
  ['a filler', '\u3164'],
  ['a blank of Braille', '\u2800'],
  ['marks without a letter', '\u0301\u0302\u0303'],
  ['tags', '\u{e0041}\u{e0042}'],
])('%s is no line', (_, text) => {
  expect(isPlainLine(text, 50)).toBe(false);
});

it('takes lines of a text, as long as there is something to see', () => {
  expect(isPlainText('one\n\ntwo', 50)).toBe(true);
  expect(isPlainText('\u200b\n\u200b', 50)).toBe(false);
  expect(isPlainText('\n\n', 50)).toBe(false);
});
