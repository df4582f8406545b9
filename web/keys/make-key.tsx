// Makes a key, whose secret is shown once.
import { Button, CheckboxGroup, Label } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { ApiForm } from '../ui/api-form';
import { Card } from '../ui/card';
import { Field } from '../ui/field';
import { amountOf, textOf, timeOf } from '../ui/form-text';
import { TickBox } from '../ui/tick-box';
import { scopes, type NewKey, type Scope } from './keys';

export function MakeKey() {
  const making = useWish((body: NewKey) => answerOf(api.POST('/api/v1/api-keys', { body })));
  return (
    <>
      <ApiForm
        title="Make a key"
        error={making.error}
        answer={making.data}
        done="Made: its secret is below."
        fields={['name', 'spendCap', 'expiresAt', 'models', 'ipAllowList']}
        onSend={(form) => making.mutate(readKey(form))}
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
            <TickBox key={scope} value={scope}>
              {what}
            </TickBox>
          ))}
        </CheckboxGroup>
        <details className="more">
          <summary>Limits</summary>
          <Field
            label="At most, in Credits (empty: without a cap)"
            name="spendCap"
            inputMode="decimal"
            autoComplete="off"
          />
          <Field
            label="Until, by your clock (empty: for ever)"
            name="expiresAt"
            type="datetime-local"
          />
          <Field
            label="Models, separated by commas (empty: all)"
            name="models"
            autoComplete="off"
          />
          <Field
            label="From addresses or subnets, separated by commas (empty: anywhere)"
            name="ipAllowList"
            autoComplete="off"
          />
        </details>
      </ApiForm>
      {making.data && (
        <Card title={`The new key, ${making.data.name}`} className="secret">
          <p>Copy it now: it is not shown again.</p>
          <code>{making.data.secret}</code>
          <pre className="snippet" tabIndex={0} aria-label="How it is used">
            <code>{`export LX_KEY=${making.data.secret}
curl ${location.origin}/v1/models -H "Authorization: Bearer $LX_KEY"`}</code>
          </pre>
        </Card>
      )}
    </>
  );
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function readKey(form: FormData): NewKey {
  const spendCap = amountOf(form, 'spendCap');
  const expiresAt = textOf(form, 'expiresAt');
  const models = listOf(textOf(form, 'models'));
  const ipAllowList = listOf(textOf(form, 'ipAllowList'));
  return {
    name: textOf(form, 'name'),
    scopes: form.getAll('scopes') as Scope[],
    ...(spendCap === '' ? {} : { spendCap }),
    // What the field says is the reader's wall clock.
    ...(expiresAt === '' ? {} : { expiresAt: timeOf(form, 'expiresAt') }),
    ...(models.length === 0 ? {} : { models }),
    ...(ipAllowList.length === 0 ? {} : { ipAllowList }),
  };
}
