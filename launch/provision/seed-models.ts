// The models that a new instance sells: well-known names with the prices of their maker as list prices, bought at 60%
// of them. Operators change all of it by API; behind the mock upstream they are names only.
import { parseAmount } from '../../domain/money';
import type { TokenPrices } from '../../domain/pricing';
import type { Offer } from '../../services/catalog/channel-offers';
import type { PriceTerms } from '../../services/catalog/price-changes';

interface Seed {
  readonly id: string;
  /** Credits per million tokens: input, cached input, output. */
  readonly list: readonly [string, string, string];
  readonly cost: readonly [string, string, string];
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

function toPrices([input, cachedInput, output]: Seed['list']): TokenPrices {
  return {
    input: parseAmount(input),
    cachedInput: parseAmount(cachedInput),
    cacheWrite: null,
    output: parseAmount(output),
  };
}

export const seedModels: readonly PriceTerms[] = seeds.map((seed) => ({
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
}));

/** What the mock upstream answers for each of them. */
export const mockOffers: readonly Offer[] = seeds.map(({ id, mockId }) => ({
  modelId: id,
  upstreamId: mockId,
  cost: null,
}));

/** A real upstream knows them by their names. */
export const namedOffers: readonly Offer[] = seeds.map(({ id }) => ({
  modelId: id,
  upstreamId: id,
  cost: null,
}));
