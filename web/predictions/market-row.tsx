// A market in the list.
import { Link } from 'wouter';
import { Amount } from '../ui/amount';
import { Countdown } from '../ui/countdown';
import { Facts } from '../ui/facts';
import { Moment } from '../ui/moment';
import { outcomeWords, type ListedMarket } from './market-words';
import { OddsGauge } from './odds';
import { StatusBadge } from './status-badge';
import { Tags } from './tags';

export function MarketRow({ market }: { readonly market: ListedMarket }) {
  const { id, question, status, tags, pool, volume, closesAt, lockedAt, outcome } = market;
  return (
    <li className="prediction-row">
      <div className="prediction-row-words">
        <Link className="prediction-question user-text" href={`/predictions/${id}`}>
          {question}
        </Link>
        <span className="prediction-head">
          <StatusBadge status={status} />
          <Tags tags={tags} />
        </span>
      </div>
      <OddsGauge pool={pool} />
      <Facts
        facts={[
          ['Volume', <Amount key="volume" value={volume} unit="LCO" />],
          outcome !== null
            ? ['Outcome', outcome === 'void' ? 'none' : outcomeWords[outcome]]
            : status === 'open'
              ? ['Closes in', <Countdown key="closes" to={closesAt} over="a moment" />]
              : [
                  lockedAt ? 'Betting closed' : 'To close',
                  <Moment key="closing" at={lockedAt ?? closesAt} />,
                ],
        ]}
      />
    </li>
  );
}
