// Prices in requests and answers: Credits per million tokens of each kind, or Credits a unit for models that are priced by
// image, second or character.
import { z } from 'zod';
import { formatAmount } from '../domain/money';
import { unitPrices, type TokenPrices } from '../domain/pricing';
import { maxTokenPrice, maxUnitPrice } from '../services/catalog/price-versions';
import { amountAnswer, nonNegativeAmount } from './schemas';

const price = nonNegativeAmount
  .refine((units) => units <= maxTokenPrice, `must be at most ${formatAmount(maxTokenPrice)}`)
  .meta({ description: 'Credits per million tokens, at most 8 decimals.', example: '2.5' });

/** Of tokens, in a request. */
const tokenPricesBody = z
  .strictObject({
    input: price,
    cachedInput: price,
    cacheWrite: price
      .nullish()
      .meta({ description: 'Absent: tokens written to a cache are billed as input.' }),
    output: price,
  })
  .transform(({ cacheWrite = null, ...prices }): TokenPrices => ({ ...prices, cacheWrite }));

const tokenPricesAnswer = z
  .object({
    input: amountAnswer,
    cachedInput: amountAnswer,
    cacheWrite: amountAnswer
      .nullable()
      .meta({ description: 'null: tokens written to a cache are billed as input.' }),
    output: amountAnswer,
  })
  .meta({ id: 'TokenPrices', description: 'Credits per million tokens.' });

const perUnitBody = z
  .strictObject({
    perUnit: nonNegativeAmount
      .refine((units) => units <= maxUnitPrice, `must be at most ${formatAmount(maxUnitPrice)}`)
      .meta({ description: 'Credits an image, a second or a character.', example: '0.04' }),
  })
  .transform(({ perUnit }) => ({ ...unitPrices(perUnit), isPerUnit: true }));

/** Prices in a request: which of the two forms, the unit of the model says. */
export const pricesBody = z.union([tokenPricesBody, perUnitBody]);
export type Prices = z.output<typeof pricesBody>;

/** Whether they are Credits a unit. */
export function isPerUnit(prices: Prices): boolean {
  return 'isPerUnit' in prices;
}

/** Prices in an answer. */
export const pricesAnswer = z.union([
  tokenPricesAnswer,
  z
    .object({ perUnit: amountAnswer })
    .meta({ id: 'UnitPrice', description: 'Credits an image, a second or a character.' }),
]);
