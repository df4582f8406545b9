// Keys: what each may do and has spent, making one, whose secret is shown once, and revoking one.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox, CheckboxGroup, Label } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import type { paths } from '../api/schema';
import { Amount } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Field } from '../ui/field';
import { textOf } from '../ui/form-text';
import { Moment } from '../ui/moment';
import { ProblemNotice } from '../ui/problem-notice';
import { SureButton } from '../ui/sure-button';

type Keys = paths['/api/v1/api-keys'];
type Key = Keys['get']['responses']['200']['content']['application/json']['items'][number];
type NewKey = NonNullable<Keys['post']['requestBody']>['content']['application/json'];
type Scope = NewKey['scopes'][number];

const keysKey = ['api-keys'];

/** What each lets a key do. */
const scopes: readonly (readonly [Scope, string])[] = [
  ['relay', 'call models'],
  ['read', 'read the account'],
  ['trade', 'trade, stake, bet, vote'],
  ['account', 'keys, redemptions, password'],
];

export default function KeysPage() {
  const { data, error } = useQuery({
    queryKey: keysKey,
    queryFn: () => answerOf(api.GET('/api/v1/api-keys')),
  });
  return (
    <>
      <h1>Keys</h1>
      <MakeKey />
      <ProblemNotice error={error} />
      {data?.items.map((key) => (
        <KeyCard key={key.id} apiKey={key} />
      ))}
      {data?.items.length === 0 && <p>There are no keys yet.</p>}
    </>
  );
}

function MakeKey() {
  const queries = useQueryClient();
  const making = useMutation({
    mutationFn: (body: NewKey) => answerOf(api.POST('/api/v1/api-keys', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysKey }),
  });
  return (
    <>
      <ApiForm
        title="Make a key"
        error={making.error}
        fields={['name', 'spendCap']}
        onSend={(form) => {
          const spendCap = textOf(form, 'spendCap');
          making.mutate({
            name: textOf(form, 'name'),
            scopes: form.getAll('scopes') as Scope[],
            ...(spendCap === '' ? {} : { spendCap }),
          });
        }}
        button={
          <Button type="submit" isDisabled={making.isPending}>
            Make
          </Button>
        }
      >
        <Field label="Name" name="name" autoComplete="off" isRequired />
        <CheckboxGroup name="scopes" defaultValue={['relay', 'read']} className="scopes">
          <Label>It may</Label>
          {scopes.map(([scope, what]) => (
            <Checkbox key={scope} value={scope} className="check">
              <span className="box" aria-hidden="true" /> {what}
            </Checkbox>
          ))}
        </CheckboxGroup>
        <Field
          label="At most, in Credits (empty: without a cap)"
          name="spendCap"
          inputMode="decimal"
          autoComplete="off"
        />
      </ApiForm>
      {making.data && (
        <section aria-label="The new key" className="secret">
          <p>Copy it now: it is not shown again.</p>
          <code>{making.data.secret}</code>
        </section>
      )}
    </>
  );
}

function KeyCard({ apiKey }: { readonly apiKey: Key }) {
  const queries = useQueryClient();
  const revoking = useMutation({
    mutationFn: () =>
      answerOf(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id: apiKey.id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysKey }),
  });
  const { name, hint, spent, spendCap, createdAt, lastUsedAt, revokedAt } = apiKey;
  return (
    <section aria-label={`Key ${name}`}>
      <h2>{name}</h2>
      <p>
        <code>{hint}</code> may {apiKey.scopes.join(', ')}; <Amount value={spent} unit="CREDIT" />{' '}
        spent
        {spendCap !== null && (
          <>
            {' '}
            of <Amount value={spendCap} unit="CREDIT" />
          </>
        )}
      </p>
      <p>
        Made <Moment at={createdAt} />
        {lastUsedAt && (
          <>
            , last used <Moment at={lastUsedAt} />
          </>
        )}
        {revokedAt && (
          <>
            , <strong>revoked</strong> <Moment at={revokedAt} />
          </>
        )}
      </p>
      <ProblemNotice error={revoking.error} />
      {!revokedAt && (
        <SureButton
          label="Revoke"
          question="For good, with all keys that it made?"
          onSure={() => revoking.mutate()}
          isDisabled={revoking.isPending}
        />
      )}
    </section>
  );
}
