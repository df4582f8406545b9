// What may be done about something: a button each, which opens its form below; one at a time.
import { Fragment, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { lateRefusals } from '../api/late-refusals';

export interface Act {
  readonly name: string;
  readonly form: (onDone: () => void) => ReactNode;
}

export function Acts({ acts }: { readonly acts: readonly (Act | false)[] }) {
  const [open, setOpen] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const possible = acts.filter((act) => act !== false);
  const current = possible.find(({ name }) => name === open);
  const toggle = (name: string) =>
    lateRefusals.putAway(() => {
      setDone(null);
      setOpen(open === name ? null : name);
    });
  return (
    <div className="acts">
      <div className="buttons">
        {possible.map(({ name }) => (
          <Button key={name} aria-expanded={name === open} onPress={() => toggle(name)}>
            {name}
          </Button>
        ))}
      </div>
      <p className="done" role="status">
        {done !== null && `Done: ${done.charAt(0).toLowerCase()}${done.slice(1)}.`}
      </p>
      {current && (
        // What was written for one act is not meant for another.
        <Fragment key={current.name}>
          {current.form(() => {
            setOpen(null);
            setDone(current.name);
          })}
        </Fragment>
      )}
    </div>
  );
}
