// A model with its price in force, as it is told (DESIGN 6): amounts as decimal strings, times in ISO 8601.
import { isoTime, optionalIsoTime } from '../../domain/time';
import type { Model, ModelAccess } from './models';
import {
  costPricesOf,
  listPricesOf,
  presentPrices,
  type PricesText,
  type PriceVersion,
} from './price-versions';

/** As anybody is told. */
interface PricedModel {
  readonly id: string;
  readonly access: ModelAccess;
  readonly unit: 'tokens';
  readonly priceVersion: string;
  /** Per million tokens; what a caller pays is this times the multiplier of their level. */
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
  return {
    id: model.id,
    access: model.access as ModelAccess,
    unit: 'tokens',
    priceVersion: version.id,
    list: presentPrices(listPricesOf(version)),
    cost: presentPrices(costPricesOf(version)),
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
