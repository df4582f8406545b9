// Lending to a pool, and taking it back.
import { Button } from 'react-aria-components';
import { useAvailable } from '../account/balances';
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { Amount, unitName } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Field } from '../ui/field';
import { amountOf } from '../ui/form-text';
import type { Pool, Supply } from './margin-data';

interface SupplyFormsProps {
  readonly pool: Pool;
  readonly supply: Supply | null | undefined;
}

export function SupplyForms({ pool, supply }: SupplyFormsProps) {
  return (
    <div className="supply-forms">
      <SupplyForm asset={pool.asset} />
      {supply && supply.claim !== '0' && <WithdrawForm pool={pool} />}
    </div>
  );
}

function SupplyForm({ asset }: Pick<Pool, 'asset'>) {
  const available = useAvailable(asset);
  const supply = useWish((amount: string, key) =>
    answerOf(
      api.POST('/api/v1/margin/pools/{asset}/supply', {
        params: { path: { asset }, header: { 'Idempotency-Key': key } },
        body: { amount },
      }),
    ),
  );
  const unit = unitName(asset);
  return (
    <ApiForm
      title={`Supply ${unit}`}
      error={supply.error}
      answer={supply.data}
      done="Supplied."
      fields={['amount']}
      onSend={(form) => supply.mutate(amountOf(form, 'amount'))}
      button={
        <Button type="submit" isDisabled={supply.isPending}>
          Supply
        </Button>
      }
    >
      <Field label={unit} name="amount" inputMode="decimal" autoComplete="off" isRequired />
      {available !== undefined && (
        <p className="hint">
          You have <Amount value={available} unit={unit} />.
        </p>
      )}
    </ApiForm>
  );
}

function WithdrawForm({ pool: { asset, cash } }: Pick<SupplyFormsProps, 'pool'>) {
  const withdraw = useWish((amount: string, key) =>
    answerOf(
      api.POST('/api/v1/margin/pools/{asset}/withdraw', {
        params: { path: { asset }, header: { 'Idempotency-Key': key } },
        body: { amount },
      }),
    ),
  );
  const unit = unitName(asset);
  return (
    <ApiForm
      title={`Withdraw ${unit}`}
      error={withdraw.error}
      answer={withdraw.data}
      done="Withdrawn."
      fields={['amount']}
      onSend={(form) => withdraw.mutate(amountOf(form, 'amount'))}
      button={
        <div className="buttons">
          <Button className="primary" type="submit" isDisabled={withdraw.isPending}>
            Withdraw
          </Button>
          <Button isDisabled={withdraw.isPending} onPress={() => withdraw.mutate('all')}>
            Withdraw all
          </Button>
        </div>
      }
    >
      <Field label={unit} name="amount" inputMode="decimal" autoComplete="off" isRequired />
      <p className="hint">
        <Amount value={cash} unit={unit} /> of the pool are not lent.
      </p>
    </ApiForm>
  );
}
