// The prizes of a round of Compute Wars (whitepaper 4.3, DESIGN 2.9 and 2.13): the pool is split over ten places, tied
// players share the places they fill, and a prize is worth a part of the winner's own score at most.
import { Decimal } from 'decimal.js';
import { assert } from './errors';
import { bpsDivisor, minAmount, mulDivDown } from './money';

/** Percent of the pool by place; places past the tenth get nothing. */
export const placePercents = [30n, 18n, 12n, 9n, 8n, 7n, 5n, 4n, 4n, 3n] as const;

/** Players with the same score, base units of CREDIT. */
export interface TiedPlayers {
  readonly score: bigint;
  readonly players: number;
}

export interface PlacePrize extends TiedPlayers {
  /** The first of the places that they fill, from 1. */
  readonly place: number;
  /** Of the pool, what their places get together. */
  readonly percent: bigint;
  /** What each of them gets, base units of LCO. */
  readonly prize: bigint;
  /** It would be more, but for the cap; never without a mark. */
  readonly isCapped: boolean;
}

export interface PrizePlan {
  /** Base units of LCO. */
  readonly pool: bigint;
  /** Best first, those who have one of the ten places; a group may reach past the tenth. */
  readonly groups: readonly TiedPlayers[];
  /** The most a prize may be worth, in hundredths of a percent of the winner's own score. */
  readonly capBps: number;
  /** Credits for one LCO, the round's average; null: there was no mark in it, so there are no prizes. */
  readonly twap: Decimal | null;
}

const DecimalOf60 = Decimal.clone({ precision: 60 });

/** The cap of a prize, base units of LCO: rounded down in favour of the pool. */
function capOf(score: bigint, capBps: number, twap: Decimal): bigint {
  assert(twap.greaterThan(0), 'an average of the mark is positive');
  const lco = new DecimalOf60(score.toString())
    .times(capBps)
    .div(bpsDivisor.toString())
    .div(twap.toFixed())
    .floor();
  return BigInt(lco.toFixed());
}

/**
 * Tied players share the percentages of the places that they fill, rounded down once in favour of the pool. What caps
 * and rounding leave is nobody's: it stays in the pool.
 */
export function planPrizes({ pool, groups, capBps, twap }: PrizePlan): PlacePrize[] {
  const planned: PlacePrize[] = [];
  let before = 0;
  let last: bigint | undefined;
  for (const { score, players } of groups) {
    assert(players > 0 && (last === undefined || score < last), 'the best come first');
    last = score;
    const percent = placePercents
      .slice(before, before + players)
      .reduce((sum, share) => sum + share, 0n);
    if (percent === 0n) break;
    const share = mulDivDown(pool, percent, 100n * BigInt(players));
    const cap = twap ? capOf(score, capBps, twap) : 0n;
    const prize = minAmount(share, cap);
    const isCapped = twap !== null && prize < share;
    planned.push({ place: before + 1, score, players, percent, prize, isCapped });
    before += players;
  }
  return planned;
}
