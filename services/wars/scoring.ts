// A player's score (DESIGN 2.9): what calls were charged that were settled in the round, written in the settlement's own
// commit. What it reads is named up front by a hint of the current round, so that a settlement costs no more round
// trips for it; one that falls into another round loads what it lacks.
import type { Knex } from 'knex';
import { covers, roundAt, type RoundSpan } from '../../domain/war-round';
import { putRow, rowKey, type Decision, type RowKey, type View } from '../../ledger/command';
import { currentRound, type WarsHint } from './open-round';
import { playerIdOf, warRounds, warScores, type WarWindows } from './war-rows';

export function scoreKeys(userId: string, { roundId }: WarsHint): RowKey[] {
  return [rowKey(warRounds, roundId), rowKey(warScores, playerIdOf(roundId, userId))];
}

interface Scored {
  readonly userId: string;
  /** Base units of CREDIT; free calls are charged nothing. */
  readonly charge: bigint;
  readonly settlementNumber: bigint;
}

/** What a settlement adds to its round; nothing when nothing was charged. */
export function planScore(
  view: View,
  { userId, charge, settlementNumber }: Scored,
  hint: WarsHint | null,
): Required<Pick<Decision<never>, 'rows' | 'outbox'>> {
  if (charge === 0n || hint === null) return { rows: [], outbox: [] };
  const { round, opening } = currentRound(view, hint);
  const id = playerIdOf(round.id, userId);
  const before = view.row(warScores, id) ?? {
    id,
    roundId: round.id,
    userId,
    score: 0n,
    disqualifiedAt: null,
    disqualifiedBy: null,
    disqualifiedReason: null,
  };
  const score = {
    ...before,
    score: before.score + charge,
    reachedAt: view.at,
    reachedIn: settlementNumber,
  };
  return {
    rows: [...(opening.rows ?? []), putRow(warScores, score)],
    outbox: opening.outbox ?? [],
  };
}

const currentSql = /* sql */ `
  select id, starts_at as "startsAt", ends_at as "endsAt" from war_rounds order by starts_at desc limit 1`;
const lookEveryMs = 1_000;

/** What a process that settles calls takes to be the current round. */
export type WarsHinter = () => WarsHint;

/**
 * Takes the round that the calendar has now; where rounds of another length are on their way, those, which it reads
 * beside the calls. A wrong hint costs a settlement a round trip and nothing else.
 */
export function createWarsHinter(db: Knex, windows: WarWindows): WarsHinter {
  let known: RoundSpan | undefined;
  let lookedAt = 0;
  async function look(now: number): Promise<void> {
    lookedAt = now;
    const { rows } = await db.raw<{ rows: RoundSpan[] }>(currentSql);
    known = rows[0];
  }
  return () => {
    const now = Date.now();
    if (known && covers(known, now)) return { roundId: known.id, windows };
    // Without an answer the calendar's round is taken.
    if (now - lookedAt >= lookEveryMs) look(now).catch(() => undefined);
    return hintAt(now, windows);
  };
}

/** By the calendar alone. */
export function hintAt(at: number, windows: WarWindows): WarsHint {
  return { roundId: roundAt(at, windows.warsRound, null).id, windows };
}
