// Forms by which operators record Credits that come in, are given or paid.
import { useState } from 'react';
import { answerOf, api } from '../api/client';
import type { BodyOf } from '../api/types';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';
import { Select } from '../ui/select';
import { ActForm, reasonOf } from './act-form';
import { UserField } from './fields';
import { given } from './form-values';
import { userIdOf } from './who';

interface RecordFormProps {
  readonly onDone: () => void;
}

interface ForUser extends RecordFormProps {
  /** Somebody's id; without one the form asks for whom. */
  readonly userId?: string;
  readonly level?: 2 | 4;
}

const once = (key: string) => ({ header: { 'Idempotency-Key': key } });

const amountOf = (form: FormData) => ({ amount: textOf(form, 'amount').trim() });

function AmountField({ label = 'Amount, in Credits' }: { readonly label?: string }) {
  return <Field label={label} name="amount" inputMode="decimal" autoComplete="off" isRequired />;
}

const depositNote =
  'Above the four-eyes limit it awaits a second operator. Its reference names one deposit for ever.';

function ReferenceField() {
  return (
    <Field
      label="External reference of the payment"
      name="externalRef"
      autoComplete="off"
      isRequired
    />
  );
}

export function UserDeposit({ userId, level = 2, onDone }: ForUser) {
  return (
    <ActForm
      title="Record a deposit"
      level={level}
      note={depositNote}
      fields={['userId', 'amount', 'externalRef']}
      bodyOf={(form) => ({
        ...reasonOf(form),
        ...amountOf(form),
        userId: userId ?? textOf(form, 'userId'),
        externalRef: textOf(form, 'externalRef'),
      })}
      send={async (body, key) => {
        const id = await userIdOf(body.userId, 'userId');
        return answerOf(
          api.POST('/api/v1/admin/deposits', { params: once(key), body: { ...body, userId: id } }),
        );
      }}
      onDone={onDone}
    >
      {userId === undefined && <UserField />}
      <AmountField />
      <ReferenceField />
    </ActForm>
  );
}

type Account = NonNullable<BodyOf<'/api/v1/admin/deposits'>['account']>;

const accounts: readonly (readonly [Account, string])[] = [
  ['treasury', 'treasury'],
  ['risk_reserve', 'risk reserve'],
  ['upstream_cost', 'upstream cost'],
];

export function AccountDeposit({ onDone }: RecordFormProps) {
  const [account, setAccount] = useState<Account>('treasury');
  return (
    <ActForm
      title="Record capital"
      level={2}
      note={depositNote}
      fields={['account', 'amount', 'externalRef']}
      bodyOf={(form) => ({
        ...reasonOf(form),
        ...amountOf(form),
        account,
        externalRef: textOf(form, 'externalRef'),
      })}
      send={(body, key) =>
        answerOf(api.POST('/api/v1/admin/deposits', { params: once(key), body }))
      }
      onDone={onDone}
    >
      <Select
        label="Account of the platform"
        name="account"
        options={accounts}
        value={account}
        onChange={setAccount}
      />
      <AmountField />
      <ReferenceField />
    </ActForm>
  );
}

export function Grant({ userId, level = 2, onDone }: ForUser) {
  return (
    <ActForm
      title="Grant Credits"
      level={level}
      note="Of the treasury, for goodwill: it mines nothing, and changes neither score nor revenue."
      question="It cannot be taken back. Grant?"
      fields={['userId', 'amount']}
      bodyOf={(form) => ({
        ...reasonOf(form),
        ...amountOf(form),
        userId: userId ?? textOf(form, 'userId'),
      })}
      send={async (body, key) => {
        const id = await userIdOf(body.userId, 'userId');
        return answerOf(
          api.POST('/api/v1/admin/grants', { params: once(key), body: { ...body, userId: id } }),
        );
      }}
      onDone={onDone}
    >
      {userId === undefined && <UserField />}
      <AmountField />
    </ActForm>
  );
}

function ChannelField() {
  return <Field label="Channel it is about (optional)" name="channel" autoComplete="off" />;
}

export function UpstreamPayment({ onDone }: RecordFormProps) {
  return (
    <ActForm
      title="Record a paid bill"
      level={2}
      note="It destroys that many Credits of what is booked as payable."
      question="It cannot be taken back. Record it?"
      fields={['amount', 'channel']}
      bodyOf={(form) => ({ ...reasonOf(form), ...amountOf(form), ...given(form, 'channel') })}
      send={(body, key) =>
        answerOf(api.POST('/api/v1/admin/upstream-payments', { params: once(key), body }))
      }
      onDone={onDone}
    >
      <AmountField />
      <ChannelField />
    </ActForm>
  );
}

export function CostCorrection({ onDone }: RecordFormProps) {
  return (
    <ActForm
      title="Correct the cost"
      level={2}
      note="The next weekly close takes it in."
      fields={['amount', 'channel']}
      bodyOf={(form) => ({ ...reasonOf(form), ...amountOf(form), ...given(form, 'channel') })}
      send={(body, key) =>
        answerOf(api.POST('/api/v1/admin/cost-corrections', { params: once(key), body }))
      }
      onDone={onDone}
    >
      <AmountField label="Amount, in Credits; below 0: it cost less than was booked" />
      <ChannelField />
    </ActForm>
  );
}

export function PoolSeed({ onDone }: RecordFormProps) {
  return (
    <ActForm
      title="Lend of the treasury"
      level={2}
      note="To the pool of Credits that margin positions borrow from."
      fields={['amount']}
      bodyOf={(form) => ({ ...reasonOf(form), ...amountOf(form) })}
      send={(body, key) =>
        answerOf(api.POST('/api/v1/admin/margin/pools/CREDIT/seed', { params: once(key), body }))
      }
      onDone={onDone}
    >
      <AmountField label="Amount, in Credits; below 0: taken back" />
    </ActForm>
  );
}
