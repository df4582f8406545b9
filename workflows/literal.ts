// What people wrote, shown in the Temporal UI as they wrote it, not as Markdown.

export function literal(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll(/\s+/g, ' ')}\``;
}
