// Orders on the exchange and the fills they got (DESIGN 2.4 and 6).
import { z } from 'zod';
import {
  orderStatuses,
  orderTypes,
  selfTradePreventions,
  timesInForce,
} from '../../domain/exchange/order';
import type { PlacedOrder } from '../../services/exchange/orders/orders';
import type { Services } from '../context';
import { price, quantity } from '../market-steps';
import { route, type Route } from '../route';
import { amountAnswer, id, idParams, pageOf, pageQuery, presentPage, timeAnswer } from '../schemas';
import { clientOrderId, orderBody, side, termsOf } from './order-body';
import { createOrderPreviewRoute } from './order-preview';

export const orderAnswer = z
  .object({
    id: z.uuid(),
    clientOrderId: z.string(),
    side,
    type: z.enum(orderTypes),
    timeInForce: z.enum(timesInForce),
    postOnly: z.boolean(),
    stp: z.enum(selfTradePreventions),
    price: amountAnswer.nullable(),
    quantity: amountAnswer.nullable(),
    quoteQuantity: amountAnswer.nullable(),
    triggerPrice: amountAnswer.nullable(),
    triggeredAt: timeAnswer.nullable(),
    status: z.enum(orderStatuses),
    reason: z.string().nullable().meta({ description: 'Why it ended before it was filled.' }),
    filledQuantity: amountAnswer,
    filledNotional: amountAnswer,
    averagePrice: amountAnswer.nullable(),
    fee: amountAnswer,
    held: amountAnswer.meta({ description: 'Credits that a buy holds, LCO that a sale holds.' }),
    replaces: z.uuid().nullable(),
    acceptedAt: timeAnswer,
    updatedAt: timeAnswer,
    closedAt: timeAnswer.nullable(),
  })
  .meta({ id: 'Order' });

const fillAnswer = z
  .object({
    tradeId: z.string(),
    orderId: z.uuid(),
    side,
    role: z.enum(['maker', 'taker']),
    price: amountAnswer,
    quantity: amountAnswer,
    notional: amountAnswer,
    fee: amountAnswer,
    at: timeAnswer,
  })
  .meta({ id: 'Fill' });

const placedAnswer = z.object({ order: orderAnswer, fills: z.array(fillAnswer) });

function present({ order, fills, replayed }: PlacedOrder) {
  return { body: { order, fills: [...fills] }, replayed };
}

const tag = 'Exchange';

export function createOrderRoutes(services: Pick<Services, 'orders' | 'orderPreviews'>): Route[] {
  const { orders } = services;
  return [
    route({
      method: 'post',
      path: '/exchange/orders',
      access: 'trade',
      tag,
      summary: 'Place an order',
      description:
        'Answers with the order after matching and the fills it got. An order that could not be filled at once, and may not rest, has the status `expired` and a reason.',
      body: orderBody,
      answer: placedAnswer,
      status: 201,
      handle: async ({ body, caller }) =>
        present(await orders.place(caller, body.clientOrderId, termsOf(body))),
    }),
    createOrderPreviewRoute(services),
    route({
      method: 'get',
      path: '/exchange/orders',
      access: 'read',
      tag,
      summary: 'Your orders, newest first',
      query: pageQuery.extend({
        status: z.enum(['open', 'closed']).optional(),
      }),
      answer: pageOf(orderAnswer),
      async handle({ query: { status, ...page }, caller }) {
        const isOpen = status === undefined ? undefined : status === 'open';
        return {
          body: presentPage(await orders.list(caller.userId, isOpen, page), (item) => item),
        };
      },
    }),
    route({
      method: 'delete',
      path: '/exchange/orders',
      access: 'trade',
      tag,
      summary: 'Cancel all your open orders',
      answer: z.object({ cancelled: z.array(orderAnswer) }),
      handle: async ({ caller }) => ({
        body: { cancelled: [...(await orders.cancelAll(caller))] },
      }),
    }),
    route({
      method: 'get',
      path: '/exchange/orders/:id',
      access: 'read',
      tag,
      summary: 'One of your orders',
      params: idParams,
      answer: z.object({ order: orderAnswer }),
      handle: async ({ params, caller }) => ({
        body: { order: await orders.get(caller.userId, params.id) },
      }),
    }),
    route({
      method: 'patch',
      path: '/exchange/orders/:id',
      access: 'trade',
      tag,
      summary: 'Amend an open order',
      description:
        'A smaller quantity keeps its place in the book; anything else cancels the order and places a new one, with a new id, in its stead. If the new one is refused the old one stays.',
      params: idParams,
      body: z.strictObject({
        clientOrderId,
        price: price.optional(),
        quantity: quantity.optional().meta({ description: 'The new total, filled included.' }),
      }),
      answer: placedAnswer,
      handle: async ({ params, body, caller }) =>
        present(
          await orders.amend(caller, {
            orderId: params.id,
            clientOrderId: body.clientOrderId,
            priceTicks: body.price ?? null,
            quantityLots: body.quantity ?? null,
          }),
        ),
    }),
    route({
      method: 'delete',
      path: '/exchange/orders/:id',
      access: 'trade',
      tag,
      summary: 'Cancel an open order',
      params: idParams,
      answer: z.object({ order: orderAnswer }),
      handle: async ({ params, caller }) => ({
        body: { order: await orders.cancel(caller, params.id) },
      }),
    }),
    route({
      method: 'get',
      path: '/exchange/fills',
      access: 'read',
      tag,
      summary: 'Your fills, newest first',
      query: pageQuery.extend({ orderId: id.optional() }),
      answer: pageOf(fillAnswer),
      async handle({ query: { orderId, ...page }, caller }) {
        const fills = await orders.fills(caller.userId, orderId, page);
        return { body: presentPage(fills, (item) => item) };
      },
    }),
  ];
}
