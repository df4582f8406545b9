// What a relay call costs its caller and the platform (whitepaper 5, DESIGN 2.2 and 2.13): prices per million tokens
// times the tier's multiplier, one division a call.
import { DomainError, assert } from './errors';
import { bpsDivisor, formatAmount, maxOf, mulDivUp } from './money';
import { tiers } from './tiers';

/** What a model is priced by. */
export const priceUnits = ['tokens', 'images', 'seconds', 'characters'] as const;
export type PriceUnit = (typeof priceUnits)[number];

/**
 * Base units of CREDIT per million tokens. Prices have at most 8 decimals, so this is exact. Of a model that is priced by
 * another unit, output is per million of these: see `unitPrices`.
 */
export interface TokenPrices {
  readonly input: bigint;
  readonly cachedInput: bigint;
  /** null: tokens written to a cache are billed as input. */
  readonly cacheWrite: bigint | null;
  readonly output: bigint;
}

/** Tokens of one call; the three kinds of input exclude each other (OpenAI's prompt_tokens is their sum). */
export interface TokenUsage {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  /** Of all choices, hidden reasoning included. */
  readonly output: number;
}

/** What a caller pays by: prices, of which `multiplierBps` / 10,000 are charged. */
export interface Rates {
  readonly prices: TokenPrices;
  readonly multiplierBps: bigint;
}

const tokensPerPrice = 1_000_000n;

/** Divides `weigh` x a multiplier into base units. */
export const weightDivisor = tokensPerPrice * bpsDivisor;

/** Of a tier's `priceBps`: that share of the list price; null (Whale) is the price version's cost. */
export function ratesOf(priceBps: bigint | null, list: TokenPrices, cost: TokenPrices): Rates {
  return priceBps === null
    ? { prices: cost, multiplierBps: bpsDivisor }
    : { prices: list, multiplierBps: priceBps };
}

/** The prices of a model whose calls use so many units, counted as output. @param perUnit base units of CREDIT */
export function unitPrices(perUnit: bigint): TokenPrices {
  return { input: 0n, cachedInput: 0n, cacheWrite: null, output: perUnit * tokensPerPrice };
}

/** What a call used of a model that `unitPrices` are for. */
export function usageOfUnits(units: number): TokenUsage {
  return { input: 0, cachedInput: 0, cacheWrite: 0, output: units };
}

/** Base units of CREDIT, of prices that `unitPrices` made. */
export function perUnitOf({ output }: TokenPrices): bigint {
  return output / tokensPerPrice;
}

function cacheWritePrice({ cacheWrite, input }: TokenPrices): bigint {
  return cacheWrite ?? input;
}

/** The most that one token of input can cost, whatever the upstream does with its cache. */
export function dearestInput(prices: TokenPrices): bigint {
  return maxOf(maxOf(prices.input, prices.cachedInput), cacheWritePrice(prices));
}

/** Σ tokens x price, a million times the base units. */
function weigh(usage: TokenUsage, prices: TokenPrices): bigint {
  return (
    BigInt(usage.input) * prices.input +
    BigInt(usage.cachedInput) * prices.cachedInput +
    BigInt(usage.cacheWrite) * cacheWritePrice(prices) +
    BigInt(usage.output) * prices.output
  );
}

/** Base units of CREDIT that a call's usage is charged: rounded up, once, in the platform's favour. */
export function chargeOf(usage: TokenUsage, { prices, multiplierBps }: Rates): bigint {
  return mulDivUp(weigh(usage, prices), multiplierBps, weightDivisor);
}

/** Base units of CREDIT that the platform owes the upstream for a call: rounded up, once, like the charge. */
export function costOf(usage: TokenUsage, cost: TokenPrices): bigint {
  return mulDivUp(weigh(usage, cost), 1n, tokensPerPrice);
}

/** The smallest share of the list price that a level pays (Lv4: 70%). */
const deepestDiscountBps = tiers.reduce(
  (lowest, { priceBps }) => (priceBps !== null && priceBps < lowest ? priceBps : lowest),
  bpsDivisor,
);

/**
 * The level with the deepest discount must not buy below cost, in any kind of token, or in the unit that is priced.
 * @throws DomainError PRICE_BELOW_COST naming the kind that does not cover its cost.
 */
export function checkPricesCoverCost(
  list: TokenPrices,
  cost: TokenPrices,
  unit: PriceUnit = 'tokens',
): void {
  const pairs: readonly (readonly [string, bigint, bigint])[] =
    unit === 'tokens'
      ? [
          ['input', list.input, cost.input],
          ['cachedInput', list.cachedInput, cost.cachedInput],
          ['cacheWrite', cacheWritePrice(list), cacheWritePrice(cost)],
          ['output', list.output, cost.output],
        ]
      : [['perUnit', perUnitOf(list), perUnitOf(cost)]];
  for (const [kind, listed, costs] of pairs) {
    assert(listed >= 0n && costs >= 0n, 'prices are not negative');
    if (listed * deepestDiscountBps >= costs * bpsDivisor) continue;
    throw new DomainError(
      'PRICE_BELOW_COST',
      `At ${deepestDiscountBps / 100n}% of the list price, ${kind} would be sold below its cost.`,
      { kind, list: formatAmount(listed), cost: formatAmount(costs) },
    );
  }
}
