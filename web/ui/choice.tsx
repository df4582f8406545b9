// One of a few, all of them seen: buy or sell, yes or no, long or short.
import { useContext } from 'react';
import { FieldError, Label, Radio, RadioGroup } from 'react-aria-components';
import { FieldProblems } from './field';

interface ChoiceProps<Value extends string> {
  readonly label: string;
  /** Of the form's field, if it is one. */
  readonly name?: string;
  readonly options: readonly (readonly [value: Value, text: string])[];
  /** null: none was chosen yet. */
  readonly value: Value | null;
  readonly onChange: (value: Value) => void;
  readonly isDisabled?: boolean;
}

export function Choice<Value extends string>({
  label,
  name,
  options,
  value,
  onChange,
  isDisabled,
}: ChoiceProps<Value>) {
  const problem = useContext(FieldProblems)[name ?? ''];
  return (
    <RadioGroup
      {...(name === undefined ? {} : { name })}
      className="choice"
      orientation="horizontal"
      value={value}
      onChange={(chosen) => onChange(chosen as Value)}
      isDisabled={isDisabled ?? false}
      isInvalid={problem !== undefined}
    >
      <Label>{label}</Label>
      <div className="choice-options">
        {options.map(([option, text]) => (
          <Radio key={option} value={option} data-value={option}>
            {text}
          </Radio>
        ))}
      </div>
      <FieldError>{problem}</FieldError>
    </RadioGroup>
  );
}
