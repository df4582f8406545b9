// The ranking of a round of Compute Wars with very many players (DESIGN 2.9 and 9): the top 100 by the index of the
// ranking, beside a sort without it, and where one player in the middle stands.
import type { Knex } from 'knex';
import { openDatabase } from '../ledger/connection';
import { readBoard, readStanding, topSql } from '../services/wars/leaderboard';
import { playerIdOf } from '../services/wars/war-rows';
import { median, percentile, printTable } from './machine';
import { withBenchDatabase } from './postgres';

const roundId = '2026-W48';
const topSize = 100;

/** Scores as in life: few spend much; handles and ids follow from a number. */
const fillSql = /* sql */ `
  with players as (
    select n, md5('player ' || n)::uuid as id from generate_series(1, ?::int) n
  ), made as (
    insert into users (id, email, handle, password_hash)
    select id, 'player-' || n || '@example.com', 'player-' || n, 'none' from players
  )
  insert into war_scores (id, round_id, user_id, score, reached_at, reached_in)
  select ?::text || '/' || id, ?, id, (1e8 / (random() + 1e-4))::bigint, clock_timestamp(), n from players`;

interface Measured {
  readonly what: string;
  readonly ms: readonly number[];
}

export async function benchLeaderboard(players: number, rounds: number): Promise<void> {
  await withBenchDatabase(async (databaseUrl) => {
    const db = openDatabase(databaseUrl, 'lx-bench-leaderboard', 1);
    try {
      await db.raw(fillSql, [players, roundId, roundId]);
      await db.raw('vacuum analyze war_scores, users');
      const middle = await middlePlayer(db, players);
      const measured = [
        await measure('top 100 with handles, as GET /wars/current reads it', rounds, () =>
          readBoard(db, roundId),
        ),
        await measure('top 100 alone, by the index', rounds, () =>
          db.raw(topSql, [roundId, topSize]),
        ),
        await measure('the place of a player in the middle', Math.ceil(rounds / 10), () =>
          readStanding(db, middle),
        ),
      ];
      await db.raw('drop index war_scores_ranking');
      const baseline = await measure(
        'top 100 alone, by a sort without the index',
        Math.ceil(rounds / 10),
        () => db.raw(topSql, [roundId, topSize]),
      );
      report(players, [...measured, baseline]);
    } finally {
      await db.destroy();
    }
  });
}

async function middlePlayer(db: Knex, players: number): Promise<string> {
  const { rows } = await db.raw<{ rows: { userId: string }[] }>(
    `select user_id as "userId" from war_scores where round_id = ? order by score offset ? limit 1`,
    [roundId, Math.floor(players / 2)],
  );
  return playerIdOf(roundId, rows[0]?.userId ?? '');
}

async function measure(
  what: string,
  rounds: number,
  work: () => Promise<unknown>,
): Promise<Measured> {
  // Plans are made and pages are read.
  for (let i = 0; i < 3; i++) await work();
  const ms: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const startedAt = performance.now();
    await work();
    ms.push(performance.now() - startedAt);
  }
  return { what, ms };
}

function report(players: number, measured: readonly Measured[]): void {
  printTable(
    ['what', 'players', 'median ms', 'p99 ms'],
    measured.map(({ what, ms }) => [
      what,
      players.toLocaleString('en'),
      median(ms).toFixed(2),
      percentile(ms, 0.99).toFixed(2),
    ]),
  );
}
