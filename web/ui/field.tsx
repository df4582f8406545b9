// A field of a form, with its label and what is wrong with it.
import { FieldError, Input, Label, TextField, type TextFieldProps } from 'react-aria-components';

interface FieldProps extends TextFieldProps {
  readonly label: string;
}

export function Field({ label, ...props }: FieldProps) {
  return (
    <TextField {...props} className="field">
      <Label>{label}</Label>
      <Input />
      <FieldError />
    </TextField>
  );
}
