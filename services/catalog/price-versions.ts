// Price versions (DESIGN 2.2): list prices and upstream cost of a model, born once and never changed, so that a
// receipt's version tells for ever what its call was charged by.
import { DomainError } from '../../domain/errors';
import { formatAmount, unit } from '../../domain/money';
import type { Variants } from '../../domain/price-variants';
import { perUnitOf, type PriceUnit, type TokenPrices } from '../../domain/pricing';
import { defineTable, type RowOf } from '../../ledger/table';

export const priceVersions = defineTable({
  name: 'price_versions',
  key: 'id',
  writes: 'insert',
  columns: {
    /** `priceVersionId(modelId, version)` */
    id: 'text',
    modelId: 'text',
    version: 'int',
    /** A `PriceUnit`. */
    unit: 'text',
    // base units of CREDIT per million tokens, or units as output
    listInput: 'bigint',
    listCachedInput: 'bigint',
    listCacheWrite: 'bigint?',
    listOutput: 'bigint',
    costInput: 'bigint',
    costCachedInput: 'bigint',
    costCacheWrite: 'bigint?',
    costOutput: 'bigint',
    // tokens
    maxInput: 'int',
    maxOutput: 'int',
    maxPerImage: 'int?',
    /** `Variants` of images and seconds; null: all take one unit. */
    variants: 'json?',
    /** Reasoning is billed but not delivered. */
    hidesOutput: 'boolean',
    tokenizer: 'text?',
    /** What counted tokens are multiplied by to be an upper bound; 10,000 = 1. */
    tokenizerFactorBps: 'int',
    createdAt: 'timestamptz',
    /** null: the set-up itself */
    createdBy: 'uuid?',
    reason: 'text?',
  },
});
export type PriceVersion = RowOf<typeof priceVersions>;

/** For reads that join `price_versions v`. */
export const priceVersionColumns = {
  id: 'v.id',
  modelId: 'v.model_id',
  version: 'v.version',
  unit: 'v.unit',
  listInput: 'v.list_input',
  listCachedInput: 'v.list_cached_input',
  listCacheWrite: 'v.list_cache_write',
  listOutput: 'v.list_output',
  costInput: 'v.cost_input',
  costCachedInput: 'v.cost_cached_input',
  costCacheWrite: 'v.cost_cache_write',
  costOutput: 'v.cost_output',
  maxInput: 'v.max_input',
  maxOutput: 'v.max_output',
  maxPerImage: 'v.max_per_image',
  variants: 'v.variants',
  hidesOutput: 'v.hides_output',
  tokenizer: 'v.tokenizer',
  tokenizerFactorBps: 'v.tokenizer_factor_bps',
  createdAt: 'v.created_at',
  createdBy: 'v.created_by',
  reason: 'v.reason',
} satisfies Record<keyof PriceVersion, string>;

export function priceVersionId(modelId: string, version: number): string {
  return `${modelId}@${version}`;
}

/** A version's prices, apart from all that else is said of it. */
export type VersionPrices = Pick<
  PriceVersion,
  | 'unit'
  | 'listInput'
  | 'listCachedInput'
  | 'listCacheWrite'
  | 'listOutput'
  | 'costInput'
  | 'costCachedInput'
  | 'costCacheWrite'
  | 'costOutput'
>;

/** What callers pay by. */
export function listPricesOf(version: Omit<VersionPrices, 'unit'>): TokenPrices {
  return {
    input: version.listInput,
    cachedInput: version.listCachedInput,
    cacheWrite: version.listCacheWrite,
    output: version.listOutput,
  };
}

/** What the upstream costs, and Whales pay. */
export function costPricesOf(version: Omit<VersionPrices, 'unit'>): TokenPrices {
  return {
    input: version.costInput,
    cachedInput: version.costCachedInput,
    cacheWrite: version.costCacheWrite,
    output: version.costOutput,
  };
}

/**
 * The highest price per million tokens, 100,000 Credits: the charge of the largest call that limits of 10^8 tokens
 * allow stays far within a bigint column.
 */
export const maxTokenPrice = 100_000n * unit;
export const maxTokenLimit = 100_000_000;

/** The highest price of an image, a second or a character. */
export const maxUnitPrice = 1_000n * unit;

/** Decimal strings of Credits per million tokens. */
interface TokenPricesText {
  readonly input: string;
  readonly cachedInput: string;
  /** null: tokens written to a cache are billed as input. */
  readonly cacheWrite: string | null;
  readonly output: string;
}

/** Prices as they are told; those of other units as Credits a unit. */
export type PricesText = TokenPricesText | { readonly perUnit: string };

export function presentPrices(prices: TokenPrices, priceUnit: PriceUnit): PricesText {
  if (priceUnit !== 'tokens') return { perUnit: formatAmount(perUnitOf(prices)) };
  const { input, cachedInput, cacheWrite, output } = prices;
  return {
    input: formatAmount(input),
    cachedInput: formatAmount(cachedInput),
    cacheWrite: cacheWrite === null ? null : formatAmount(cacheWrite),
    output: formatAmount(output),
  };
}

export function unitOf({ unit: name }: Pick<PriceVersion, 'unit'>): PriceUnit {
  return name as PriceUnit;
}

export function variantsOf({ variants }: Pick<PriceVersion, 'variants'>): Variants | null {
  return variants as Variants | null;
}

/** @throws DomainError INVALID_REQUEST for a model that is priced by another unit than its endpoint's. */
export function requireUnit(version: PriceVersion, unit: PriceUnit): void {
  if (version.unit === unit) return;
  throw new DomainError(
    'INVALID_REQUEST',
    `The model ${version.modelId} is priced by ${version.unit}: this endpoint does not serve it.`,
    { param: 'model' },
  );
}
