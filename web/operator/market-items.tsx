// Prediction markets as operators meet them: what is asked, by what rules, where it stands, and what they may do.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import { Amount } from '../ui/amount';
import { Countdown } from '../ui/countdown';
import { Facts, type Fact } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { Acts, type Act } from './acts';
import { decisionAct } from './decision-act';
import { plainDecisions, ResolveForm, RuleForm } from './market-forms';
import { QueueItem } from './queue';
import type { Market } from './queue-lists';

function actsOn(market: Market): Act[] {
  const plain = (name: keyof typeof plainDecisions): Act =>
    decisionAct(name, market.id, plainDecisions[name]);
  const resolve: Act = {
    name: 'Resolve',
    form: (onDone) => <ResolveForm market={market} onDone={onDone} />,
  };
  const rule: Act = {
    name: 'Rule',
    form: (onDone) => <RuleForm market={market} onDone={onDone} />,
  };
  switch (market.status) {
    case 'proposed':
      return [plain('Approve'), plain('Reject')];
    case 'open':
    case 'locked':
      return [resolve, plain('Void')];
    case 'resolution_proposed':
      return [plain('Void')];
    case 'disputed':
      return [rule, plain('Void')];
    default:
      return [];
  }
}

const words: Partial<Record<Market['status'], string>> = {
  proposed: 'proposed',
  open: 'open for bets',
  locked: 'betting is over',
  resolution_proposed: 'an outcome is proposed',
  disputed: 'its outcome is disputed',
};

/** What runs out, and when. */
function deadlineOf({ status, expiresAt, closesAt, voidsAt, resolution, dispute }: Market) {
  const at = (name: string, to: string | null | undefined): Fact | null =>
    to ? [name, <Countdown to={to} over="any moment" />] : null;
  if (status === 'proposed') return at('Expires in', expiresAt);
  if (status === 'open') return at('Betting ends in', closesAt);
  if (status === 'locked') return at('Void by itself in', voidsAt);
  if (status === 'disputed')
    return at('Without a ruling the outcome stands in', dispute?.rulingUntil);
  return at('May be disputed for', resolution?.disputableUntil);
}

export function MarketItem({ market }: { readonly market: Market }) {
  const { id, status, resolution, dispute, review } = market;
  return (
    <QueueItem
      title={<Link href={`/predictions/${id}`}>{market.question}</Link>}
      workflow={`prediction/${id}`}
    >
      <Facts
        facts={[
          ['State', words[status] ?? status],
          deadlineOf(market),
          ['Proposed by', <span className="user-text">{market.proposer}</span>],
          ['Source', <span className="user-text">{market.source}</span>],
          ['Betting ends', <Moment at={market.closesAt} />],
          ['Seed', <Amount value={market.seed} unit="LCO" />],
          status !== 'proposed' && [
            'Bets',
            <>
              {market.bets}, with {market.holders} holders,{' '}
              <Amount value={market.volume} unit="LCO" />
            </>,
          ],
          review && [
            'Approved by',
            <span className="user-text">
              {review.operator}: {review.reason}
            </span>,
          ],
          resolution && [
            'Outcome',
            <span className="user-text">
              {resolution.outcome}, known since <Moment at={resolution.effectiveAt} />, by{' '}
              {resolution.operator}: {resolution.evidence}
            </span>,
          ],
          dispute && [
            'Disputed by',
            <span className="user-text">
              {dispute.handle}, with a bond of <Amount value={dispute.bond} unit="LCO" />:{' '}
              {dispute.evidence}
            </span>,
          ],
        ]}
      />
      <Rules id={id} />
      <Acts acts={actsOn(market)} />
    </QueueItem>
  );
}

/** Lists come without them. */
function Rules({ id }: { readonly id: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const market = useQuery({
    queryKey: ['operator', 'market', id],
    queryFn: () => answerOf(api.GET('/api/v1/predictions/{id}', { params: { path: { id } } })),
    enabled: isOpen,
  });
  return (
    <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>Rules</summary>
      {isOpen && (
        <Loaded query={market}>
          {({ prediction }) => <p className="user-text">{prediction.rules}</p>}
        </Loaded>
      )}
    </details>
  );
}
