// The form of a model's price: what the unit that is priced allows (DESIGN 2.2 "Prices").
import { maxVariants, type Variants } from './price-variants';
import type { PriceUnit } from './pricing';

interface PriceForm {
  readonly unit: PriceUnit;
  /** Whether they are said as Credits a unit, not for each kind of token. */
  readonly list: { readonly isPerUnit: boolean };
  readonly cost?: { readonly isPerUnit: boolean } | undefined;
  readonly variants?: Variants | null | undefined;
}

export interface FormFault {
  readonly field: 'list' | 'cost' | 'variants';
  readonly message: string;
}

const withVariants: readonly PriceUnit[] = ['images', 'seconds'];

/** What is wrong with it, if anything. */
export function faultsOfPriceForm({ unit, list, cost, variants }: PriceForm): FormFault[] {
  const faults: FormFault[] = [];
  const message = unit === 'tokens' ? 'must be prices of tokens' : 'must be {perUnit}';
  if (list.isPerUnit !== (unit !== 'tokens')) faults.push({ field: 'list', message });
  if (cost && cost.isPerUnit !== (unit !== 'tokens')) faults.push({ field: 'cost', message });
  if (!variants) return faults;
  if (!withVariants.includes(unit)) {
    faults.push({
      field: 'variants',
      message: 'only models priced by images or seconds have variants',
    });
  }
  if (Object.keys(variants).length > maxVariants) {
    faults.push({ field: 'variants', message: `must be at most ${maxVariants}` });
  }
  return faults;
}
