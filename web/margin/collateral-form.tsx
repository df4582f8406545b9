// More collateral for a position, or less.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useAvailable } from '../account/balances';
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { Amount } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Choice } from '../ui/choice';
import { Field } from '../ui/field';
import { amountOf } from '../ui/form-text';
import type { Position } from './margin-data';

const ways = [
  ['add', 'Add'],
  ['take', 'Take out'],
] as const;
type Way = (typeof ways)[number][0];

export function CollateralForm({ position: { id, side } }: { readonly position: Position }) {
  const [way, setWay] = useState<Way>('add');
  const available = useAvailable('CREDIT');
  const adjust = useWish((amount: string, key) =>
    answerOf(
      api.POST('/api/v1/margin/positions/{id}/collateral', {
        params: { path: { id }, header: { 'Idempotency-Key': key } },
        body: { amount },
      }),
    ),
  );
  return (
    <ApiForm
      title="Collateral"
      error={adjust.error}
      answer={adjust.data}
      done={adjust.variables && doneText(adjust.variables)}
      fields={['amount']}
      onSend={(form) => {
        const amount = amountOf(form, 'amount');
        adjust.mutate(way === 'add' ? amount : `-${amount}`);
      }}
      button={
        <Button type="submit" isDisabled={adjust.isPending}>
          {way === 'add' ? 'Add collateral' : 'Take collateral out'}
        </Button>
      }
    >
      <Choice label="What to do" options={ways} value={way} onChange={setWay} />
      <p className="hint">{effects[side][way]}</p>
      <Field label="Credits" name="amount" inputMode="decimal" autoComplete="off" isRequired />
      {way === 'add' && available !== undefined && (
        <p className="hint">
          You have <Amount value={available} unit="Credits" />.
        </p>
      )}
    </ApiForm>
  );
}

function doneText(amount: string) {
  const taken = amount.startsWith('-');
  return (
    <>
      {taken ? 'Taken out' : 'Added'}:{' '}
      <Amount value={taken ? amount.slice(1) : amount} unit="Credits" />.
    </>
  );
}

const effects: Readonly<Record<Position['side'], Readonly<Record<Way, string>>>> = {
  long: {
    add: 'It repays debt, which lowers the liquidation price.',
    take: 'It is borrowed; the position must stay as safe as one that is opened.',
  },
  short: {
    add: 'The position holds it, which raises the liquidation price.',
    take: 'The position must stay as safe as one that is opened.',
  },
};
