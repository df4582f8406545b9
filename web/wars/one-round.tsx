// One round by its id: who won what, and the champion's perk.
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answerOf, api } from '../api/client';
import { useMark } from '../live/use-mark';
import { Amount } from '../ui/amount';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { OwnPlace } from './own-place';
import { Perks } from './perk-choice';
import { PrizePool } from './prize-pool';
import { placesOf, type Round } from './prizes';
import { Ranking } from './ranking';
import { perkWords, statusWords } from './war-words';

const everyMs = 5_000;

export function OneRound({ id }: { readonly id: string }) {
  const mark = useMark()?.mark;
  const query = useQuery({
    queryKey: ['wars', 'round', id],
    queryFn: () => answerOf(api.GET('/api/v1/wars/{id}', { params: { path: { id } } })),
    refetchInterval: everyMs,
  });
  return (
    <>
      <p>
        <Link href="/wars">Compute Wars</Link>
      </p>
      <h1 className="user-text">Round {id}</h1>
      <Perks />
      <Loaded query={query}>
        {({ round, board, own }) => {
          const places = placesOf(round, board, mark);
          return (
            <>
              <div className="cards">
                <Course round={round} />
                <OwnPlace round={round} board={board} own={own} places={places} />
                <PrizePool round={round} />
                <ChampionsPerk round={round} />
              </div>
              <Card title="Ranking" className="rounds">
                <Ranking
                  caption={`Ranking of round ${round.id}`}
                  board={board}
                  own={own}
                  places={places}
                  prizeName={round.prizes ? 'Prize (LCO)' : 'Prize as it stands (LCO)'}
                  empty="Nobody spent anything in this round."
                />
              </Card>
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Course({ round }: { readonly round: Round }) {
  return (
    <Card title="The round">
      <Facts
        facts={[
          ['State', statusWords[round.status]],
          ['Began', <Moment at={round.startsAt} />],
          [round.status === 'live' ? 'Ends' : 'Ended', <Moment at={round.endsAt} />],
          round.twap !== null && [
            'Average market price',
            <Amount value={round.twap} unit="Credits" />,
          ],
          round.status === 'provisional' &&
            round.provisionalUntil !== null && [
              'Final in',
              <Countdown to={round.provisionalUntil} over="any moment" />,
            ],
          round.champion !== null && ['Champion', round.champion],
          round.championScore !== null && [
            'Champion spent',
            <Amount value={round.championScore} unit="Credits" />,
          ],
          round.paidAt !== null && ['Paid', <Moment at={round.paidAt} />],
          ['Paid out', <Amount value={round.paid} unit="LCO" />],
        ]}
      />
    </Card>
  );
}

function ChampionsPerk({ round: { perk } }: { readonly round: Round }) {
  if (!perk) return null;
  return (
    <Card title="The champion’s perk">
      <p className="figure">{perk.choice ? perkWords[perk.choice] : 'Not chosen yet'}</p>
      <Facts
        facts={[
          !perk.choice && ['To be chosen in', <Countdown to={perk.chooseBy} over="any moment" />],
          perk.chosenAt !== null && [
            perk.byDefault ? 'By default at' : 'Chosen at',
            <Moment at={perk.chosenAt} />,
          ],
          perk.budget !== null && ['Budget', <Amount value={perk.budget} unit="Credits" />],
          perk.endsAt !== null &&
            perk.endedAt === null && ['Ends in', <Countdown to={perk.endsAt} over="any moment" />],
          perk.endedAt !== null && ['Ended', <Moment at={perk.endedAt} />],
          perk.returned !== null && ['Not used', <Amount value={perk.returned} unit="Credits" />],
        ]}
      />
    </Card>
  );
}
