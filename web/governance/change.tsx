// What a proposal would change: a parameter from one value to another, or nothing but minds.
import { unitName } from '../ui/amount';
import { formatValue, type Parameter, type Proposal } from './proposal-words';

interface ChangeProps {
  readonly parameter: Proposal['parameter'];
  /** Where units are known. */
  readonly parameters: readonly Parameter[] | undefined;
}

export function Change({ parameter, parameters }: ChangeProps) {
  if (!parameter) return <span>A text, which changes no parameter</span>;
  const unit = parameters?.find(({ name }) => name === parameter.name)?.unit;
  return (
    <span className="change">
      <code>{parameter.name}</code>{' '}
      <span className="figures">
        {formatValue(parameter.valueBefore)} <span aria-label="to">→</span>{' '}
        <strong>{formatValue(parameter.value)}</strong>
      </span>
      {unit !== undefined && <span className="unit"> {unitName(unit)}</span>}
    </span>
  );
}
