// The pool of a prediction market (whitepaper 4.2, DESIGN 2.8): a buy-only pari-mutuel with shares, priced by a square
// root. M is all that is staked, q the shares of each side, and M² >= qYES² + qNO² always: rounding down favours the pool.
import { assert } from '../errors';

export const predictionSides = ['yes', 'no'] as const;
export type PredictionSide = (typeof predictionSides)[number];

/** Base units of LCO, and of shares, which a settlement pays at least one LCO each. */
export interface Pool {
  /** M of the formulas. */
  readonly staked: bigint;
  readonly yes: bigint;
  readonly no: bigint;
}

/** What a bet adds to its side. */
export interface Bet {
  readonly side: PredictionSide;
  readonly stake: bigint;
  readonly shares: bigint;
}

export function otherSide(side: PredictionSide): PredictionSide {
  return side === 'yes' ? 'no' : 'yes';
}

/** floor(√n) by Newton's method, from a start that is not below it. @param n not negative */
export function isqrt(n: bigint): bigint {
  assert(n >= 0n, 'a square root is of what is not negative');
  if (n < 2n) return n;
  const bits = n.toString(2).length;
  let root = 1n << BigInt((bits + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** The pool that a seed M0 opens: k = isqrt(M0² / 2) shares on each side, all of them its proposer's. */
export function seedPool(seed: bigint): Pool {
  assert(seed > 0n, 'a seed is something');
  const shares = isqrt((seed * seed) / 2n);
  return { staked: seed, yes: shares, no: shares };
}

/**
 * What a stake m buys on a side: n = isqrt((M + m)² - q_other²) - q, never less than m, since M >= q.
 * @param stake base units of LCO, more than zero
 */
export function sharesFor(pool: Pool, side: PredictionSide, stake: bigint): bigint {
  assert(stake > 0n, 'a stake is something');
  const after = pool.staked + stake;
  const other = pool[otherSide(side)];
  const shares = isqrt(after * after - other * other) - pool[side];
  assert(shares >= stake, 'a share costs one LCO at most');
  return shares;
}

export function withBet(pool: Pool, { side, stake, shares }: Bet): Pool {
  return { ...pool, staked: pool.staked + stake, [side]: pool[side] + shares };
}

/** The pool as it was before its last bet, to the unit: of a suffix, the last one first. */
export function withoutBet(pool: Pool, { side, stake, shares }: Bet): Pool {
  return withBet(pool, { side, stake: -stake, shares: -shares });
}

/** A bet by the formula. */
export function placeBet(
  pool: Pool,
  side: PredictionSide,
  stake: bigint,
): { bet: Bet; pool: Pool } {
  const bet = { side, stake, shares: sharesFor(pool, side, stake) };
  return { bet, pool: withBet(pool, bet) };
}
