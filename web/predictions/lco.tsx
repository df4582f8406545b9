// LCO cut to so many decimals, so that what stands below one another can be compared; all of them where one points at it.
import { formatFixed } from './market-words';

export function Lco({
  value,
  decimals = 4,
}: {
  readonly value: string;
  readonly decimals?: number;
}) {
  return (
    <span className="amount" title={`${value} LCO`}>
      {formatFixed(value, decimals)} <span className="unit">LCO</span>
    </span>
  );
}
