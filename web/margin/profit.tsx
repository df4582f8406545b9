// What was won or lost: its sign says it, the colour only repeats it.
import { groupDigits } from '../ui/amount';

export function Profit({ value, unit }: { readonly value: string; readonly unit: string }) {
  const isLoss = value.startsWith('-');
  return (
    <span className={`amount ${isLoss ? 'down' : 'up'}`}>
      {isLoss ? '−' : '+'}
      {groupDigits(value.replace('-', ''))} <span className="unit">{unit}</span>
    </span>
  );
}
