// Prediction markets of any size and shape, for properties: seeds and stakes from a base unit up to the whole supply.
import fc from 'fast-check';
import {
  placeBet,
  predictionSides,
  seedPool,
  type Pool,
  type PredictionSide,
} from '../../../domain/predictions/pool';
import type { Lot } from '../../../domain/predictions/settlement';
import { tierLevels, type TierLevel } from '../../../domain/tiers';

/** Base units of LCO: ten million. */
export const supply = 10n ** 15n;

export const lco = (amount: number) => BigInt(Math.round(amount * 10 ** 8));

/** Every number of digits as likely as the others, so that small and large ones meet. */
export function amounts(least = 1n): fc.Arbitrary<bigint> {
  const anySize = fc
    .tuple(fc.integer({ min: 1, max: 15 }), fc.bigInt(1n, supply))
    .map(([digits, drawn]) => 1n + (drawn % 10n ** BigInt(digits)))
    .map((amount) => (amount < least ? least : amount));
  return fc.oneof({ weight: 12, arbitrary: anySize }, fc.constantFrom(least, supply));
}

export interface AnyBet {
  readonly side: PredictionSide;
  readonly stake: bigint;
  readonly tier: TierLevel;
}

const anyTier = fc.constantFrom(...tierLevels);
const anyBet = fc.record({
  side: fc.constantFrom(...predictionSides),
  stake: amounts(),
  tier: anyTier,
});

/** A market as it was played: `pools[i]` is the pool after `lots[i]`, the seed is the first. */
export interface AnyMarket {
  readonly lots: readonly Lot[];
  readonly pools: readonly Pool[];
  readonly pool: Pool;
}

export function play(seed: bigint, bets: readonly AnyBet[], seedTier: TierLevel): AnyMarket {
  let pool = seedPool(seed);
  const lots: Lot[] = [{ side: 'seed', stake: seed, shares: pool.yes, tier: seedTier }];
  const pools = [pool];
  for (const { side, stake, tier } of bets) {
    const placed = placeBet(pool, side, stake);
    pool = placed.pool;
    lots.push({ ...placed.bet, tier });
    pools.push(pool);
  }
  return { lots, pools, pool };
}

/** Of two base units the seed has a share on each side; of one it would have none. */
export const anyMarket: fc.Arbitrary<AnyMarket> = fc
  .tuple(amounts(2n), fc.array(anyBet, { maxLength: 25 }), anyTier)
  .map((drawn) => play(...drawn));

export const anySide = fc.constantFrom(...predictionSides);
