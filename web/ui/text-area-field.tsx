// A field of several lines.
import { useContext } from 'react';
import { FieldError, Label, TextArea, TextField, type TextFieldProps } from 'react-aria-components';
import { FieldProblems } from './field';

interface TextAreaFieldProps extends TextFieldProps {
  readonly label: string;
  readonly name: string;
  readonly rows?: number;
  /** What is written is for machines: every character counts. */
  readonly isCode?: boolean;
}

export function TextAreaField({ label, rows = 4, isCode = false, ...props }: TextAreaFieldProps) {
  const problem = useContext(FieldProblems)[props.name];
  return (
    <TextField {...props} isInvalid={problem !== undefined} className="field">
      <Label>{label}</Label>
      <TextArea rows={rows} {...(isCode && { className: 'code-area' })} />
      <FieldError>{problem}</FieldError>
    </TextField>
  );
}
