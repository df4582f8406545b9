// What was written into a field of a form.

/** Without a text, none. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

/** As it was typed or pasted, which may bring spaces along. */
export function amountOf(form: FormData, name: string): string {
  return textOf(form, name).trim();
}

/** The time of a field in the reader's zone, as ISO 8601 in UTC; what is none goes as it is, to be refused. */
export function timeOf(form: FormData, name: string): string {
  const text = textOf(form, name);
  const at = Date.parse(text);
  return Number.isNaN(at) ? text : new Date(at).toISOString();
}
