// One key: what it may do, what it has spent, and its end.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../api/client';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { ProblemNotice } from '../ui/problem-notice';
import { SureButton } from '../ui/sure-button';
import { keysKey, wordsOf, type Key } from './keys';

export function KeyCard({ apiKey }: { readonly apiKey: Key }) {
  const queries = useQueryClient();
  const revoking = useMutation({
    mutationFn: () =>
      answerOf(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id: apiKey.id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keysKey }),
  });
  const { name, hint, models, ipAllowList, createdAt, expiresAt, lastUsedAt, revokedAt } = apiKey;
  return (
    <Card title={name} aside={<code>{hint}…</code>} className="user-text">
      <Facts
        facts={[
          ['May', apiKey.scopes.map(wordsOf).join('; ')],
          models !== null && ['Models', models.join(', ')],
          ipAllowList !== null && ['From', ipAllowList.join(', ')],
          ['Spent', <Spent key="spent" apiKey={apiKey} />],
          ['Made', <Moment key="made" at={createdAt} />],
          lastUsedAt !== null && ['Last used', <Moment key="used" at={lastUsedAt} />],
          expiresAt !== null && ['Expires', <Moment key="expires" at={expiresAt} />],
          revokedAt !== null && ['Revoked', <Moment key="revoked" at={revokedAt} />],
        ]}
      />
      <ProblemNotice error={revoking.error} />
      {!revokedAt && (
        <SureButton
          label="Revoke"
          question="For good, with all keys that it made?"
          onSure={() => revoking.mutate()}
          isDisabled={revoking.isPending}
        />
      )}
    </Card>
  );
}

function Spent({ apiKey: { spent, spendCap } }: { readonly apiKey: Key }) {
  return (
    <>
      <Amount value={spent} unit="CREDIT" />
      {spendCap !== null && (
        <>
          {' '}
          of at most <Amount value={spendCap} unit="CREDIT" />
        </>
      )}
    </>
  );
}
