// What places would win (docs: whitepaper 4.3), of a round whose prizes are not fixed yet: the pool split over ten places,
// equal scores sharing those they fill, and no prize worth more than a part of its winner's own spending.
import { Decimal } from 'decimal.js';
import type { AnswerOf } from '../api/types';

type Current = AnswerOf<'/api/v1/wars/current'>;
export type Round = Current['round'];
export type Entry = Current['board'][number];
export type Own = NonNullable<Current['own']>;
export type Place = NonNullable<Round['prizes']>[number];

/** Percent of the pool by place. */
export const placePercents = [30, 18, 12, 9, 8, 7, 5, 4, 4, 3] as const;

const scale = 8;
const Precise = Decimal.clone({ precision: 60 });

/** Base points of 1. */
const bps = 10_000;

interface Pool extends Pick<Round, 'prizeCapBps'> {
  /** LCO. */
  readonly prizePool: string;
  /** Credits for one LCO. */
  readonly price: string;
}

/** @param board best first */
export function planPlaces(
  board: readonly Pick<Entry, 'score'>[],
  { prizePool, prizeCapBps, price }: Pool,
): Place[] {
  const places: Place[] = [];
  let before = 0;
  while (before < Math.min(board.length, placePercents.length)) {
    const score = board[before]?.score ?? '0';
    const players = board.filter((entry) => entry.score === score).length;
    const percent = placePercents
      .slice(before, before + players)
      .reduce((sum, share) => sum + share, 0);
    const share = floor(new Precise(prizePool).times(percent).div(100).div(players));
    const cap = floor(new Precise(score).times(prizeCapBps).div(bps).div(price));
    const capped = cap.lessThan(share);
    const prize = (capped ? cap : share).toFixed();
    places.push({ place: before + 1, players, score, percent, prize, capped });
    before += players;
  }
  return places;
}

function floor(amount: Decimal): Decimal {
  return amount.toDecimalPlaces(scale, Decimal.ROUND_DOWN);
}

/**
 * What the places win: as it is fixed, or as it would be now.
 * @param mark Credits for one LCO, of this moment: until the round is closed nobody knows its average
 * @returns undefined where that cannot be told: without a mark there are no prizes
 */
export function placesOf(
  round: Round,
  board: readonly Entry[],
  mark: string | null | undefined,
): readonly Place[] | undefined {
  if (round.prizes) return round.prizes;
  const price = round.closedAt === null ? mark : round.twap;
  if (!price) return undefined;
  const { prizeCapBps, prizePool } = round;
  return planPlaces(board, { prizeCapBps, prizePool: prizePool ?? '0', price });
}

/** The place that a score has won, or would. */
export function placeOf(places: readonly Place[] | undefined, score: string): Place | undefined {
  return places?.find((place) => new Decimal(place.score).equals(score));
}
