// The models that chat, and what one of them costs.
import type { AnswerOf, ItemOf } from '../api/types';
import { useMe } from '../session/session';
import { Amount } from '../ui/amount';
import { Select } from '../ui/select';

export type OfferedModel = ItemOf<'/api/v1/models'>;
type PriceList = AnswerOf<'/api/v1/models'>;

/** Served, and writing answers that are priced by the token. An image's or a vector's maker charges no output. */
export function isChatModel({ available, unit, list }: OfferedModel): boolean {
  return available && unit === 'tokens' && 'output' in list && list.output !== '0';
}

interface ModelChoiceProps {
  readonly models: readonly OfferedModel[];
  readonly tiers: PriceList['tiers'];
  readonly value: string;
  readonly onChange: (id: string) => void;
}

export function ModelChoice({ models, tiers, value, onChange }: ModelChoiceProps) {
  const chosen = models.find(({ id }) => id === value);
  return (
    <>
      <Select
        label="Model"
        options={models.map(({ id, access }) => [id, access === 'imo' ? `${id} (quota)` : id])}
        value={value}
        onChange={onChange}
      />
      {chosen && <Price model={chosen} tiers={tiers} />}
    </>
  );
}

function Price({ model, tiers }: { readonly model: OfferedModel } & Pick<PriceList, 'tiers'>) {
  const level = useMe().data?.tier.level;
  const multiplier = tiers.find((tier) => tier.level === level)?.multiplier;
  const prices = multiplier === null ? model.cost : model.list;
  if (!('output' in prices)) return null;
  return (
    <p className="hint">
      <Amount value={prices.input} unit="CREDIT" /> for a million tokens in,{' '}
      <Amount value={prices.output} unit="CREDIT" /> for a million out
      {multiplier && multiplier !== '1' && `, times ${multiplier} at your level`}.
    </p>
  );
}
