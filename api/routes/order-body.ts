// What an order is asked for with (DESIGN 6), whether it is placed or only tried.
import { z } from 'zod';
import {
  defaultTimeInForce,
  faultsOf,
  orderTypes,
  selfTradePreventions,
  timesInForce,
  type OrderTerms,
} from '../../domain/exchange/order';
import { price, quantity } from '../market-steps';
import { positiveAmount } from '../schemas';

export const clientOrderId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/, '1 to 64 letters, digits, "_", ".", ":" or "-"')
  .meta({ description: 'Yours, unique for ever: a repeat answers with the first order.' });

export const side = z.enum(['buy', 'sell']);
const terms = {
  side,
  type: z.enum(orderTypes),
  timeInForce: z
    .enum(timesInForce)
    .optional()
    .meta({ description: 'GTC with a price, IOC without, unless named.' }),
  price: price.optional(),
  quantity: quantity.optional(),
  quoteQuantity: positiveAmount
    .optional()
    .meta({ description: 'Credits to spend, fee included; for market buys.', example: '5' }),
  postOnly: z.boolean().default(false),
  triggerPrice: price
    .optional()
    .meta({ description: 'The mark price that sets off a stop_loss or take_profit.' }),
  stp: z
    .enum(selfTradePreventions)
    .default('expire_taker')
    .meta({ description: 'What expires when it would trade with an order of your own.' }),
};

interface ReadBody extends Pick<OrderTerms, 'side' | 'type' | 'postOnly' | 'stp'> {
  readonly timeInForce?: OrderTerms['timeInForce'] | undefined;
  readonly price?: number | undefined;
  readonly quantity?: number | undefined;
  readonly quoteQuantity?: bigint | undefined;
  readonly triggerPrice?: number | undefined;
}

export function termsOf(body: ReadBody): OrderTerms {
  const { side, type, postOnly, stp } = body;
  const priceTicks = body.price ?? null;
  return {
    side,
    type,
    postOnly,
    stp,
    priceTicks,
    timeInForce: body.timeInForce ?? defaultTimeInForce({ type, priceTicks }),
    quantityLots: body.quantity ?? null,
    quoteQuantity: body.quoteQuantity ?? null,
    triggerTicks: body.triggerPrice ?? null,
  };
}

function refuseFaults(body: ReadBody, context: z.RefinementCtx): void {
  for (const { field, message } of faultsOf(termsOf(body))) {
    context.addIssue({ code: 'custom', path: [field], message });
  }
}

export const orderBody = z.strictObject({ clientOrderId, ...terms }).superRefine(refuseFaults);

/** The same; it needs no name, for nothing is placed. */
export const previewBody = z
  .strictObject({ clientOrderId: clientOrderId.optional(), ...terms })
  .superRefine(refuseFaults);
