// A prediction market: its odds and how they moved, a ticket to bet with, its terms, and what was decided when.
import { Link } from 'wouter';
import { Problem } from '../api/problem';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { Loading } from '../ui/loading';
import { ProblemNotice } from '../ui/problem-notice';
import { BetHistory } from './bet-history';
import { BetTicket } from './bet-ticket';
import { DisputeForm } from './dispute-form';
import { useMarket } from './market-queries';
import { outcomeWords, type Market } from './market-words';
import { Odds } from './odds';
import { OddsChart } from './odds-chart';
import { OwnLots } from './own-lots';
import { SettlementCard } from './settlement-card';
import { Source } from './source';
import { StatusBadge } from './status-badge';
import { Tags } from './tags';
import { Timeline } from './timeline';

/** An id that is none, and one that no market has. */
const unknown: readonly number[] = [400, 404];

export function MarketPage({ id }: { readonly id: string }) {
  const { data: market, error } = useMarket(id);
  const isUnknown = error instanceof Problem && unknown.includes(error.status);
  return (
    <>
      <p>
        <Link href="/predictions">All predictions</Link>
      </p>
      {market ? <Head market={market} /> : <h1>Prediction market</h1>}
      {isUnknown ? <p role="alert">There is no such market.</p> : <ProblemNotice error={error} />}
      {market ? <Body market={market} /> : !error && <Loading />}
    </>
  );
}

function Head({ market }: { readonly market: Market }) {
  const { question, status, tags, proposer, closesAt, outcome } = market;
  return (
    <>
      <h1 className="user-text">{question}</h1>
      <p className="prediction-head">
        <StatusBadge status={status} />
        {outcome !== null && outcome !== 'void' && (
          <strong className="prediction-outcome" data-side={outcome}>
            Outcome: {outcomeWords[outcome]}
          </strong>
        )}
        {status === 'open' && (
          <span>
            Closes in <Countdown to={closesAt} over="a moment" />
          </span>
        )}
        <span className="prediction-by">
          proposed by <span className="user-text">{proposer}</span>
        </span>
        <Tags tags={tags} />
      </p>
    </>
  );
}

function Body({ market }: { readonly market: Market }) {
  return (
    <div className="prediction-columns">
      <div className="prediction-main">
        <Odds market={market} />
        <OddsChart market={market} />
      </div>
      <div className="prediction-side">
        <BetTicket market={market} />
        {market.resolution && <DisputeForm market={market} resolution={market.resolution} />}
        <Timeline market={market} />
      </div>
      <div className="prediction-rest">
        <OwnLots market={market} />
        <Terms market={market} />
        <SettlementCard market={market} />
        <BetHistory market={market} />
      </div>
    </div>
  );
}

function Terms({ market: { rules, source } }: { readonly market: Market }) {
  return (
    <Card title="Rules">
      <p className="user-text">{rules}</p>
      <h3>Source</h3>
      <p className="user-text">
        <Source text={source} />
      </p>
    </Card>
  );
}
