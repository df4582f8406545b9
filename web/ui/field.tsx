// A field of a form, with its label and what the API found wrong with it at the last attempt: that stays until the next one, so
// that nothing moves under a pointer that is about to press.
import { createContext, useContext } from 'react';
import { FieldError, Input, Label, TextField, type TextFieldProps } from 'react-aria-components';

/** By the names of fields. */
export const FieldProblems = createContext<Readonly<Record<string, string>>>({});

/** Whose matter a path of the API is: of `list.input` where a form has such a field; `models.0` is one of the field `models`. */
export function fieldOf(path: string, names: readonly string[]): string {
  return names.includes(path) ? path : (path.split('.')[0] ?? path);
}

interface FieldProps extends TextFieldProps {
  readonly label: string;
  readonly name: string;
}

export function Field({ label, ...props }: FieldProps) {
  const problem = useContext(FieldProblems)[props.name];
  return (
    <TextField {...props} isInvalid={problem !== undefined} className="field">
      <Label>{label}</Label>
      <Input />
      <FieldError>{problem}</FieldError>
    </TextField>
  );
}
