// Price versions (DESIGN 2.2): list prices and upstream cost of a model, born once and never changed, so that a
// receipt's version tells for ever what its call was charged by.
import type { TokenPrices } from '../domain/pricing';
import { defineTable, type RowOf } from '../ledger/table';

export const priceVersions = defineTable({
  name: 'price_versions',
  key: 'id',
  writes: 'insert',
  columns: {
    /** `priceVersionId(modelId, version)` */
    id: 'text',
    modelId: 'text',
    version: 'int',
    unit: 'text',
    // base units of CREDIT per million tokens
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

export function priceVersionId(modelId: string, version: number): string {
  return `${modelId}@${version}`;
}

/** What callers pay by. */
export function listPricesOf(version: PriceVersion): TokenPrices {
  return {
    input: version.listInput,
    cachedInput: version.listCachedInput,
    cacheWrite: version.listCacheWrite,
    output: version.listOutput,
  };
}

/** What the upstream costs, and Whales pay. */
export function costPricesOf(version: PriceVersion): TokenPrices {
  return {
    input: version.costInput,
    cachedInput: version.costCachedInput,
    cacheWrite: version.costCacheWrite,
    output: version.costOutput,
  };
}
