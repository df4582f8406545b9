// A dispute of the proposed outcome, by who holds a lot, with a bond.
import { Button } from 'react-aria-components';
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { Amount } from '../ui/amount';
import { ApiForm } from '../ui/api-form';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { textOf } from '../ui/form-text';
import { ProblemNotice } from '../ui/problem-notice';
import { TextAreaField } from '../ui/text-area-field';
import { useOwnLots } from './market-queries';
import { outcomeWords, type Market } from './market-words';

interface DisputeFormProps {
  readonly market: Market;
  readonly resolution: NonNullable<Market['resolution']>;
}

export function DisputeForm({ market, resolution }: DisputeFormProps) {
  const { id } = market;
  const lots = useOwnLots(market).data;
  const order = useWish((evidence: string, key) =>
    answerOf(
      api.POST('/api/v1/predictions/{id}/disputes', {
        params: { path: { id }, header: { 'Idempotency-Key': key } },
        body: { evidence },
      }),
    ),
  );
  const outcome = outcomeWords[resolution.outcome];
  if (market.status !== 'resolution_proposed') {
    return order.error ? (
      <Card title="Dispute">
        <ProblemNotice error={order.error} />
      </Card>
    ) : null;
  }
  if (lots?.length === 0) {
    return (
      <Card title="Dispute">
        <p>
          The proposed outcome is {outcome}. Who holds a bet in this market may dispute it; you hold
          none.
        </p>
      </Card>
    );
  }
  return (
    <ApiForm
      title="Dispute"
      error={order.error}
      fields={['evidence']}
      onSend={(form) => order.mutate(textOf(form, 'evidence'))}
      button={
        <Button type="submit" isDisabled={order.isPending}>
          Dispute {outcome}
        </Button>
      }
    >
      <p>
        Time left: <Countdown to={resolution.disputableUntil} over="none" />
      </p>
      <p>
        It takes a bond of <Amount value={resolution.bond} unit="LCO" />. A second operator rules.
        The bond returns if the ruling changes the outcome or its time, if the market is voided, or
        if nobody rules in time; otherwise it is burned. A market is disputed once.
      </p>
      <TextAreaField label="Evidence (up to 2,000 characters)" name="evidence" isRequired />
    </ApiForm>
  );
}
