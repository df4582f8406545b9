// Locks LCO for a share of the quota; says what the share would be while the amount is typed.
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useAvailable } from '../account/balances';
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { useMe } from '../session/session';
import { Amount, groupDigits } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Card } from '../ui/card';
import { Field } from '../ui/field';
import { amountOf } from '../ui/form-text';
import { expectedWith } from './expected-share';
import type { Imo, Subscription } from './imo-words';

interface SubscribeFormProps {
  readonly imo: Imo;
  readonly subscription: Subscription | null;
}

export function SubscribeForm({ imo, subscription }: SubscribeFormProps) {
  const level = useMe().data?.tier.level ?? 'Lv1';
  const weight = imo.weights[level] ?? 0;
  if (weight > 0) return <LockForm imo={imo} subscription={subscription} weight={weight} />;
  const [least = 'nobody'] = Object.entries(imo.weights)
    .filter(([, counts]) => counts > 0)
    .map(([name]) => name);
  return (
    <Card title="Subscribe">
      <p>
        Subscriptions are for level {least} and above; you are {level}.{' '}
        <Link href="/staking">Stake more LCO</Link> to reach it.
      </p>
    </Card>
  );
}

function LockForm({ imo, subscription, weight }: SubscribeFormProps & { readonly weight: number }) {
  const [amount, setAmount] = useState('');
  const available = useAvailable('LCO');
  const expected = expectedWith(imo, subscription, amount, weight);
  const order = useWish(async (locked: string, key) => {
    const answer = await answerOf(
      api.POST('/api/v1/imos/{id}/subscriptions', {
        params: { path: { id: imo.id }, header: { 'Idempotency-Key': key } },
        body: { amount: locked },
      }),
    );
    setAmount((now) => (now === locked ? '' : now));
    return answer;
  });
  return (
    <ApiForm
      title={subscription ? 'Lock more' : 'Subscribe'}
      error={order.error}
      fields={['amount']}
      onSend={(form) => order.mutate(amountOf(form, 'amount'))}
      button={
        <Button type="submit" isDisabled={order.isPending}>
          Lock
        </Button>
      }
    >
      <Field
        label="LCO to lock"
        name="amount"
        inputMode="decimal"
        autoComplete="off"
        isRequired
        value={amount}
        onChange={setAmount}
      />
      {available !== undefined && (
        <p className="words">
          You can lock <Amount value={available} unit="LCO" />.
        </p>
      )}
      <p className="words" role="status">
        {expected !== undefined && (
          <>
            With this you would get <Amount value={expected} unit={imo.unit} /> of{' '}
            {groupDigits(String(imo.quota))}, if nobody else subscribes.
          </>
        )}
      </p>
    </ApiForm>
  );
}
