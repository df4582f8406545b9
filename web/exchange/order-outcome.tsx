// What became of the order that was just placed.
import type { ItemOf } from '../api/types';
import { groupDigits } from '../ui/amount';
import { reasonText, sideWords } from './texts';

type Order = ItemOf<'/api/v1/exchange/orders'>;

export function Outcome({ order }: { readonly order: Order }) {
  const { side, status, reason, filledQuantity, averagePrice, quantity } = order;
  const filled =
    averagePrice === null
      ? ''
      : `${groupDigits(filledQuantity)} LCO at ${averagePrice} Credits on average`;
  return (
    <p className="outcome placed" role="status">
      {sideWords[side]} order {words[status]}
      {filled !== '' && `: ${filled}`}
      {status === 'open' && quantity !== null && filled !== '' && ', the rest is in the book'}
      {reason !== null && ` (${reasonText(reason)})`}.
    </p>
  );
}

const words = {
  open: 'is open',
  filled: 'filled',
  cancelled: 'cancelled',
  expired: 'expired',
} as const;
