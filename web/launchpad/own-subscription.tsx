// The reader's lock: what it counts, what it is expected to bring, and afterwards the quota it brought and its return.
import { answerOf, api } from '../api/client';
import { useWish } from '../api/wish';
import { Amount, groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts, type Fact } from '../ui/facts';
import { Gauge } from '../ui/gauge';
import { Moment } from '../ui/moment';
import { ProblemNotice } from '../ui/problem-notice';
import { formatShare } from '../ui/share';
import { SureButton } from '../ui/sure-button';
import { shareOf } from './expected-share';
import { returnWords, unitsOf, type Imo, type Subscription } from './imo-words';

interface OwnSubscriptionProps {
  readonly imo: Imo;
  readonly subscription: Subscription;
}

export function OwnSubscription({ imo, subscription }: OwnSubscriptionProps) {
  const { locked, tier, weight, subscribedAt, allocation } = subscription;
  return (
    <Card title="Your subscription">
      <Expectation imo={imo} subscription={subscription} />
      <Facts
        facts={[
          ['Locked', <Amount value={locked} unit="LCO" />],
          ['Weight of each LCO', `${weight} (as ${tier})`],
          ['Since', <Moment at={subscribedAt} />],
          ...lockFacts(subscription),
        ]}
      />
      {allocation !== null && <Usage imo={imo} subscription={subscription} />}
      {imo.status === 'active' && subscription.returnedAt === null && allocation !== null && (
        <Release {...subscription} />
      )}
    </Card>
  );
}

function Expectation({ imo, subscription }: OwnSubscriptionProps) {
  const { expectedAllocation, allocation } = subscription;
  if (allocation !== null) {
    return (
      <>
        <p className="figure">{unitsOf(allocation, imo)}</p>
        <p>were allocated to you.</p>
      </>
    );
  }
  if (expectedAllocation === null || imo.status === 'cancelled') return null;
  return (
    <>
      <p className="figure">{unitsOf(expectedAllocation, imo)}</p>
      <p>
        expected now: {formatShare(shareOf(subscription, imo))} of all weighted locks. It shrinks as
        others subscribe.
      </p>
    </>
  );
}

function lockFacts({ returnedAt, returnReason }: Subscription): Fact[] {
  if (returnedAt === null) return [['Lock', 'held']];
  return [
    [
      'Lock',
      <>
        came back <Moment at={returnedAt} />
        {returnReason && <small>{returnWords[returnReason]}</small>}
      </>,
    ],
  ];
}

function Usage({ imo, subscription }: OwnSubscriptionProps) {
  const { allocation, used, held, left } = subscription;
  const given = allocation ?? 0;
  return (
    <>
      {given > 0 && (
        <Gauge
          label="Used"
          share={used / given}
          text={`${groupDigits(String(used))} of ${unitsOf(given, imo)}`}
        />
      )}
      <Facts
        facts={[
          held > 0 && ['Held by calls under way', unitsOf(held, imo)],
          ['Left to call with', unitsOf(left, imo)],
        ]}
      />
    </>
  );
}

function Release({ imoId, locked }: Subscription) {
  const order = useWish((id: string, key) =>
    answerOf(
      api.POST('/api/v1/imos/{id}/release', {
        params: { path: { id }, header: { 'Idempotency-Key': key } },
      }),
    ),
  );
  return (
    <div className="release">
      <SureButton
        label="Give the quota up"
        question={`Give up what is left of your quota and get ${locked} LCO back? The quota is gone for good.`}
        onSure={() => order.mutate(imoId)}
        isDisabled={order.isPending}
      />
      <ProblemNotice error={order.error} />
    </div>
  );
}
