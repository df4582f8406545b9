// The votes on a proposal: for and against, and how far the quorum is.
import { Decimal } from 'decimal.js';
import { Amount, groupDigits } from '../ui/amount';
import { Facts } from '../ui/facts';
import { Gauge } from '../ui/gauge';
import { formatShare } from '../ui/share';
import type { Proposal } from './proposal-words';

type TallyProps = Pick<Proposal, 'tally' | 'thresholds'>;

function shareOf(part: Decimal, whole: Decimal): Decimal {
  return whole.isZero() ? new Decimal(0) : part.div(whole);
}

/** Two gauges: what carries it, and what makes it count. */
export function TallyGauges({ tally, thresholds }: TallyProps) {
  const given = new Decimal(tally.for);
  const decided = given.plus(tally.against);
  const forShare = shareOf(given, decided);
  const turnout = given.plus(tally.abstain);
  const quorum = shareOf(turnout, new Decimal(thresholds.quorumWeight));
  const needed = thresholds.twoThirds ? 'two thirds needed' : 'more than half needed';
  return (
    <div className="tally">
      <Gauge
        label="For"
        share={forShare.toNumber()}
        text={
          decided.isZero()
            ? `no votes yet, ${needed}`
            : `${formatShare(forShare.toFixed())}, ${needed}`
        }
        tone={tally.carried ? 'good' : 'warning'}
      />
      <Gauge
        label="Quorum"
        share={quorum.toNumber()}
        text={`${groupDigits(turnout.toFixed())} of ${groupDigits(thresholds.quorumWeight)} LCO, voters ${tally.voters} of ${thresholds.minVoters}${tally.quorumReached ? ', reached' : ''}`}
        tone={tally.quorumReached ? 'good' : 'warning'}
      />
    </div>
  );
}

export function TallyFacts({ tally }: Pick<TallyProps, 'tally'>) {
  return (
    <Facts
      facts={[
        ['For', <Amount key="for" value={tally.for} unit="LCO" />],
        ['Against', <Amount key="against" value={tally.against} unit="LCO" />],
        ['Abstain', <Amount key="abstain" value={tally.abstain} unit="LCO" />],
        ['Voters', tally.voters],
      ]}
    />
  );
}
