// A model with its price in force, as it is told (DESIGN 6): amounts as decimal strings, times in ISO 8601.
import type { Variants } from '../../domain/price-variants';
import type { PriceUnit } from '../../domain/pricing';
import { isoTime, optionalIsoTime } from '../../domain/time';
import type { Model, ModelAccess } from './models';
import {
  costPricesOf,
  listPricesOf,
  presentPrices,
  unitOf,
  variantsOf,
  type PricesText,
  type PriceVersion,
} from './price-versions';

/** As anybody is told. */
interface PricedModel {
  readonly id: string;
  readonly access: ModelAccess;
  readonly unit: PriceUnit;
  readonly priceVersion: string;
  /** What can be asked for, and how many units it takes; null: everything takes one. */
  readonly variants: Variants | null;
  /** Per million tokens, or a unit; what a caller pays is this times the multiplier of their level. */
  readonly list: PricesText;
  /** What Whales pay. */
  readonly cost: PricesText;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly hidesOutput: boolean;
  /** Whether an enabled channel serves it. */
  readonly available: boolean;
}

/** As operators are told. */
export interface OperatedModel extends PricedModel {
  readonly maxPerImage: number | null;
  readonly tokenizer: string | null;
  readonly tokenizerFactorBps: number;
  readonly flaggedAt: string | null;
  readonly flaggedReason: string | null;
  readonly enabledChannels: number;
  readonly pricedAt: string;
  readonly pricedBy: string | null;
  readonly reason: string | null;
}

export function presentModel(
  model: Model,
  version: PriceVersion,
  enabledChannels: number,
): OperatedModel {
  const priceUnit = unitOf(version);
  return {
    id: model.id,
    access: model.access as ModelAccess,
    unit: priceUnit,
    variants: variantsOf(version),
    priceVersion: version.id,
    list: presentPrices(listPricesOf(version), priceUnit),
    cost: presentPrices(costPricesOf(version), priceUnit),
    maxInput: version.maxInput,
    maxOutput: version.maxOutput,
    hidesOutput: version.hidesOutput,
    available: enabledChannels > 0,
    maxPerImage: version.maxPerImage,
    tokenizer: version.tokenizer,
    tokenizerFactorBps: version.tokenizerFactorBps,
    flaggedAt: optionalIsoTime(model.flaggedAt),
    flaggedReason: model.flaggedReason,
    enabledChannels,
    pricedAt: isoTime(version.createdAt),
    pricedBy: version.createdBy,
    reason: version.reason,
  };
}
