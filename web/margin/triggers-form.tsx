// The marks at which a position closes by itself.
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import type { BodyOf } from '../api/types';
import { useWish } from '../api/wish';
import { ApiForm } from '../ui/api-form';
import { Field } from '../ui/field';
import { amountOf } from '../ui/form-text';
import type { Position } from './margin-data';

export function TriggersForm({ position }: { readonly position: Position }) {
  const { id, side, stopLoss, takeProfit } = position;
  const set = useWish((body: BodyOf<'/api/v1/margin/positions/{id}/triggers', 'put'>) =>
    answerOf(api.PUT('/api/v1/margin/positions/{id}/triggers', { params: { path: { id } }, body })),
  );
  const [lower, upper] = side === 'long' ? ['below', 'above'] : ['above', 'below'];
  return (
    <ApiForm
      title="Stop loss and take profit"
      error={set.error}
      fields={['stopLoss', 'takeProfit']}
      onSend={(form) =>
        set.mutate({
          stopLoss: amountOf(form, 'stopLoss') || null,
          takeProfit: amountOf(form, 'takeProfit') || null,
        })
      }
      button={
        <Button type="submit" isDisabled={set.isPending}>
          Save both
        </Button>
      }
    >
      <p className="hint">All of it is closed at market when the mark reaches one. Empty: none.</p>
      <Field
        label={`Stop loss, a mark ${lower} the present one`}
        name="stopLoss"
        inputMode="decimal"
        autoComplete="off"
        defaultValue={stopLoss ?? ''}
      />
      <Field
        label={`Take profit, a mark ${upper} the present one`}
        name="takeProfit"
        inputMode="decimal"
        autoComplete="off"
        defaultValue={takeProfit ?? ''}
      />
      <p role="status" className="hint">
        {set.isSuccess && 'Saved.'}
      </p>
    </ApiForm>
  );
}
