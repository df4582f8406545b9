// A form that is sent to the API: what it finds wrong is said by the fields, and what is left by the form.
import { useEffect, useRef, type ReactNode } from 'react';
import { Form, Heading } from 'react-aria-components';
import { Problem } from '../api/problem';
import { fieldOf, FieldProblems } from './field';
import { ProblemNotice } from './problem-notice';

interface ApiFormProps {
  readonly title: string;
  /** Of its heading, below that of what it stands in. */
  readonly level?: 2 | 3 | 4;
  /** What came of the last attempt. */
  readonly error: unknown;
  /** That was no attempt: it only says what would be wrong. */
  readonly isQuiet?: boolean;
  /** To the last attempt that was done: its fields are as they were at first again. */
  readonly answer?: unknown;
  /** What is said of that. */
  readonly done?: ReactNode;
  /** The names of its fields. */
  readonly fields: readonly string[];
  readonly onSend: (form: FormData) => void;
  readonly children: ReactNode;
  readonly button: ReactNode;
}

export function ApiForm({
  title,
  level = 2,
  error,
  isQuiet = false,
  answer,
  done,
  fields,
  onSend,
  children,
  button,
}: ApiFormProps) {
  const form = useRef<HTMLFormElement>(null);
  /** Nothing was written since: its button was pressed once more for what was done. */
  const isDone = useRef(false);
  useEffect(() => {
    const element = form.current;
    if (answer === undefined || !element) return;
    element.reset();
    isDone.current = true;
    const goOn = () => (isDone.current = false);
    element.addEventListener('input', goOn);
    return () => {
      element.removeEventListener('input', goOn);
      goOn();
    };
  }, [answer]);
  return (
    <Form
      ref={form}
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isDone.current) onSend(new FormData(event.currentTarget));
      }}
    >
      <Heading level={level}>{title}</Heading>
      <FieldProblems value={error instanceof Problem ? problemsByField(error, fields) : {}}>
        {children}
      </FieldProblems>
      {button}
      <ProblemNotice error={error} saidBy={fields} isQuiet={isQuiet} />
      {answer !== undefined && !error && (
        <p role="status" className="placed">
          {done}
        </p>
      )}
    </Form>
  );
}

/** What is wrong with one item of a list is said by the list's field. */
function problemsByField({ fields }: Problem, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([path, message]) => [fieldOf(path, names), message]),
  );
}
