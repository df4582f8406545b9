// Where the reader stands: rank, what was spent, how far the next rank is, and what the rank would win now.
import { Decimal } from 'decimal.js';
import { Link } from 'wouter';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Facts } from '../ui/facts';
import { formatShare } from '../ui/share';
import { placeOf, placePercents, type Entry, type Own, type Place, type Round } from './prizes';

interface OwnPlaceProps {
  readonly round: Round;
  readonly board: readonly Entry[];
  readonly own: Own | null | undefined;
  readonly places: readonly Place[] | undefined;
}

export function OwnPlace({ own, ...rest }: OwnPlaceProps) {
  return (
    <Card title="Your place">
      {own === null && (
        <>
          <p className="figure">Not ranked</p>
          {rest.round.status === 'live' ? (
            <p>
              You have spent nothing in this round. Every charged call counts: try one in the{' '}
              <Link href="/playground">playground</Link>.
            </p>
          ) : (
            <p>You spent nothing in this round.</p>
          )}
        </>
      )}
      {own?.rank === null && (
        <>
          <p className="figure">Disqualified</p>
          <p>
            An operator took your <Amount value={own.score} unit="Credits" /> out of this round.
          </p>
        </>
      )}
      {own && own.rank !== null && <Rank {...rest} own={own} rank={own.rank} />}
    </Card>
  );
}

const winningWords: Readonly<Record<Round['status'], string>> = {
  live: 'You would win now',
  provisional: 'You win, as it stands',
  final: 'You have won',
  paid: 'You have won',
};

interface RankProps extends OwnPlaceProps {
  readonly own: Own;
  readonly rank: number;
}

function Rank({ round, board, own, rank, places }: RankProps) {
  const next = [...board].reverse().find((entry) => entry.rank < rank);
  const second = board.find((entry) => entry.rank > 1);
  const last = board[placePercents.length - 1];
  const missing = (entry: Entry) => new Decimal(entry.score).minus(own.score).toFixed();
  return (
    <>
      <p className="figure">Rank {rank}</p>
      <Facts
        facts={[
          ['Spent in this round', <Amount value={own.score} unit="Credits" />],
          own.gap !== null && [
            rank > board.length + 1 || !next ? 'To the next rank' : `To rank ${next.rank}`,
            <Amount value={own.gap} unit="Credits" />,
          ],
          rank === 1 &&
            second && [
              'Ahead of the next',
              <Amount
                value={new Decimal(own.score).minus(second.score).toFixed()}
                unit="Credits"
              />,
            ],
          rank > placePercents.length &&
            last && [
              `To rank ${last.rank}, which wins`,
              <Amount value={missing(last)} unit="Credits" />,
            ],
          [winningWords[round.status], <Winnings round={round} own={own} places={places} />],
        ]}
      />
    </>
  );
}

function Winnings({ round, own, places }: Pick<RankProps, 'round' | 'own' | 'places'>) {
  if (!places) return 'no prizes without a market price';
  const place = placeOf(places, own.score);
  if (!place) return `nothing: the first ${placePercents.length} places win`;
  const cap = formatShare(new Decimal(round.prizeCapBps).div(10_000).toFixed());
  return (
    <>
      <Amount value={place.prize} unit="LCO" />
      {place.players > 1 && <small>each of the {place.players} who share the place</small>}
      {place.capped && <small>capped at {cap} of your spending</small>}
    </>
  );
}
