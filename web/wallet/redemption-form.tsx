// Asks for Credits to be paid out.
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import type { BodyOf } from '../api/types';
import { useWish } from '../api/wish';
import { ApiForm } from '../ui/api-form';
import { Field } from '../ui/field';
import { amountOf, textOf } from '../ui/form-text';

export function RedemptionForm() {
  const redeeming = useWish((body: BodyOf<'/api/v1/redemptions'>, key) =>
    answerOf(
      api.POST('/api/v1/redemptions', { params: { header: { 'Idempotency-Key': key } }, body }),
    ),
  );
  return (
    <ApiForm
      title="Redeem Credits"
      error={redeeming.error}
      answer={redeeming.data}
      done="Asked for: it waits for the operators."
      fields={['amount', 'destination']}
      onSend={(form) =>
        redeeming.mutate({
          amount: amountOf(form, 'amount'),
          destination: textOf(form, 'destination'),
        })
      }
      button={
        <Button type="submit" isDisabled={redeeming.isPending}>
          Redeem
        </Button>
      }
    >
      <p className="hint">
        They are held until operators have paid them out or said no. Credits of a recent payment
        cannot be redeemed yet.
      </p>
      <Field label="Credits" name="amount" inputMode="decimal" autoComplete="off" isRequired />
      <Field label="Where the money is to go" name="destination" autoComplete="off" isRequired />
    </ApiForm>
  );
}
