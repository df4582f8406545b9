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

const unitPrice = nonNegativeAmount
  .refine((units) => units <= maxUnitPrice, `must be at most ${formatAmount(maxUnitPrice)}`)
  .meta({ description: 'Credits an image, a second or a character, and nothing else.' });

const kinds = ['input', 'cachedInput', 'output'] as const;

/** Prices in a request, of tokens or of another unit: which, the unit of the model says. */
export const pricesBody = z
  .strictObject({
    input: price.optional(),
    cachedInput: price.optional(),
    cacheWrite: price
      .nullish()
      .meta({ description: 'Absent: tokens written to a cache are billed as input.' }),
    output: price.optional(),
    perUnit: unitPrice.optional(),
  })
  .transform(({ perUnit, cacheWrite = null, ...tokens }, context): Prices => {
    const { input, cachedInput, output } = tokens;
    if (perUnit === undefined) {
      if (input !== undefined && cachedInput !== undefined && output !== undefined) {
        return { input, cachedInput, cacheWrite, output, isPerUnit: false };
      }
      for (const kind of kinds) {
        if (tokens[kind] !== undefined) continue;
        context.addIssue({ code: 'custom', path: [kind], message: 'is required' });
      }
    } else if (cacheWrite === null && kinds.every((kind) => tokens[kind] === undefined)) {
      return { ...unitPrices(perUnit), isPerUnit: true };
    } else {
      const message = 'is either the only price, or none';
      context.addIssue({ code: 'custom', path: ['perUnit'], message });
    }
    return z.NEVER;
  });
export type Prices = TokenPrices & { readonly isPerUnit: boolean };

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

/** Prices in an answer. */
export const pricesAnswer = z.union([
  tokenPricesAnswer,
  z
    .object({ perUnit: amountAnswer })
    .meta({ id: 'UnitPrice', description: 'Credits an image, a second or a character.' }),
]);
