// Odds of a prediction market, and what a bet would get (DESIGN 2.8 and 2.13): exact fractions, rounded down to 12 decimals.
import { formatDecimal, mulDivDown } from '../money';
import { isqrt, placeBet, type Pool, type PredictionSide } from './pool';

const decimals = 12;
const one = 10n ** BigInt(decimals);
/** An impact is the difference of two roots: it is taken with so many decimals more, then rounded down. */
const extra = 10n ** 18n;

/** Of one side; decimal strings. */
export interface Odds {
  /** LCO for the next share, q / √(qYES² + qNO²). */
  readonly price: string;
  /** The price squared: the two sides' sum to 1. */
  readonly probability: string;
  /** What the last share would pay for its price, closed now: 1 / price². */
  readonly multiple: string;
}

/** price x `unit`, rounded down: floor(√(unit² q² / S)) = isqrt(floor(unit² q² / S)). */
function priceOf(pool: Pool, side: PredictionSide, unit: bigint): bigint {
  return isqrt(mulDivDown(unit * unit, pool[side] ** 2n, squares(pool)));
}

function squares({ yes, no }: Pool): bigint {
  return yes * yes + no * no;
}

export function oddsOf(pool: Pool, side: PredictionSide): Odds {
  const own = pool[side] ** 2n;
  const format = (fraction: bigint) => formatDecimal(fraction, decimals);
  return {
    price: format(priceOf(pool, side, one)),
    probability: format(mulDivDown(one, own, squares(pool))),
    multiple: format(mulDivDown(one, squares(pool), own)),
  };
}

/** The implied probability of YES, a decimal string. */
export function probabilityOf(pool: Pool): string {
  return oddsOf(pool, 'yes').probability;
}

/** What a bet would be, were nothing else to happen; the odds are those after it. */
export interface BetQuote extends Odds {
  /** Base units. A winning share pays one LCO at least, so this is the floor of the payout, before the fee. */
  readonly shares: bigint;
  /** LCO a share, over the whole stake. */
  readonly averagePrice: string;
  /** Price after less price before. */
  readonly impact: string;
  /** Base units of LCO: what the bet would get if the market closed on its side right after it, before the fee. */
  readonly payout: bigint;
}

/** @param stake base units of LCO, more than zero */
export function quoteBet(before: Pool, side: PredictionSide, stake: bigint): BetQuote {
  const { bet, pool } = placeBet(before, side, stake);
  const fine = one * extra;
  const impact = (priceOf(pool, side, fine) - priceOf(before, side, fine)) / extra;
  return {
    ...oddsOf(pool, side),
    shares: bet.shares,
    averagePrice: formatDecimal(mulDivDown(one, stake, bet.shares), decimals),
    impact: formatDecimal(impact, decimals),
    payout: mulDivDown(pool.staked, bet.shares, pool[side]),
  };
}
