// Orders on the exchange and the fills they got (DESIGN 2.4 and 6).
import { z } from 'zod';
import {
  defaultTimeInForce,
  faultsOf,
  orderStatuses,
  orderTypes,
  selfTradePreventions,
  timesInForce,
  type OrderTerms,
} from '../../domain/exchange/order';
import type { PlacedOrder } from '../../services/exchange/orders/orders';
import type { Services } from '../context';
import { price, quantity } from '../market-steps';
import { route, type Route } from '../route';
import {
  amountAnswer,
  id,
  idParams,
  pageOf,
  pageQuery,
  positiveAmount,
  presentPage,
  timeAnswer,
} from '../schemas';

const clientOrderId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/, '1 to 64 letters, digits, "_", ".", ":" or "-"')
  .meta({ description: 'Yours, unique for ever: a repeat answers with the first order.' });

const side = z.enum(['buy', 'sell']);
const orderBody = z
  .strictObject({
    clientOrderId,
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
  })
  .superRefine((body, context) => {
    for (const { field, message } of faultsOf(termsOf(body))) {
      context.addIssue({ code: 'custom', path: [field], message });
    }
  });

interface ReadBody extends Pick<OrderTerms, 'side' | 'type' | 'postOnly' | 'stp'> {
  readonly timeInForce?: OrderTerms['timeInForce'] | undefined;
  readonly price?: number | undefined;
  readonly quantity?: number | undefined;
  readonly quoteQuantity?: bigint | undefined;
  readonly triggerPrice?: number | undefined;
}

function termsOf(body: ReadBody): OrderTerms {
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

export function createOrderRoutes({ orders }: Pick<Services, 'orders'>): Route[] {
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
