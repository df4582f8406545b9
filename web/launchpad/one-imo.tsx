// One IMO: its terms, the reader's subscription, and how it went.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import { Countdown } from '../ui/countdown';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { QueryNotice } from '../ui/query-notice';
import { Course, Offer, Progress } from './imo-terms';
import { statusWords, type Imo } from './imo-words';
import { OwnSubscription } from './own-subscription';
import { SubscribeForm } from './subscribe-form';
import { useSubscription } from './use-subscription';

const everyMs = 2_000;

export function OneImo({ id }: { readonly id: string }) {
  const query = useQuery({
    queryKey: ['imos', id],
    queryFn: async () => {
      const { imo } = await answerOf(api.GET('/api/v1/imos/{id}', { params: { path: { id } } }));
      return imo;
    },
    refetchInterval: everyMs,
  });
  return (
    <>
      <p>
        <Link href="/launchpad">Launchpad</Link>
      </p>
      <h1 className="user-text">{query.data ? `IMO of ${query.data.model}` : 'IMO'}</h1>
      <Loaded query={query}>{(imo) => <Parts imo={imo} />}</Loaded>
    </>
  );
}

function Parts({ imo }: { readonly imo: Imo }) {
  const subscription = useSubscription(imo.id);
  return (
    <>
      <section aria-label="State">
        <p className="figure">{statusWords[imo.status]}</p>
        <p>{stateOf(imo)}</p>
      </section>
      <QueryNotice query={subscription} />
      <div className="cards">
        {subscription.data && <OwnSubscription imo={imo} subscription={subscription.data} />}
        {imo.status === 'open' && subscription.data !== undefined && (
          <SubscribeForm imo={imo} subscription={subscription.data} />
        )}
        <Offer imo={imo} />
        <Progress imo={imo} />
      </div>
      <Course imo={imo} />
    </>
  );
}

function stateOf(imo: Imo): ReactNode {
  switch (imo.status) {
    case 'announced':
      return (
        <>
          Opens in <Countdown to={imo.opensAt} over="a moment" />.
        </>
      );
    case 'open':
      return (
        <>
          Closes in <Countdown to={imo.closesAt} over="a moment" />.
        </>
      );
    case 'closing':
      return 'Nobody can subscribe any more.';
    case 'active':
      return (
        <>
          Ends in <Countdown to={imo.expiresAt} over="a moment" />.
        </>
      );
    case 'expired':
      return (
        <>
          Ended <Moment at={imo.endedAt ?? imo.expiresAt} />.
        </>
      );
    case 'cancelled':
      return (
        <>
          {imo.endedAt && <Moment at={imo.endedAt} />}
          <span className="user-text"> {imo.cancelReason}</span>
        </>
      );
  }
}
