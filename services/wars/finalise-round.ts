// A round becomes final (DESIGN 2.9): who is ranked stands, and with it the prizes and the champion. Places are counted
// by score alone; among equals the champion is who reached the score first.
import { Decimal } from 'decimal.js';
import { assert } from '../../domain/errors';
import { placePercents, planPrizes, type TiedPlayers } from '../../domain/wars-prizes';
import { putRow, rowKey, type Command } from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import {
  changed,
  isDue,
  progressOf,
  readRound,
  roundKey,
  type WarProgress,
} from './round-progress';
import { warRounds, type StoredPrize, type WarRoundRow } from './war-rows';

interface Standings {
  /** Of the round's row: another one under the lock means that a neighbour in the batch changed who is ranked. */
  readonly revision: number;
  readonly championId: string | null;
  /** Those with one of the ten places, best first. */
  readonly groups: readonly { readonly score: string; readonly players: number }[] | null;
}

const places = placePercents.length;

/** Counts as many as share the tenth place, by the index of the ranking. */
const finalStandings = defineLookup<Standings>({
  name: 'final war standings',
  keyType: 'text',
  sql: /* sql */ `
    select r.id as key, r.revision, t.champion_id as "championId", g.groups
    from war_rounds r
    left join lateral (
      select min(s.score) as least, (array_agg(s.user_id order by s.score desc, s.reached_in))[1] as champion_id
      from (
        select user_id, score, reached_in from war_scores
        where round_id = r.id and disqualified_at is null
        order by score desc, reached_in limit ${places}
      ) s
    ) t on true
    left join lateral (
      select json_agg(json_build_object('score', c.score::text, 'players', c.players) order by c.score desc) as groups
      from (
        select score, count(*) as players from war_scores
        where round_id = r.id and disqualified_at is null and score >= t.least
        group by score
      ) c
    ) g on true
    where r.id = any($1::text[])`,
});

/** A neighbour in the batch came first: asked again, what it wrote can be read. */
const askAgainMs = 1;

/** Asked again, or too early, it changes nothing and says what comes next. */
export const finaliseWarRound: Command<{ roundId: string }, WarProgress> = {
  kind: 'finalise_war_round',
  keys: ({ roundId }) => ({ rows: [roundKey(roundId), rowKey(finalStandings, roundId)] }),
  decide(view, { roundId }) {
    const round = readRound(view, roundId);
    if (!isDue(view.at, round, 'finalise')) return { result: progressOf(view.at, round) };
    const standings = view.row(finalStandings, roundId);
    if (standings?.revision !== round.revision) {
      return { result: progressOf(view.at, round, askAgainMs) };
    }
    const groups = standings.groups ?? [];
    const best = groups[0];
    const prizes = prizesOf(
      round,
      groups.map(({ score, players }) => ({ score: BigInt(score), players })),
    );
    const final = changed(round, {
      status: 'final',
      finalisedAt: view.at,
      championId: standings.championId,
      championScore: best ? BigInt(best.score) : null,
      prizes,
    });
    return { rows: [putRow(warRounds, final)], result: progressOf(view.at, final) };
  },
};

/** What the round's places are due, by what was fixed at its close. */
export function prizesOf(
  { pool, prizeCapBps, twap }: Pick<WarRoundRow, 'pool' | 'prizeCapBps' | 'twap'>,
  groups: readonly TiedPlayers[],
): StoredPrize[] {
  assert(pool !== null, 'a round that was closed has a pool');
  const average = twap === null ? null : new Decimal(twap);
  const plan = planPrizes({ pool, groups, capBps: prizeCapBps, twap: average });
  return plan.map(({ place, players, isCapped, score, percent, prize }) => ({
    place,
    players,
    isCapped,
    score: score.toString(),
    percent: percent.toString(),
    prize: prize.toString(),
  }));
}
