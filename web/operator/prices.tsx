// What a call costs: by million tokens of each kind, or by unit.
import type { ItemOf } from '../api/types';
import { groupDigits } from '../ui/amount';

export type PriceSet = ItemOf<'/api/v1/admin/models'>['list'];

const kinds = [
  ['input', 'in'],
  ['cachedInput', 'cached in'],
  ['cacheWrite', 'cache write'],
  ['output', 'out'],
] as const;

export function Prices({ prices }: { readonly prices: PriceSet }) {
  if ('perUnit' in prices) return <span className="figures">{groupDigits(prices.perUnit)}</span>;
  return (
    <ul className="prices">
      {kinds.map(([name, label]) => {
        const price = prices[name];
        return price === null ? null : (
          <li key={name}>
            <span className="figures">{groupDigits(price)}</span>{' '}
            <span className="unit">{label}</span>
          </li>
        );
      })}
    </ul>
  );
}
