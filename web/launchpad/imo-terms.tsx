// An IMO's terms: what is offered, what it costs, what is locked so far, and what happens when.
import { useQuery } from '@tanstack/react-query';
import { Decimal } from 'decimal.js';
import { answerOf, api } from '../api/client';
import type { ItemOf } from '../api/types';
import { useMe } from '../session/session';
import { Amount, groupDigits } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts, type Fact } from '../ui/facts';
import { Gauge } from '../ui/gauge';
import { Moment } from '../ui/moment';
import { formatShare } from '../ui/share';
import { unitsOf, type Imo } from './imo-words';

export function Offer({ imo }: { readonly imo: Imo }) {
  const weights = Object.entries(imo.weights).filter(([, weight]) => weight > 0);
  return (
    <Card title="What is offered">
      <Facts
        facts={[
          ['Quota in all', unitsOf(imo.quota, imo)],
          ['The most for one', imo.capPerUser === null ? 'no limit' : unitsOf(imo.capPerUser, imo)],
          [
            'Weight of each LCO',
            weights.map(([level, weight]) => `${level} × ${weight}`).join(', ') ||
              'nobody may subscribe',
          ],
        ]}
      />
      <CallPrice imo={imo} />
    </Card>
  );
}

type Model = ItemOf<'/api/v1/models'>;

const priceNames: Readonly<Record<string, string>> = {
  input: 'Million tokens in',
  cachedInput: 'Million tokens in, cached',
  cacheWrite: 'Million tokens into the cache',
  output: 'Million tokens out',
};

/** What calls cost: the quota is the right to call, and pays for nothing. */
function CallPrice({ imo }: { readonly imo: Imo }) {
  const tier = useMe().data?.tier;
  const { data: model } = useQuery({
    queryKey: ['models', imo.model],
    queryFn: () => findModel(imo.model),
  });
  if (!model || !tier) return null;
  const { multiplier } = tier;
  const prices = multiplier === null ? model.cost : model.list;
  const own = (price: string) => new Decimal(price).times(multiplier ?? 1).toFixed();
  return (
    <>
      <p className="words">
        Calls are paid in Credits as any other
        {multiplier === null
          ? ', at cost'
          : `, at ${formatShare(multiplier)} of the list price`} as {tier.level}:
      </p>
      <Facts
        facts={Object.entries(prices).map(
          ([name, price]): Fact | false =>
            price !== null && [
              priceNames[name] ?? `Each of ${imo.unit}`,
              <Amount value={own(price)} unit="Credits" />,
            ],
        )}
      />
    </>
  );
}

/** Of the price list, page by page. */
async function findModel(id: string): Promise<Model | null> {
  let cursor: string | null = null;
  do {
    const query: { cursor?: string } = cursor === null ? {} : { cursor };
    const page = await answerOf(api.GET('/api/v1/models', { params: { query } }));
    const found = page.items.find((model) => model.id === id);
    if (found) return found;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return null;
}

export function Progress({ imo }: { readonly imo: Imo }) {
  const people = imo.participants ?? imo.subscriptions;
  const locked = imo.participantsLocked ?? imo.locked;
  const { minParticipants, minLocked } = imo;
  return (
    <Card title={imo.participants === null ? 'So far' : 'At the close'}>
      <Facts
        facts={[
          ['Subscribers', people],
          ['Locked', <Amount value={locked} unit="LCO" />],
          ['Locked by weight', <Amount value={imo.weightedLocked} unit="LCO" />],
          imo.allocatedQuota !== null && ['Allocated', unitsOf(imo.allocatedQuota, imo)],
          imo.openLocks > 0 && ['Locks that are held', imo.openLocks],
        ]}
      />
      {minParticipants !== null && (
        <Gauge
          label="Least subscribers"
          share={people / minParticipants}
          text={`${people} of ${minParticipants}`}
          tone={people < minParticipants ? 'warning' : 'good'}
        />
      )}
      {minLocked !== null && (
        <Gauge
          label="Least locked"
          share={new Decimal(locked).div(minLocked).toNumber()}
          text={`${groupDigits(locked)} of ${groupDigits(minLocked)} LCO`}
          tone={new Decimal(locked).lessThan(minLocked) ? 'warning' : 'good'}
        />
      )}
    </Card>
  );
}

export function Course({ imo }: { readonly imo: Imo }) {
  return (
    <Card title="What happens when">
      <ol className="course">
        <li>
          <strong>
            <Moment at={imo.opensAt} />
          </strong>{' '}
          Subscriptions open. The LCO that you lock leave your available balance at once, and cannot
          be taken back before the close.
        </li>
        <li>
          <strong>
            <Moment at={imo.closesAt} />
          </strong>{' '}
          Subscriptions close. The quota is divided by weight: LCO locked, times the weight of your
          level (the lower of that at your subscription and that at the close).
          {(imo.minParticipants !== null || imo.minLocked !== null) &&
            ' If the minimums are not reached, the IMO is cancelled and all locks come back.'}{' '}
          Who gets no share gets the lock back.
        </li>
        <li>
          <strong>Then</strong> holders call <code>{imo.model}</code>. Each call uses quota and is
          paid in Credits. Your whole lock comes back when your quota is used up, or when you give
          it up. Quota cannot be sold or passed on.
        </li>
        <li>
          <strong>
            <Moment at={imo.expiresAt} />
          </strong>{' '}
          It ends: what is left of the quota lapses, and all locks come back in full.
        </li>
      </ol>
    </Card>
  );
}
