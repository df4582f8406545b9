// Pays a final round's prizes out of the prize pool (DESIGN 2.9), some hundred winners a commit: a score that many share
// has as many winners. Each is paid once, by the row of the prize.
import { assert } from '../../domain/errors';
import { userAccount } from '../../ledger/accounts';
import { moveBetween, putRow, rowKey, type Command } from '../../ledger/command';
import { defineLookup } from '../../ledger/table';
import { prizePool, readClaimed } from './close-round';
import {
  changed,
  isDue,
  progressOf,
  readRound,
  roundKey,
  type WarProgress,
} from './round-progress';
import {
  playerIdOf,
  warPrizes,
  warRounds,
  warState,
  warStateKey,
  type StoredPrize,
  type WarRoundRow,
} from './war-rows';

const winnersAtOnce = 200;
/** A neighbour in the batch came first: asked again, what it wrote can be read. */
const askAgainMs = 1;

interface NextWinners {
  readonly revision: number;
  /** In the order of the ranking, after those who were paid. */
  readonly winners: readonly { readonly userId: string; readonly score: string }[] | null;
}

/** Scores of a final round do not change any more, so the next winners follow by number on those who were paid. */
const nextWinners = defineLookup<NextWinners>({
  name: 'next war winners',
  keyType: 'text',
  sql: /* sql */ `
    select r.id as key, r.revision, w.winners
    from war_rounds r
    cross join lateral (
      select json_agg(json_build_object('userId', s.user_id, 'score', s.score::text)
        order by s.score desc, s.reached_in) as winners
      from (
        select user_id, score, reached_in from war_scores
        where round_id = r.id and disqualified_at is null
        order by score desc, reached_in offset r.paid_players limit ${winnersAtOnce}
      ) s
    ) w
    where r.id = any($1::text[])`,
});

/** The prizes that are anything, by score. */
function prizesByScore({ prizes }: WarRoundRow): Map<string, StoredPrize> {
  const paying = (prizes ?? []).filter(({ prize }) => prize !== '0');
  return new Map(paying.map((prize) => [prize.score, prize]));
}

/** Asked again, it goes on after those who were paid; when nobody is left the round is paid. */
export const payWarPrizes: Command<{ roundId: string }, WarProgress> = {
  kind: 'pay_war_prizes',
  keys: ({ roundId }) => ({
    accounts: [prizePool],
    rows: [roundKey(roundId), rowKey(nextWinners, roundId), warStateKey],
  }),
  decide(view, { roundId }) {
    const round = readRound(view, roundId);
    if (!isDue(view.at, round, 'pay')) return { result: progressOf(view.at, round) };
    const next = view.row(nextWinners, roundId);
    if (next?.revision !== round.revision) {
      return { result: progressOf(view.at, round, askAgainMs) };
    }
    const prizes = prizesByScore(round);
    const ranked = next.winners ?? [];
    // A place whose prize rounds to nothing may come before one whose does not.
    const last = [...prizes.values()].at(-1);
    const due = ranked.filter(({ score }) => last && BigInt(score) >= BigInt(last.score));
    const paid = due.flatMap(({ userId, score }) => {
      const prize = prizes.get(score);
      if (!prize) return [];
      const id = playerIdOf(roundId, userId);
      const amount = BigInt(prize.prize);
      return [{ id, roundId, userId, place: prize.place, amount, paidAt: view.at }];
    });
    const isLast = due.length < winnersAtOnce;
    const { pool } = round;
    assert(pool !== null, 'a final round has a pool');
    const after = changed(round, {
      paidPlayers: round.paidPlayers + due.length,
      paidAmount: paid.reduce((sum, { amount }) => sum + amount, round.paidAmount),
      ...(isLast ? { status: 'paid' as const, paidAt: view.at } : {}),
    });
    return {
      transfers: paid.map(({ id, userId, amount }) =>
        moveBetween('war_prize', prizePool, userAccount(userId, 'available', 'LCO'), amount, id),
      ),
      rows: [
        putRow(warRounds, after),
        ...paid.map((prize) => putRow(warPrizes, prize)),
        ...(isLast ? [putRow(warState, { id: 1, claimed: readClaimed(view) - pool })] : []),
      ],
      result: progressOf(view.at, after),
    };
  },
};
