// What operators write into forms, as the API's bodies have it. What is no number and no JSON is for the API, or for the field, to
// say.
import { Problem } from '../api/problem';
import { textOf } from '../ui/form-text';

/** `{ [name]: text }`, or nothing where nothing was written. */
export function given<Name extends string>(
  form: FormData,
  name: Name,
): Partial<Record<Name, string>> {
  const text = textOf(form, name).trim();
  return text === '' ? {} : ({ [name]: text } as Record<Name, string>);
}

/** What is no number goes as it was written, nothing as no text: both are refused by the field's name, also where it may be left out. */
export function numberOf(form: FormData, name: string): number {
  const text = textOf(form, name).trim();
  const number = Number(text);
  const isNumber = text !== '' && !Number.isNaN(number);
  return isNumber ? number : (text as unknown as number);
}

/** @throws Problem that names the field; undefined where nothing was written */
export function jsonOf(form: FormData, name: string): unknown {
  const text = textOf(form, name).trim();
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = `This is not JSON: ${(error as Error).message}`;
    throw new Problem({
      ...{ status: 0, title: 'Not sent', detail: 'A field is not JSON.' },
      errors: [{ path: name, message }],
    });
  }
}

/** As a field of a time has it: in this machine's zone, to the millisecond: bets of the last second count, too. */
export function localTimeText(atMs: number): string {
  const zoneMs = new Date(atMs).getTimezoneOffset() * 60_000;
  return new Date(atMs - zoneMs).toISOString().slice(0, 23);
}
