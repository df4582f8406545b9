// A form that is sent to the API: what it finds wrong is said by the fields, and what is left by the form.
import type { ReactNode } from 'react';
import { Form } from 'react-aria-components';
import { Problem } from '../api/problem';
import { FieldProblems } from './field';
import { ProblemNotice } from './problem-notice';

interface ApiFormProps {
  readonly title: string;
  /** What came of the last attempt. */
  readonly error: unknown;
  /** The names of its fields. */
  readonly fields: readonly string[];
  readonly onSend: (form: FormData) => void;
  readonly children: ReactNode;
  readonly button: ReactNode;
}

export function ApiForm({ title, error, fields, onSend, children, button }: ApiFormProps) {
  return (
    <Form
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault();
        onSend(new FormData(event.currentTarget));
      }}
    >
      <h2>{title}</h2>
      <FieldProblems value={error instanceof Problem ? error.fields : {}}>{children}</FieldProblems>
      {button}
      <ProblemNotice error={error} saidBy={fields} />
    </Form>
  );
}
