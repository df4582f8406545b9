// Fields that only forms of operators have.
import { Field } from '../ui/field';

interface NamedField {
  readonly label: string;
  readonly name: string;
}

/** A time in the reader's zone. */
export function TimeField({ label, name, at }: NamedField & { readonly at?: string }) {
  return (
    <Field
      label={`${label} (your time)`}
      name={name}
      type="datetime-local"
      {...(at === undefined ? {} : { defaultValue: at })}
    />
  );
}

/** Somebody, by handle, e-mail address or id. */
export function UserField({ name = 'userId', value }: { readonly name?: string; value?: string }) {
  return (
    <Field
      label="User: handle, e-mail or id"
      name={name}
      autoComplete="off"
      {...(value === undefined ? {} : { defaultValue: value })}
    />
  );
}
