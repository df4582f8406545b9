// The registry of governed parameters (DESIGN 2.11): every rate and limit of DESIGN 2 that a vote may change, with
// the bounds that no vote can leave. Supply, emission and the Credit's peg are not among them.
import { unit } from './money';
import { tiers, type TierLevel } from './tiers';

/** What keeps the values of its creation when the parameter changes; none: the next use reads the new value. */
type ParameterPin =
  'none' | 'reservation' | 'order' | 'position' | 'market' | 'round' | 'imo' | 'buyback';

interface Definition {
  /** What one of it is: tokens, calls, basis points … */
  readonly unit: string;
  /** The whitepaper itself names the value: to change it takes two thirds of For + Against. */
  readonly twoThirds: boolean;
  readonly pinnedBy: ParameterPin;
  readonly description: string;
}

interface NumberDefinition extends Definition {
  /** bps: hundredths of a percent. */
  readonly type: 'integer' | 'bps';
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface AmountDefinition extends Definition {
  readonly type: 'amount';
  readonly default: bigint;
  readonly minimum: bigint;
  readonly maximum: bigint;
}

/** One integer a loyalty level, never less for a higher level. The bounds hold for each. */
export interface LevelsDefinition extends Definition {
  readonly type: 'levels';
  readonly default: Readonly<Partial<Record<TierLevel, number>>>;
  readonly minimum: number;
  readonly maximum: number;
}

export type ParameterDefinition = NumberDefinition | AmountDefinition | LevelsDefinition;

function ofEveryLevel(valueOf: (tier: (typeof tiers)[number]) => number) {
  return Object.fromEntries(tiers.map((tier) => [tier.level, valueOf(tier)])) as Record<
    TierLevel,
    number
  >;
}

const bps = { type: 'bps', unit: 'basis points', twoThirds: false } as const;
const credits = { type: 'amount', unit: 'CREDIT', twoThirds: false } as const;
const integer = { type: 'integer', twoThirds: false } as const;

/** All of them, by name. Bounds are disjoint where one value must stay below another. */
export const parameterDefinitions = {
  'relay.defaultMaxOutput': {
    ...integer,
    unit: 'tokens',
    default: 8_192,
    minimum: 256,
    maximum: 131_072,
    pinnedBy: 'reservation',
    description: 'The most output of a call that names no limit itself.',
  },
  'relay.requestsPerMinute': {
    ...integer,
    unit: 'requests per minute',
    default: 600,
    minimum: 10,
    maximum: 100_000,
    pinnedBy: 'none',
    description: 'How many requests a key may send to the relay in a minute.',
  },
  'tiers.concurrency': {
    type: 'levels',
    unit: 'calls',
    default: ofEveryLevel(({ defaultConcurrency }) => defaultConcurrency),
    minimum: 1,
    maximum: 10_000,
    twoThirds: false,
    pinnedBy: 'none',
    description: 'How many relay calls of a user may run at once.',
  },
  'exchange.marketBandBps': {
    ...bps,
    default: 1_000,
    minimum: 100,
    maximum: 5_000,
    pinnedBy: 'order',
    description: 'How far from the mark a market order may fill.',
  },
  'exchange.makerFeeBps': {
    ...bps,
    default: 0,
    minimum: 0,
    maximum: 50,
    pinnedBy: 'order',
    description: 'The fee on the notional of a fill, for the order that rested.',
  },
  'exchange.takerFeeBps': {
    ...bps,
    default: 10,
    minimum: 0,
    maximum: 100,
    pinnedBy: 'order',
    description: 'The fee on the notional of a fill, for the order that came in.',
  },
  'mark.impactNotional': {
    ...credits,
    default: 500n * unit,
    minimum: 50n * unit,
    maximum: 50_000n * unit,
    pinnedBy: 'none',
    description: 'How deep the book must be on a side for its price to count in the mark.',
  },
  'buyback.profitShareBps': {
    ...bps,
    default: 2_000,
    minimum: 1_000,
    maximum: 5_000,
    twoThirds: true,
    pinnedBy: 'buyback',
    description: "The ecosystem fund's share of the net relay profit.",
  },
  'buyback.prizeShareBps': {
    ...bps,
    default: 2_000,
    minimum: 0,
    // with the largest share of free calls, half of the fund is still there to be burnt
    maximum: 3_000,
    pinnedBy: 'buyback',
    description: 'The share of what the ecosystem fund takes in that buys LCO for the prize pool.',
  },
  'wars.freeCallShareBps': {
    ...bps,
    default: 1_000,
    minimum: 0,
    maximum: 2_000,
    pinnedBy: 'buyback',
    description: "The share of what the ecosystem fund takes in that pays champions' free calls.",
  },
  'buyback.slices': {
    ...integer,
    unit: 'orders',
    default: 4,
    minimum: 1,
    maximum: 24,
    pinnedBy: 'buyback',
    description: 'How many market orders a buyback is divided into.',
  },
  'buyback.maxSlippageBps': {
    ...bps,
    default: 500,
    minimum: 50,
    maximum: 1_000,
    pinnedBy: 'buyback',
    description: 'How far above the lower of mark and 24 h average a buyback may pay.',
  },
  'wars.prizeCapBps': {
    ...bps,
    default: 2_000,
    minimum: 0,
    maximum: 10_000,
    pinnedBy: 'round',
    description: "The most a prize may be worth, as a share of the winner's own score.",
  },
  'margin.minCollateral': {
    ...credits,
    default: 10n * unit,
    minimum: unit,
    maximum: 10_000n * unit,
    pinnedBy: 'none',
    description: 'The least collateral that opens a position.',
  },
  'margin.maintenanceBps': {
    ...bps,
    default: 1_000,
    minimum: 800,
    maximum: 1_200,
    twoThirds: true,
    pinnedBy: 'position',
    description: 'The margin ratio below which a position is liquidated.',
  },
  'margin.safeBps': {
    ...bps,
    default: 1_250,
    minimum: 1_250,
    // a position opened at 5x keeps room above it: 20% less fees and slippage
    maximum: 1_500,
    pinnedBy: 'position',
    description: 'The margin ratio at which a liquidation stops.',
  },
  'margin.takeoverBps': {
    ...bps,
    default: 670,
    minimum: 400,
    maximum: 750,
    pinnedBy: 'position',
    description: 'The margin ratio below which what cannot be filled is taken over by the reserve.',
  },
  'margin.reserveTakeoverCap': {
    ...integer,
    unit: "times the reserve's Credits",
    default: 5,
    minimum: 0,
    maximum: 20,
    pinnedBy: 'none',
    description: 'How much the risk reserve may take over.',
  },
  'margin.treasuryBackstop': {
    ...credits,
    default: 10_000n * unit,
    minimum: 0n,
    maximum: 1_000_000n * unit,
    pinnedBy: 'none',
    description: 'How much bad debt the treasury pays once the risk reserve is spent.',
  },
  'lending.baseRateBps': {
    ...bps,
    unit: 'basis points a year',
    default: 200,
    minimum: 0,
    maximum: 1_000,
    pinnedBy: 'none',
    description: 'What borrowing costs while nothing is lent.',
  },
  'lending.kinkUtilisationBps': {
    ...bps,
    default: 7_000,
    minimum: 5_000,
    maximum: 8_500,
    pinnedBy: 'none',
    description: 'The utilisation from which the rate rises steeply.',
  },
  'lending.kinkRateBps': {
    ...bps,
    unit: 'basis points a year',
    default: 1_200,
    minimum: 1_000,
    maximum: 5_000,
    pinnedBy: 'none',
    description: 'What borrowing costs at the kink.',
  },
  'lending.fullRateBps': {
    ...bps,
    unit: 'basis points a year',
    default: 10_000,
    minimum: 5_000,
    maximum: 30_000,
    pinnedBy: 'none',
    description: 'What borrowing costs once all is lent.',
  },
  'imo.weights': {
    type: 'levels',
    unit: 'weight of a locked LCO',
    default: { Lv3: 1, Lv4: 3, Whale: 3 },
    minimum: 1,
    maximum: 10,
    twoThirds: true,
    pinnedBy: 'imo',
    description: 'What a lock counts in an IMO; the lower levels may not subscribe.',
  },
  'predictions.feeBps': {
    ...bps,
    default: 500,
    minimum: 0,
    maximum: 1_000,
    twoThirds: true,
    pinnedBy: 'market',
    description: "The fee on a winner's profit, which is burnt.",
  },
} as const satisfies Readonly<Record<string, ParameterDefinition>>;
