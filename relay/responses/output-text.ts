// The texts of a response's output, as far as they are counted when the upstream does not say what it used.

type Members = Readonly<Record<string, unknown>>;

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textOfParts(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts.reduce<string>((said, part) => {
    const { text: words, refusal } = membersOf(part);
    return said + text(words) + text(refusal);
  }, '');
}

/** Of a message its parts, of a call of a tool its name and input, of reasoning what is shown of it. */
export function textOfItem(item: unknown): string {
  const { name, arguments: given, input, summary, content } = membersOf(item);
  return text(name) + text(given) + text(input) + textOfParts(summary) + textOfParts(content);
}

/** One text for each item. */
export function textsOfOutput(output: readonly unknown[]): string[] {
  return output.map(textOfItem);
}
