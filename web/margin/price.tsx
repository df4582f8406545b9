// Credits for one LCO; all that is known of it where one points at it.
import { formatPrice } from '../ui/format-price';

export function Price({ value }: { readonly value: string }) {
  return (
    <span className="amount" title={`${value} Credits for one LCO`}>
      {formatPrice(value)} <span className="unit">Credits</span>
    </span>
  );
}
