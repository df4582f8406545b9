// The ranking of a round (DESIGN 2.9): the top by the index of the ranking, which is read in order and not sorted, and
// where one player stands. Equal scores share a place; among them, who reached the score first stands first.
import type { Knex } from 'knex';
import { formatAmount } from '../../domain/money';
import { isoTime } from '../../domain/time';

export interface BoardEntry {
  /** From 1. */
  readonly rank: number;
  readonly handle: string;
  /** Credits. */
  readonly score: string;
  /** Credits that are missing to the next better score; null for the best. */
  readonly gap: string | null;
  readonly reachedAt: string;
  /** LCO that were paid; null: none, or not yet. */
  readonly prize: string | null;
}

export interface OwnStanding {
  /** null: disqualified. */
  readonly rank: number | null;
  readonly score: string;
  readonly gap: string | null;
}

export const boardSize = 100;

/** The top of a round: `limit` rows from the beginning of the index. Bindings: round, limit. */
export const topSql = /* sql */ `
  select s.user_id as "userId", s.score, s.reached_at as "reachedAt", s.reached_in as "reachedIn"
  from war_scores s
  where s.round_id = ? and s.disqualified_at is null
  order by s.score desc, s.reached_in
  limit ?`;

const boardSql = /* sql */ `
  select u.handle, t.score, t."reachedAt", p.amount as prize
  from (${topSql}) t
  join users u on u.id = t."userId"
  left join war_prizes p on p.id = ?::text || '/' || t."userId"
  order by t.score desc, t."reachedIn"`;

interface BoardRow {
  readonly handle: string;
  readonly score: bigint;
  readonly reachedAt: number;
  readonly prize: bigint | null;
}

export async function readBoard(
  db: Knex,
  roundId: string,
  limit = boardSize,
): Promise<BoardEntry[]> {
  const { rows } = await db.raw<{ rows: BoardRow[] }>(boardSql, [roundId, limit, roundId]);
  let rank = 0;
  let better: bigint | null = null;
  let last: bigint | null = null;
  return rows.map(({ handle, score, reachedAt, prize }, i) => {
    if (score !== last) {
      better = last;
      rank = i + 1;
      last = score;
    }
    return {
      rank,
      handle,
      score: formatAmount(score),
      gap: better === null ? null : formatAmount(better - score),
      reachedAt: isoTime(reachedAt),
      prize: prize === null ? null : formatAmount(prize),
    };
  });
}

/** Bindings: the player's id in the round. */
export const ownSql = /* sql */ `
  select o.score, o.disqualified_at as "disqualifiedAt",
    (select count(*) from war_scores s
     where s.round_id = o.round_id and s.disqualified_at is null and s.score > o.score) as ahead,
    (select s.score from war_scores s
     where s.round_id = o.round_id and s.disqualified_at is null and s.score > o.score
     order by s.score limit 1) as better
  from war_scores o where o.id = ?`;

/** Where a player stands; null without a score. */
export async function readStanding(db: Knex, playerId: string): Promise<OwnStanding | null> {
  const { rows } = await db.raw<{
    rows: {
      score: bigint;
      disqualifiedAt: number | null;
      ahead: bigint;
      better: bigint | null;
    }[];
  }>(ownSql, [playerId]);
  const [own] = rows;
  if (!own) return null;
  const { score, disqualifiedAt, ahead, better } = own;
  const isRanked = disqualifiedAt === null;
  return {
    rank: isRanked ? Number(ahead) + 1 : null,
    score: formatAmount(score),
    gap: !isRanked || better === null ? null : formatAmount(better - score),
  };
}
