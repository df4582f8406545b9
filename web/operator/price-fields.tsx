// The prices of a model in a form: by million tokens of each kind, or by unit.
import type { BodyOf } from '../api/types';
import { Field } from '../ui/field';
import { given } from './form-values';
import type { PriceSet } from './prices';

type Terms = BodyOf<'/api/v1/admin/models'>;
type Side = 'list' | 'cost';

const kinds = [
  ['input', 'per million tokens in'],
  ['cachedInput', 'per million cached tokens in'],
  ['cacheWrite', 'per million tokens written to a cache; empty: as those in'],
  ['output', 'per million tokens out'],
] as const;

const unitKind = [['perUnit', 'per unit']] as const;

const words: Readonly<Record<Side, string>> = { list: 'List price', cost: 'Cost' };

const kindsOf = (unit: Terms['unit']) => (unit === 'tokens' ? kinds : unitKind);

export function priceFieldNames(unit: Terms['unit']): string[] {
  return kindsOf(unit).flatMap(([kind]) => [`list.${kind}`, `cost.${kind}`]);
}

/** What is missing is for the API to say. */
export function pricesOf(form: FormData, side: Side, unit: Terms['unit']): Terms['list'] {
  return Object.fromEntries(
    kindsOf(unit).flatMap(([kind]) => {
      const name = `${side}.${kind}`;
      const price = given(form, name)[name];
      return price === undefined ? [] : [[kind, price]];
    }),
  );
}

interface PriceFieldsProps {
  readonly of: Side;
  readonly unit: Terms['unit'];
  readonly prices?: PriceSet;
}

export function PriceFields({ of: side, unit, prices }: PriceFieldsProps) {
  const before: Readonly<Record<string, string | null>> = prices ?? {};
  return (
    <>
      {kindsOf(unit).map(([kind, label]) => (
        <Field
          key={kind}
          label={`${words[side]}, Credits ${label}`}
          name={`${side}.${kind}`}
          inputMode="decimal"
          autoComplete="off"
          defaultValue={before[kind] ?? ''}
        />
      ))}
    </>
  );
}
