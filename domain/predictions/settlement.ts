// What a prediction market pays (DESIGN 2.8 and 2.13): winners share the pool by their shares and pay the fee on their
// profit; bets after the fact, and every bet of a market that is void, come back at cost.
import { assert } from '../errors';
import { bpsDivisor, mulDivDown } from '../money';
import { tiers, type TierLevel } from '../tiers';
import type { PredictionOutcome } from './market';
import type { Pool, PredictionSide } from './pool';

/** A seed has shares on both sides. */
export const lotSides = ['seed', 'yes', 'no'] as const;
export type LotSide = (typeof lotSides)[number];

/** A bet or the seed as it stands in the book of its market. */
export interface Lot {
  readonly side: LotSide;
  /** Base units of LCO. */
  readonly stake: bigint;
  /** Of a seed, on each side. */
  readonly shares: bigint;
  /** Its owner's when it was bought: it decides about the fee. */
  readonly tier: TierLevel;
}

/** What is paid for a lot, base units of LCO: net = gross - fee. */
export interface Payout {
  readonly gross: bigint;
  readonly fee: bigint;
  readonly net: bigint;
}

/** The final pool, without what was voided, and the side that won. */
export interface Result {
  readonly outcome: PredictionSide;
  readonly pool: Pool;
  readonly feeBps: number;
}

function winningShares({ side, shares }: Lot, outcome: PredictionSide): bigint {
  return side === 'seed' || side === outcome ? shares : 0n;
}

export function paysFee({ tier }: Pick<Lot, 'tier'>): boolean {
  return tiers.find(({ level }) => level === tier)?.paysPredictionFee ?? true;
}

/**
 * gross = floor(M s / q); fee = floor(5% of what is gained), none for a lot that was bought as Lv4 or above. A winning bet
 * grosses its stake at least; a seed may lose at most 29.3% of its.
 */
export function payoutOf(lot: Lot, { outcome, pool, feeBps }: Result): Payout {
  const shares = winningShares(lot, outcome);
  const gross = mulDivDown(pool.staked, shares, pool[outcome]);
  assert(lot.side !== outcome || gross >= lot.stake, 'a winner gets the stake back at least');
  const profit = gross > lot.stake ? gross - lot.stake : 0n;
  const fee = paysFee(lot) ? mulDivDown(profit, BigInt(feeBps), bpsDivisor) : 0n;
  return { gross, fee, net: gross - fee };
}

/** At cost, without a fee. */
export function refundOf({ stake }: Pick<Lot, 'stake'>): Payout {
  return { gross: stake, fee: 0n, net: stake };
}

/** What all payouts of a market follow from. */
export interface SettlementTerms {
  readonly outcome: PredictionOutcome;
  /** After the last bet that was in time. */
  readonly pool: Pool;
  readonly feeBps: number;
  /** How many lots count: the first ones, by number. Of a void market none does. */
  readonly keptLots: number;
}

/** What a lot gets: by the rule if it counts, at cost otherwise. */
export function payoutIn(
  { outcome, pool, feeBps, keptLots }: SettlementTerms,
  lot: Lot & { readonly number: number },
): Payout & { readonly isVoided: boolean } {
  if (outcome === 'void' || lot.number >= keptLots) return { ...refundOf(lot), isVoided: true };
  return { ...payoutOf(lot, { outcome, pool, feeBps }), isVoided: false };
}

/** Of M: a side with less than this from users other than the proposer is no market. */
const thinPercent = 1n;

/** Base units of LCO that users other than the proposer have staked. */
export type OthersStakes = Readonly<Record<PredictionSide, bigint>>;

/** Whether a side was hardly bet on: there is nobody to win from, and the market is void. */
export function isThin({ staked }: Pick<Pool, 'staked'>, others: OthersStakes): boolean {
  return [others.yes, others.no].some((stakes) => stakes * 100n < staked * thinPercent);
}
