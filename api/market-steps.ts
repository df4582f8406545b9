// Prices and quantities of the market in requests (DESIGN 2.4): decimal strings that are whole ticks and lots.
import { z } from 'zod';
import { lotsOf, ticksOf } from '../domain/exchange/market';
import { DomainError } from '../domain/errors';
import { positiveAmount } from './schemas';

/** Base units -> whole steps of the market; off step is a fault of the field. */
function inSteps(stepsOf: (units: bigint) => number) {
  return positiveAmount.transform((units, context) => {
    try {
      return stepsOf(units);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });
}

/** Credits for one LCO -> ticks. */
export const price = inSteps(ticksOf).meta({
  description: 'Credits for one LCO.',
  example: '0.05',
});
/** LCO -> lots. */
export const quantity = inSteps(lotsOf).meta({ description: 'LCO.', example: '100' });
