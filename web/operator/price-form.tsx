// A new version of a model's prices: all of its terms, beginning with those in force; the first one makes the model.
import { useState } from 'react';
import { answerOf, api } from '../api/client';
import type { BodyOf, ItemOf } from '../api/types';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';
import { Select } from '../ui/select';
import { TickBox } from '../ui/tick-box';
import { ActForm, reasonOf } from './act-form';
import { TextAreaField } from '../ui/text-area-field';
import { jsonOf, numberOf } from './form-values';
import { PriceFields, priceFieldNames, pricesOf } from './price-fields';

export type Model = ItemOf<'/api/v1/admin/models'>;
type Terms = BodyOf<'/api/v1/admin/models'>;
type TokenizerChoice = NonNullable<Terms['tokenizer']> | 'none' | 'by name';

const units: readonly (readonly [Terms['unit'], string])[] = [
  ['tokens', 'tokens'],
  ['images', 'images'],
  ['seconds', 'seconds'],
  ['characters', 'characters'],
];
const accesses: readonly (readonly [Terms['access'], string])[] = [
  ['open', 'everybody'],
  ['imo', 'holders of its IMO’s quota'],
];
const tokenizers: readonly (readonly [TokenizerChoice, string])[] = [
  ['by name', 'by the name of the model'],
  ['o200k_base', 'o200k_base'],
  ['cl100k_base', 'cl100k_base'],
  ['none', 'none that is known'],
];

function tokenizerOf(form: FormData): Pick<Terms, 'tokenizer'> {
  const chosen = textOf(form, 'tokenizer') as TokenizerChoice;
  if (chosen === 'by name') return {};
  return { tokenizer: chosen === 'none' ? null : chosen };
}

/** Nothing where nothing was written. */
function optionalNumber(form: FormData, name: 'maxPerImage' | 'tokenizerFactor'): Partial<Terms> {
  return textOf(form, name).trim() === '' ? {} : { [name]: numberOf(form, name) };
}

/** @throws Problem when the variants are not JSON */
function termsOf(form: FormData): Terms {
  const unit = textOf(form, 'unit') as Terms['unit'];
  const variants = jsonOf(form, 'variants') as Terms['variants'];
  return {
    id: textOf(form, 'id').trim(),
    unit,
    list: pricesOf(form, 'list', unit),
    cost: pricesOf(form, 'cost', unit),
    maxInput: numberOf(form, 'maxInput'),
    maxOutput: numberOf(form, 'maxOutput'),
    ...(variants !== undefined && { variants }),
    hidesOutput: form.has('hidesOutput'),
    access: textOf(form, 'access') as Terms['access'],
    ...optionalNumber(form, 'maxPerImage'),
    ...tokenizerOf(form),
    ...optionalNumber(form, 'tokenizerFactor'),
    ...reasonOf(form),
  };
}

interface PriceFormProps {
  /** One that is there, with its terms in force. */
  readonly model?: Model;
  readonly onDone: () => void;
}

export function PriceForm({ model, onDone }: PriceFormProps) {
  const [unit, setUnit] = useState(model?.unit ?? 'tokens');
  const [access, setAccess] = useState(model?.access ?? 'open');
  const [tokenizer, setTokenizer] = useState<TokenizerChoice>(
    model ? ((model.tokenizer as TokenizerChoice | null) ?? 'none') : 'by name',
  );
  const text = (value: number | null | undefined) => (value ? String(value) : '');
  return (
    <ActForm
      title="Put in force"
      level={model ? 4 : 3}
      note="At once, for calls from then on. Refused unless 70% of the list price covers the cost, also that of every enabled channel."
      question="Calls are billed by it at once. Put it in force?"
      fields={[
        ...['id', 'unit', 'maxInput', 'maxOutput', 'variants', 'access'],
        ...['maxPerImage', 'tokenizer', 'tokenizerFactor'],
        ...priceFieldNames(unit),
      ]}
      bodyOf={termsOf}
      send={(body, key) =>
        answerOf(
          api.POST('/api/v1/admin/models', {
            params: { header: { 'Idempotency-Key': key } },
            body,
          }),
        )
      }
      onDone={onDone}
    >
      {model ? (
        <>
          <input type="hidden" name="id" value={model.id} />
          <input type="hidden" name="unit" value={model.unit} />
        </>
      ) : (
        <>
          <Field label="Model" name="id" autoComplete="off" />
          <Select
            label="Priced in; it never changes"
            name="unit"
            options={units}
            value={unit}
            onChange={setUnit}
          />
        </>
      )}
      <PriceFields of="list" unit={unit} {...(model && { prices: model.list })} />
      <PriceFields of="cost" unit={unit} {...(model && { prices: model.cost })} />
      <Field
        label={unit === 'tokens' ? 'At most in, tokens' : 'At most in, characters'}
        name="maxInput"
        inputMode="numeric"
        defaultValue={text(model?.maxInput)}
      />
      <Field
        label={`At most out, ${unit}`}
        name="maxOutput"
        inputMode="numeric"
        defaultValue={text(model?.maxOutput)}
      />
      <TextAreaField
        label={'Variants as JSON, such as {"1024x1024": 1} (optional)'}
        name="variants"
        rows={5}
        isCode
        defaultValue={model?.variants ? JSON.stringify(model.variants, null, 2) : ''}
      />
      <TickBox name="hidesOutput" value="yes" defaultSelected={model?.hidesOutput ?? false}>
        Bills reasoning that it does not deliver
      </TickBox>
      <Select
        label="Who may call it"
        name="access"
        options={accesses}
        value={access}
        onChange={setAccess}
      />
      <Field
        label="At most tokens an image; empty: takes no images"
        name="maxPerImage"
        inputMode="numeric"
        defaultValue={text(model?.maxPerImage)}
      />
      <Select
        label="Tokenizer"
        name="tokenizer"
        options={tokenizers}
        value={tokenizer}
        onChange={setTokenizer}
      />
      <Field
        label="Counted tokens times; empty: 1, or 1.5 if no tokenizer is known"
        name="tokenizerFactor"
        inputMode="decimal"
        defaultValue={text(model?.tokenizerFactor)}
      />
    </ActForm>
  );
}
