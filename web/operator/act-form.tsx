// What an operator does, with the reason that the audit log keeps; what cannot be undone is asked once more.
import { useState, type ReactNode } from 'react';
import { Button, type PressEvent } from 'react-aria-components';
import { useWish } from '../api/wish';
import { ApiForm } from '../ui/api-form';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';

interface ActFormProps<Body> {
  /** What is done, which its button says, too. */
  readonly title: string;
  readonly level?: 2 | 3 | 4;
  /** What comes of it. */
  readonly note?: string;
  /** What is asked before what cannot be undone. */
  readonly question?: string;
  /** What the API calls the reason, and people. */
  readonly reason?: { readonly name: string; readonly label: string };
  /** Beside the reason. */
  readonly fields?: readonly string[];
  readonly children?: ReactNode;
  /** @throws Problem of what cannot be sent at all */
  readonly bodyOf: (form: FormData) => Body;
  readonly send: (body: Body, key: string) => Promise<unknown>;
  readonly onDone?: () => void;
}

export const reasonOf = (form: FormData) => ({ reason: textOf(form, 'reason') });

const usualReason = { name: 'reason', label: 'Reason' };

export function ActForm<Body>({
  title,
  level = 4,
  note,
  question,
  reason = usualReason,
  fields = [],
  children,
  bodyOf,
  send,
  onDone,
}: ActFormProps<Body>) {
  const [isAsking, setIsAsking] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const act = useWish(send);
  const sendForm = (form: FormData) => {
    setIsAsking(false);
    setFault(null);
    try {
      // What is done may take away the form that did it, and is told all the same.
      void act.mutateAsync(bodyOf(form)).then(onDone, () => undefined);
    } catch (error) {
      setFault(error);
    }
  };
  const confirm = ({ target }: PressEvent) => {
    const form = target.closest('form');
    if (form) sendForm(new FormData(form));
  };
  return (
    <ApiForm
      title={title}
      level={level}
      error={fault ?? act.error}
      fields={[reason.name, ...fields]}
      onSend={question === undefined ? sendForm : () => setIsAsking(true)}
      button={
        isAsking && question !== undefined ? (
          <div role="group" aria-label={question} className="sure">
            <span>{question}</span>
            <div className="buttons">
              <Button onPress={confirm}>Yes</Button>
              <Button autoFocus onPress={() => setIsAsking(false)}>
                No
              </Button>
            </div>
          </div>
        ) : (
          <Button type="submit" isDisabled={act.isPending}>
            {title}
          </Button>
        )
      }
    >
      {note !== undefined && <p className="note">{note}</p>}
      {children}
      <Field label={reason.label} name={reason.name} autoComplete="off" isRequired />
    </ApiForm>
  );
}
