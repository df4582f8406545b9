// What an order would do (DESIGN 2.4 and 6), before it is placed.
import { z } from 'zod';
import { orderStatuses } from '../../domain/exchange/order';
import { assets } from '../../domain/money';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { amountAnswer, timeAnswer } from '../schemas';
import { previewBody, termsOf } from './order-body';

const share = z
  .string()
  .meta({ description: 'A share as a decimal string: 0.01 is 1%; above 0 to your disadvantage.' });

const previewAnswer = z
  .object({
    at: timeAnswer.meta({ description: 'Journal time of the market that it was tried on.' }),
    status: z
      .enum(orderStatuses)
      .meta({ description: 'What the order would be after it came in.' }),
    reason: z.string().nullable().meta({ description: 'Why it would end before it was filled.' }),
    filledQuantity: amountAnswer.meta({ description: 'LCO that trade at once.' }),
    filledNotional: amountAnswer.meta({ description: 'Credits, without the fee.' }),
    averagePrice: amountAnswer.nullable(),
    worstPrice: amountAnswer.nullable(),
    fee: amountAnswer.meta({ description: 'Of what trades at once, at the taker rate.' }),
    restingQuantity: amountAnswer.meta({ description: 'LCO that would stay in the book.' }),
    restingFee: amountAnswer.meta({
      description: 'The fee of these, at the maker rate, if all of them trade.',
    }),
    expiredQuantity: amountAnswer
      .nullable()
      .meta({ description: 'LCO that would neither trade nor stay; null with quoteQuantity.' }),
    unspent: amountAnswer
      .nullable()
      .meta({ description: 'Credits of quoteQuantity that would not be spent.' }),
    held: amountAnswer.meta({ description: 'What the open order would hold.' }),
    expiredOrders: z
      .array(z.uuid())
      .meta({ description: 'Orders of yours that self-trade prevention would end.' }),
    asset: z.enum(assets).meta({ description: 'What the order gives.' }),
    needed: amountAnswer.meta({ description: 'What must be available of it.' }),
    available: amountAnswer,
    isCovered: z
      .boolean()
      .meta({ description: 'false: the order would be refused with INSUFFICIENT_FUNDS.' }),
    bestPrice: amountAnswer.nullable().meta({ description: 'Of the side that it trades with.' }),
    mark: z.string().nullable(),
    slippage: share.nullable().meta({ description: 'The average price against the best one.' }),
    slippageToMark: share.nullable().meta({ description: 'The average price against the mark.' }),
    triggersOn: z
      .enum(['rise', 'fall'])
      .nullable()
      .meta({ description: 'Where the mark must go to set off a stop.' }),
  })
  .meta({ id: 'OrderPreview' });

export function createOrderPreviewRoute({ orderPreviews }: Pick<Services, 'orderPreviews'>): Route {
  return route({
    method: 'post',
    path: '/exchange/orders/preview',
    access: 'read',
    tag: 'Exchange',
    summary: 'What an order would do',
    description:
      'Tries an order on the market of this moment and changes nothing. What an order is refused with is refused here; that funds are short is told by `isCovered`. Until the order is placed the market may move.',
    body: previewBody,
    answer: previewAnswer,
    async handle({ body, caller }) {
      const { expiredOrders, ...preview } = await orderPreviews.preview(
        caller.userId,
        termsOf(body),
      );
      return { body: { ...preview, expiredOrders: [...expiredOrders] } };
    },
  });
}
