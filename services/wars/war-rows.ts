// The tables of Compute Wars (DESIGN 2.9): rounds, what players spent in each, prizes, and what closed rounds may still
// pay out of the prize pool.
import type { PlacePrize } from '../../domain/wars-prizes';
import type { RoundSpan, WarPerk, WarStatus } from '../../domain/war-round';
import { isoTime } from '../../domain/time';
import { rowKey, type OutboxMessage, type RowKey } from '../../ledger/command';
import { defineTable, type RowOf, type Table } from '../../ledger/table';
import type { MarkPoint } from './round-mark';

/** The lengths that rounds are opened with, in milliseconds; each keeps its own. */
export interface WarWindows {
  readonly warsRound: number;
  readonly warsProvisional: number;
  readonly warsPerkChoice: number;
  readonly warsPerk: number;
}

const roundTable = defineTable({
  name: 'war_rounds',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    startsAt: 'timestamptz',
    endsAt: 'timestamptz',
    status: 'text',
    revision: 'int',
    openedAt: 'timestamptz',
    prizeCapBps: 'int',
    provisionalMs: 'bigint',
    perkChoiceMs: 'bigint',
    perkMs: 'bigint',
    openingMark: 'json?',
    closedAt: 'timestamptz?',
    pool: 'bigint?',
    markFrom: 'json?',
    markTo: 'json?',
    twap: 'numeric?',
    finalisedAt: 'timestamptz?',
    championId: 'uuid?',
    championScore: 'bigint?',
    prizes: 'json?',
    paidPlayers: 'int',
    paidAmount: 'bigint',
    paidAt: 'timestamptz?',
    perkChoice: 'text?',
    perkByDefault: 'boolean?',
    perkChosenAt: 'timestamptz?',
    perkEndsAt: 'timestamptz?',
    perkBudget: 'bigint?',
    perkEndedAt: 'timestamptz?',
    perkReturned: 'bigint?',
  },
});

/** A place's prize as the round's row keeps it: base units as decimal digits, for JSON has no others. */
export interface StoredPrize extends Pick<PlacePrize, 'place' | 'players' | 'isCapped'> {
  readonly score: string;
  readonly percent: string;
  readonly prize: string;
}

type Parsed = 'status' | 'perkChoice' | 'openingMark' | 'markFrom' | 'markTo' | 'prizes';
export type WarRoundRow = Omit<RowOf<typeof roundTable>, Parsed> & {
  readonly status: WarStatus;
  readonly perkChoice: WarPerk | null;
  readonly openingMark: MarkPoint | null;
  readonly markFrom: MarkPoint | null;
  readonly markTo: MarkPoint | null;
  readonly prizes: readonly StoredPrize[] | null;
};
export const warRounds = roundTable as unknown as Table<WarRoundRow>;

/** For reads outside the committer, with the table as `r`. */
export const warRoundColumns = {
  id: 'r.id',
  startsAt: 'r.starts_at',
  endsAt: 'r.ends_at',
  status: 'r.status',
  revision: 'r.revision',
  openedAt: 'r.opened_at',
  prizeCapBps: 'r.prize_cap_bps',
  provisionalMs: 'r.provisional_ms',
  perkChoiceMs: 'r.perk_choice_ms',
  perkMs: 'r.perk_ms',
  openingMark: 'r.opening_mark',
  closedAt: 'r.closed_at',
  pool: 'r.pool',
  markFrom: 'r.mark_from',
  markTo: 'r.mark_to',
  twap: 'r.twap',
  finalisedAt: 'r.finalised_at',
  championId: 'r.champion_id',
  championScore: 'r.champion_score',
  prizes: 'r.prizes',
  paidPlayers: 'r.paid_players',
  paidAmount: 'r.paid_amount',
  paidAt: 'r.paid_at',
  perkChoice: 'r.perk_choice',
  perkByDefault: 'r.perk_by_default',
  perkChosenAt: 'r.perk_chosen_at',
  perkEndsAt: 'r.perk_ends_at',
  perkBudget: 'r.perk_budget',
  perkEndedAt: 'r.perk_ended_at',
  perkReturned: 'r.perk_returned',
} satisfies Record<keyof WarRoundRow, string>;

/** Until when operators may disqualify; null before the close. */
export function provisionalUntil({ closedAt, provisionalMs }: WarRoundRow): number | null {
  return closedAt === null ? null : closedAt + Number(provisionalMs);
}

/** Until when the champion may choose; null before there is one. */
export function chooseBy({ finalisedAt, perkChoiceMs }: WarRoundRow): number | null {
  return finalisedAt === null ? null : finalisedAt + Number(perkChoiceMs);
}

/** What a player spent on calls that were settled in a round. */
export const warScores = defineTable({
  name: 'war_scores',
  key: 'id',
  writes: 'upsert',
  columns: {
    id: 'text',
    roundId: 'text',
    userId: 'uuid',
    score: 'bigint',
    reachedAt: 'timestamptz',
    reachedIn: 'bigint',
    disqualifiedAt: 'timestamptz?',
    disqualifiedBy: 'uuid?',
    disqualifiedReason: 'text?',
  },
});

export const warPrizes = defineTable({
  name: 'war_prizes',
  key: 'id',
  writes: 'insert',
  columns: {
    id: 'text',
    roundId: 'text',
    userId: 'uuid',
    place: 'int',
    amount: 'bigint',
    paidAt: 'timestamptz',
  },
});

export const warState = defineTable({
  name: 'war_state',
  key: 'id',
  writes: 'update',
  columns: { id: 'int', claimed: 'bigint' },
});
export const warStateKey: RowKey = rowKey(warState, '1');

/** Of a score, and of a prize. */
export function playerIdOf(roundId: string, userId: string): string {
  return `${roundId}/${userId}`;
}

/** What a round's workflow is started with. */
export interface WarRoundTerms {
  readonly roundId: string;
  /** ISO 8601. */
  readonly startsAt: string;
  readonly endsAt: string;
}

export function termsOf({ id, startsAt, endsAt }: RoundSpan): WarRoundTerms {
  return { roundId: id, startsAt: isoTime(startsAt), endsAt: isoTime(endsAt) };
}

/** Tells the worker of a round that was opened. */
export function warOpenedMessage(round: RoundSpan): OutboxMessage {
  return { kind: 'war.opened', entityId: round.id, payload: { ...termsOf(round) } };
}

/** Tells the round's workflow that the champion has chosen. */
export function perkChosenMessage(round: RoundSpan): OutboxMessage {
  return { kind: 'war.perk_chosen', entityId: round.id, payload: { ...termsOf(round) } };
}
