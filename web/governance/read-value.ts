// A parameter's new value as the API takes it, from what was typed.
import { textOf } from '../ui/form-text';
import type { Parameter, ParameterValue } from './proposal-words';

/** The name that the API gives to what is wrong with it. */
export function levelField(level: string): string {
  return `value.${level}`;
}

/** A number as one, a fraction too; whatever else as it was typed, so that the API says what is wrong with it. */
function numberOf(text: string): number {
  return /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : (text as unknown as number);
}

export function readValue(form: FormData, { type, value }: Parameter): ParameterValue {
  if (typeof value === 'object') {
    const levels = Object.keys(value);
    return Object.fromEntries(
      levels.map((level) => [level, numberOf(textOf(form, levelField(level)).trim())]),
    );
  }
  const text = textOf(form, 'value').trim();
  // Amounts stay decimal text.
  return type === 'amount' ? text : numberOf(text);
}
