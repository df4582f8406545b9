// One of many, by the browser's own list, which every phone and screen reader knows how to show.
import { useContext, useId } from 'react';
import { FieldProblems } from './field';

interface SelectProps<Value extends string> {
  readonly label: string;
  readonly name?: string;
  readonly options: readonly (readonly [value: Value, text: string])[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

export function Select<Value extends string>({
  label,
  name,
  options,
  value,
  onChange,
}: SelectProps<Value>) {
  const id = useId();
  const problem = useContext(FieldProblems)[name ?? ''];
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        name={name}
        value={value}
        aria-invalid={problem !== undefined || undefined}
        aria-describedby={problem === undefined ? undefined : `${id}-problem`}
        onChange={(event) => onChange(event.currentTarget.value as Value)}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
      {problem !== undefined && (
        <span id={`${id}-problem`} className="react-aria-FieldError">
          {problem}
        </span>
      )}
    </div>
  );
}
