// The round that runs: live.
import { useMark } from '../live/use-mark';
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { Facts } from '../ui/facts';
import { Loaded } from '../ui/loaded';
import { Moment } from '../ui/moment';
import { OwnPlace } from './own-place';
import { PastRounds } from './past-rounds';
import { Perks } from './perk-choice';
import { PrizePool } from './prize-pool';
import { placesOf, type Round } from './prizes';
import { Ranking } from './ranking';
import { Rules } from './rules';
import { useBoard } from './use-board';
import { useOwnPlace } from './use-own-place';

export function CurrentRound() {
  const { query, isLive } = useBoard();
  const mark = useMark()?.mark;
  const own = useOwnPlace(query.data?.round, query.data?.board ?? []);
  return (
    <>
      <h1>Compute Wars</h1>
      <Perks />
      <Loaded query={query}>
        {({ round, board }) => {
          const places = placesOf(round, board, mark);
          return (
            <>
              <div className="cards">
                <Clock round={round} />
                <OwnPlace round={round} board={board} own={own} places={places} />
                <PrizePool round={round} />
              </div>
              <Card title="Ranking" className="rounds" aside={<LiveWord isLive={isLive} />}>
                <Ranking
                  caption="Ranking of the current round"
                  board={board}
                  own={own}
                  places={places}
                  prizeName="Prize now (LCO)"
                  empty="Nobody has spent anything in this round yet."
                />
              </Card>
            </>
          );
        }}
      </Loaded>
      <PastRounds currentId={query.data?.round.id} />
      {query.data && <Rules round={query.data.round} />}
    </>
  );
}

function LiveWord({ isLive }: { readonly isLive: boolean }) {
  return (
    <span className="live" data-state={isLive ? 'live' : 'connecting'}>
      {isLive ? 'live' : 'every few seconds'}
    </span>
  );
}

function Clock({ round }: { readonly round: Round }) {
  return (
    <Card title={`Round ${round.id}`}>
      <p className="figure">
        <Countdown to={round.endsAt} over="closing" /> <span className="unit">to the end</span>
      </p>
      <Facts
        facts={[
          ['Began', <Moment at={round.startsAt} />],
          ['Ends', <Moment at={round.endsAt} />],
        ]}
      />
    </Card>
  );
}
