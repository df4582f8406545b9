// The texts of a response's output, as far as they are counted when the upstream does not say what it used.
import { membersOf, textIn } from '../members';

function textOfParts(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts.reduce<string>((said, part) => {
    const { text: words, refusal } = membersOf(part);
    return said + textIn(words) + textIn(refusal);
  }, '');
}

/** Of a message its parts, of a call of a tool its name and input, of reasoning what is shown of it. */
export function textOfItem(item: unknown): string {
  const { name, arguments: given, input, summary, content } = membersOf(item);
  return textIn(name) + textIn(given) + textIn(input) + textOfParts(summary) + textOfParts(content);
}

/** One text for each item. */
export function textsOfOutput(output: readonly unknown[]): string[] {
  return output.map(textOfItem);
}
