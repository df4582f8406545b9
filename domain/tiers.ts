// Loyalty levels by staked LCO (whitepaper 5, DESIGN 2.10): what a call costs, how many run at once, and the
// rights that come with a level. The whitepaper's "95% de réduction" is the Chinese 95 折: pay 95%.
import { Decimal } from 'decimal.js';
import { assert } from './errors';
import { bpsDivisor, unit } from './money';

export const tierLevels = ['Lv1', 'Lv2', 'Lv3', 'Lv4', 'Whale'] as const;
export type TierLevel = (typeof tierLevels)[number];

export interface Tier {
  readonly level: TierLevel;
  /** Base units of LCO that must be staked. */
  readonly minimumStake: bigint;
  /** What is paid of the list price, 10,000 = all of it; null: the upstream's cost is paid instead. */
  readonly priceBps: bigint | null;
  /** Calls at once; the default of the parameter `tiers.concurrency`. */
  readonly defaultConcurrency: number;
  /** Weight of a lock in an IMO, 0 = may not subscribe; the default of the parameter `imo.weights`. */
  readonly defaultImoWeight: number;
  /** Pays the fee on the profit of a prediction. */
  readonly paysPredictionFee: boolean;
  /** May propose and vote. */
  readonly votes: boolean;
}

/** The table of DESIGN 2.10, lowest level first. */
export const tiers: readonly Tier[] = [
  {
    level: 'Lv1',
    minimumStake: 0n,
    priceBps: 10_000n,
    defaultConcurrency: 5,
    defaultImoWeight: 0,
    paysPredictionFee: true,
    votes: false,
  },
  {
    level: 'Lv2',
    minimumStake: 1_000n * unit,
    priceBps: 9_500n,
    defaultConcurrency: 50,
    defaultImoWeight: 0,
    paysPredictionFee: true,
    votes: false,
  },
  {
    level: 'Lv3',
    minimumStake: 10_000n * unit,
    priceBps: 8_500n,
    defaultConcurrency: 50,
    defaultImoWeight: 1,
    paysPredictionFee: true,
    votes: false,
  },
  {
    level: 'Lv4',
    minimumStake: 50_000n * unit,
    priceBps: 7_000n,
    defaultConcurrency: 100,
    defaultImoWeight: 3,
    paysPredictionFee: false,
    votes: false,
  },
  {
    level: 'Whale',
    minimumStake: 100_000n * unit,
    priceBps: null,
    defaultConcurrency: 200,
    defaultImoWeight: 3,
    paysPredictionFee: false,
    votes: true,
  },
];

const voting = tiers.find(({ votes }) => votes);
assert(voting, 'some level votes');
/** Base units of LCO that a Whale has staked: of ten million, at most 100 can have as many. */
export const whaleStake = voting.minimumStake;

/** The level that a stake (base units of LCO, not counting what is unbonding) gives. */
export function tierOf(stakedUnits: bigint): Tier {
  const tier = tiers.findLast(({ minimumStake }) => stakedUnits >= minimumStake);
  assert(tier, 'a stake is not negative');
  return tier;
}

/** What a level pays of the list price, as a decimal string ("0.95"); null where it pays the upstream's cost. */
export function priceMultiplierOf({ priceBps }: Pick<Tier, 'priceBps'>): string | null {
  return priceBps === null
    ? null
    : new Decimal(priceBps.toString()).div(bpsDivisor.toString()).toString();
}
