// What people wrote, shown in the Temporal UI as they wrote it, not as Markdown.

export function literal(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll(/\s+/g, ' ')}\``;
}

/** The beginning of what may be long. */
export function excerpt(text: string, maxCharacters: number): string {
  const characters = [...text];
  const isLong = characters.length > maxCharacters;
  return literal(isLong ? `${characters.slice(0, maxCharacters).join('')}…` : text);
}
