// A field of a form, with its label and what the API found wrong with it at the last attempt: that stays until the next one, so
// that nothing moves under a pointer that is about to press.
import { createContext, useContext } from 'react';
import { FieldError, Input, Label, TextField, type TextFieldProps } from 'react-aria-components';

/** By the names of fields. */
export const FieldProblems = createContext<Readonly<Record<string, string>>>({});

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
