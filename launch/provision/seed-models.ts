// The models that a new instance sells: well-known names with the prices of their maker as list prices, bought at 60%
// of them. Operators change all of it by API; behind the mock upstream they are names only.
import { parseAmount } from '../../domain/money';
import type { TokenPrices } from '../../domain/pricing';
import type { Offer } from '../../services/catalog/channel-offers';
import type { PriceTerms } from '../../services/catalog/price-changes';

/** Credits per million tokens: input, cached input, output, and what is written to a cache, where that has a price. */
type SeedPrices = readonly [string, string, string, string?];

interface Seed {
  readonly id: string;
  readonly list: SeedPrices;
  readonly cost: SeedPrices;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly maxPerImage?: number;
  readonly hidesOutput?: boolean;
  readonly mockId: string;
}

/** Of them, the one that answers to holders of quota from an IMO only. */
export const scarceModelId = 'gpt-5';

const seeds: readonly Seed[] = [
  {
    id: 'gpt-4o',
    list: ['2.5', '1.25', '10'],
    cost: ['1.5', '0.75', '6'],
    maxInput: 128_000,
    maxOutput: 16_384,
    maxPerImage: 1_500,
    mockId: 'mock-large',
  },
  {
    id: 'gpt-4o-mini',
    list: ['0.15', '0.075', '0.6'],
    cost: ['0.09', '0.045', '0.36'],
    maxInput: 128_000,
    maxOutput: 16_384,
    maxPerImage: 50_000,
    mockId: 'mock-mini',
  },
  {
    id: 'gpt-4.1',
    list: ['2', '0.5', '8'],
    cost: ['1.2', '0.3', '4.8'],
    maxInput: 1_047_576,
    maxOutput: 32_768,
    maxPerImage: 1_500,
    mockId: 'mock-large',
  },
  {
    id: 'gpt-4.1-mini',
    list: ['0.4', '0.1', '1.6'],
    cost: ['0.24', '0.06', '0.96'],
    maxInput: 1_047_576,
    maxOutput: 32_768,
    maxPerImage: 2_500,
    mockId: 'mock-mini',
  },
  {
    id: 'o1',
    list: ['15', '7.5', '60'],
    cost: ['9', '4.5', '36'],
    maxInput: 200_000,
    maxOutput: 100_000,
    hidesOutput: true,
    mockId: 'mock-reasoner',
  },
  {
    id: scarceModelId,
    list: ['1.25', '0.125', '10'],
    cost: ['0.75', '0.075', '6'],
    maxInput: 272_000,
    maxOutput: 128_000,
    hidesOutput: true,
    mockId: 'mock-reasoner',
  },
  {
    id: 'o3-mini',
    list: ['1.1', '0.55', '4.4'],
    cost: ['0.66', '0.33', '2.64'],
    maxInput: 200_000,
    maxOutput: 100_000,
    hidesOutput: true,
    mockId: 'mock-reasoner',
  },
];

/**
 * Those of Anthropic's protocol, by its list of November 2026. Its longest prompts have prices of their own for some
 * models: `maxInput` stays below them.
 */
const claudeSeeds: readonly Seed[] = [
  {
    id: 'claude-sonnet-4-6',
    list: ['3', '0.3', '15', '3.75'],
    cost: ['1.8', '0.18', '9', '2.25'],
    maxInput: 200_000,
    maxOutput: 64_000,
    maxPerImage: 1_600,
    mockId: 'mock-large',
  },
  {
    id: 'claude-haiku-4-5',
    list: ['1', '0.1', '5', '1.25'],
    cost: ['0.6', '0.06', '3', '0.75'],
    maxInput: 200_000,
    maxOutput: 64_000,
    maxPerImage: 1_600,
    mockId: 'mock-mini',
  },
];

function toPrices([input, cachedInput, output, cacheWrite]: SeedPrices): TokenPrices {
  return {
    input: parseAmount(input),
    cachedInput: parseAmount(cachedInput),
    cacheWrite: cacheWrite === undefined ? null : parseAmount(cacheWrite),
    output: parseAmount(output),
  };
}

function toTerms(seed: Seed): PriceTerms {
  return {
    modelId: seed.id,
    access: seed.id === scarceModelId ? 'imo' : 'open',
    list: toPrices(seed.list),
    cost: toPrices(seed.cost),
    maxInput: seed.maxInput,
    maxOutput: seed.maxOutput,
    maxPerImage: seed.maxPerImage ?? null,
    hidesOutput: seed.hidesOutput ?? false,
    tokenizer: 'o200k_base',
    tokenizerFactorBps: 10_000,
  };
}

export const seedModels: readonly PriceTerms[] = seeds.map(toTerms);

/** Their tokenizer is not public: it takes up to twice the tokens of the one that stands in for it. */
export const claudeModels: readonly PriceTerms[] = claudeSeeds.map((seed) => ({
  ...toTerms(seed),
  tokenizer: null,
  tokenizerFactorBps: 20_000,
}));

const toMockOffer = ({ id, mockId }: Seed): Offer => ({
  modelId: id,
  upstreamId: mockId,
  cost: null,
});

/** What the mock upstream answers for each of them. */
export const mockOffers: readonly Offer[] = seeds.map(toMockOffer);
export const claudeMockOffers: readonly Offer[] = claudeSeeds.map(toMockOffer);

/** A real upstream knows them by their names. */
export const namedOffers: readonly Offer[] = seeds.map(({ id }) => ({
  modelId: id,
  upstreamId: id,
  cost: null,
}));
