// The rounds of Compute Wars (whitepaper 4.3, DESIGN 2.9): an ISO week each, from Monday 00:00 UTC; with a shortened
// window they follow each other on a grid of that length. And what its champion may choose.
import { isoWeekOf } from './buyback';
import { assert } from './errors';
import { minAmount } from './money';
import { isoTime } from './time';

const dayMs = 24 * 60 * 60 * 1000;
const weekMs = 7 * dayMs;
/** 1 January 1970 was a Thursday. */
const firstMonday = -3 * dayMs;

/** A round's time: from `startsAt` on, before `endsAt`; milliseconds since 1970. */
export interface RoundSpan {
  /** The ISO week, such as 2026-W48; of another length than a week, the start in ISO 8601. */
  readonly id: string;
  readonly startsAt: number;
  readonly endsAt: number;
}

export function covers({ startsAt, endsAt }: Omit<RoundSpan, 'id'>, atMs: number): boolean {
  return startsAt <= atMs && atMs < endsAt;
}

/**
 * The round of a time, where no other has it.
 * @param roundMs its length
 * @param notBefore when the round before it ended, which may have been of another length; null: there was none
 */
export function roundAt(atMs: number, roundMs: number, notBefore: number | null): RoundSpan {
  assert(
    roundMs > 0 && (notBefore === null || notBefore <= atMs),
    'a round is over before another',
  );
  const gridStart = atMs - ((((atMs - firstMonday) % roundMs) + roundMs) % roundMs);
  const startsAt = Math.max(gridStart, notBefore ?? gridStart);
  return {
    id: roundMs === weekMs ? isoWeekOf(atMs) : isoTime(startsAt),
    startsAt,
    endsAt: gridStart + roundMs,
  };
}

/** live: scores count. provisional: it is over, operators may disqualify. final: the prizes are fixed. paid: and paid. */
export const warStatuses = ['live', 'provisional', 'final', 'paid'] as const;
export type WarStatus = (typeof warStatuses)[number];

/** What the champion may choose. */
export const warPerks = ['free_calls', 'unlimited_concurrency'] as const;
export type WarPerk = (typeof warPerks)[number];
/** For a champion who does not choose in time. */
export const defaultPerk: WarPerk = 'unlimited_concurrency';

/** A quarter of the winning score. */
const budgetDivisor = 4n;

/**
 * What free calls may cost in all: 25% of the winning score, rounded down in favour of the set-aside, and not more than
 * that has. Base units of CREDIT.
 */
export function freeCallBudget(score: bigint, setAside: bigint): bigint {
  return minAmount(score / budgetDivisor, setAside);
}
