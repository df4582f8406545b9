// Margin positions (whitepaper 3.3, DESIGN 2.6 and 6): adjust, close, watch; and everybody's liquidations.
import { z } from 'zod';
import { DomainError } from '../../domain/errors';
import { maxClosingSlippageBps, parseFraction, wholeFraction } from '../../domain/margin/closing';
import { closeReasons, positionSides, positionStatuses } from '../../domain/margin/position';
import { assets } from '../../domain/money';
import { changeKinds } from '../../services/margin/position-rows';
import type { Services } from '../context';
import { price } from '../market-steps';
import { route, type Route } from '../route';
import {
  amountAnswer,
  idParams,
  pageOf,
  pageQuery,
  presentPage,
  signedAmount,
  timeAnswer,
} from '../schemas';

export const ratioAnswer = z.string().meta({ description: 'A share of 1.', example: '0.2' });
export const priceAnswer = z
  .string()
  .meta({ description: 'Credits for one LCO.', example: '0.05' });

export const positionAnswer = z
  .object({
    id: z.uuid(),
    side: z.enum(positionSides),
    status: z.enum(positionStatuses).meta({
      description:
        'liquidating: nobody but the liquidation changes it. taken_over: it is the risk reserve’s.',
    }),
    leverage: z.string(),
    quantity: amountAnswer.meta({ description: 'LCO that a long holds, or a short owes.' }),
    credits: amountAnswer.meta({ description: 'Credits that a short holds.' }),
    debtAsset: z.enum(assets),
    debt: amountAnswer.meta({ description: 'With interest until now.' }),
    entryPrice: priceAnswer.meta({ description: 'On average, without the fee.' }),
    mark: priceAnswer.nullable(),
    marginRatio: ratioAnswer.nullable().meta({ description: 'At the mark.' }),
    maintenanceRatio: ratioAnswer.meta({ description: 'Below it, it is liquidated.' }),
    liquidationPrice: priceAnswer.nullable(),
    bankruptcyPrice: priceAnswer
      .nullable()
      .meta({ description: 'Where nothing would be left of it.' }),
    equity: amountAnswer
      .nullable()
      .meta({ description: 'Credits that closing it at the mark would leave, fee included.' }),
    paidIn: amountAnswer.meta({ description: 'Credits that you put in.' }),
    paidOut: amountAnswer.meta({ description: 'Credits that you were paid out.' }),
    profit: amountAnswer
      .nullable()
      .meta({ description: 'What it has won or lost so far: paidOut + equity - paidIn.' }),
    penalties: amountAnswer,
    stopLoss: priceAnswer.nullable(),
    takeProfit: priceAnswer.nullable(),
    triggered: z
      .enum(['stop_loss', 'take_profit'])
      .nullable()
      .meta({ description: 'What was set off, as long as it is not all closed.' }),
    openedAt: timeAnswer,
    updatedAt: timeAnswer,
    closedAt: timeAnswer.nullable(),
    closeReason: z.enum(closeReasons).nullable(),
  })
  .meta({ id: 'Position' });

const changeAnswer = z
  .object({
    number: z.int(),
    kind: z.enum(changeKinds),
    at: timeAnswer,
    mark: priceAnswer.nullable(),
    marginRatio: ratioAnswer.nullable().meta({ description: 'After it.' }),
    orderId: z.uuid().nullable(),
    quantity: amountAnswer.meta({ description: 'LCO that were traded.' }),
    notional: amountAnswer.meta({ description: 'Credits for them.' }),
    fee: amountAnswer,
    penalty: amountAnswer,
    debt: amountAnswer.meta({ description: 'Above 0: borrowed; below 0: repaid.' }),
    paidIn: amountAnswer,
    paidOut: amountAnswer,
  })
  .meta({ id: 'PositionChange' });

const liquidationAnswer = z
  .object({
    positionId: z.uuid(),
    side: z.enum(positionSides),
    kind: z.enum(['liquidated', 'taken_over', 'written_off']),
    at: timeAnswer,
    mark: priceAnswer.nullable(),
    quantity: amountAnswer.meta({ description: 'LCO that an order closed.' }),
    price: priceAnswer.nullable().meta({ description: 'On average.' }),
    notional: amountAnswer,
    penalty: amountAnswer.meta({ description: 'Credits for the risk reserve.' }),
    marginRatio: ratioAnswer.nullable().meta({ description: 'Of what stays of it.' }),
  })
  .meta({ id: 'Liquidation' });

/** A plain decimal, as text or as a number: neither is money. */
export function decimalField<Value>(parse: (text: string) => Value, field: string) {
  const error = 'must be a plain decimal';
  return z.union([z.string(), z.number()], { error }).transform((value, context) => {
    try {
      return parse(String(value));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      context.addIssue({ code: 'custom', message: error.message.replace(`${field}: `, '') });
      return z.NEVER;
    }
  });
}

/** Its refusal is in percent, too: people write it so. */
export function slippageBps(most: number) {
  const error = `must be a whole number from 1 to ${most}: hundredths of a percent, so up to ${most / 100}%`;
  return z.int({ error }).min(1, { error }).max(most, { error });
}

const triggersBody = z.strictObject({
  stopLoss: price.nullish().meta({ description: 'A mark that you lose at; none when left out.' }),
  takeProfit: price.nullish().meta({ description: 'A mark that you win at; none when left out.' }),
});

const closeBody = z
  .strictObject({
    fraction: decimalField(parseFraction, 'fraction')
      .optional()
      .meta({ description: 'Above 0 and at most 1: all of it when left out.', example: '0.5' }),
    maxSlippageBps: slippageBps(maxClosingSlippageBps)
      .optional()
      .meta({ description: "How far from the mark it may fill; the market's band when left out." }),
  })
  .default({});

export const positionReply = z.object({ position: positionAnswer });
const common = { tag: 'Margin' } as const;
const move = { ...common, method: 'post', access: 'trade', idempotency: 'required' } as const;

export function createMarginRoutes({ margin }: Pick<Services, 'margin'>): Route[] {
  return [
    route({
      ...common,
      method: 'get',
      path: '/margin/positions',
      access: 'read',
      summary: "The caller's positions, newest first",
      query: pageQuery.extend({ status: z.enum(['open', 'closed']).optional() }),
      answer: pageOf(positionAnswer),
      async handle({ query: { status, ...page }, caller }) {
        const isOpen = status === undefined ? undefined : status === 'open';
        const found = await margin.list(caller.userId, isOpen, page);
        return { body: presentPage(found, (position) => position) };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/margin/positions/:id',
      access: 'read',
      summary: 'A position as it is now',
      params: idParams,
      answer: positionReply,
      async handle({ params: { id }, caller }) {
        return { body: { position: await margin.get(caller.userId, id) } };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/margin/positions/:id/history',
      access: 'read',
      summary: 'All that happened to a position, newest first',
      params: idParams,
      query: pageQuery,
      answer: pageOf(changeAnswer),
      async handle({ params: { id }, query, caller }) {
        const page = await margin.history(caller.userId, id, query);
        return { body: presentPage(page, (change) => change) };
      },
    }),
    route({
      ...move,
      path: '/margin/positions/:id/collateral',
      summary: 'Add collateral, or take some out',
      description:
        'What is added to a long repays its debt, what is taken out of one is borrowed; a short holds it. Taking out must leave the position as safe as opening it does.',
      params: idParams,
      body: z.strictObject({
        amount: signedAmount
          .refine((units) => units !== 0n, 'must not be 0')
          .meta({ description: 'Credits; below 0: taken out.', example: '10' }),
      }),
      answer: positionReply,
      async handle({ params: { id }, body: { amount }, caller }) {
        const { result, replayed } = await margin.adjust(caller, id, amount);
        return { body: result, replayed };
      },
    }),
    route({
      ...move,
      path: '/margin/positions/:id/close',
      summary: 'Close a position, in part or in full',
      description:
        'At market, within its band and never beyond the bankruptcy price; what cannot be filled stays open.',
      params: idParams,
      body: closeBody,
      answer: positionReply.extend({
        closedQuantity: amountAnswer.meta({ description: 'LCO that were traded to close it.' }),
      }),
      async handle({ params: { id }, body, caller }) {
        const { fraction = wholeFraction, maxSlippageBps = null } = body;
        const terms = { fraction, maxSlippageBps };
        const { result, replayed } = await margin.close(caller, id, terms);
        return { body: result, replayed };
      },
    }),
    route({
      ...common,
      method: 'put',
      path: '/margin/positions/:id/triggers',
      access: 'trade',
      summary: 'Set the stop-loss and take-profit of a position',
      description: 'Both at once; all of it is closed at market when the mark reaches one.',
      params: idParams,
      body: triggersBody,
      answer: positionReply,
      async handle({ params: { id }, body, caller }) {
        const triggers = {
          stopLossTicks: body.stopLoss ?? null,
          takeProfitTicks: body.takeProfit ?? null,
        };
        return { body: { position: await margin.setTriggers(caller, id, triggers) } };
      },
    }),
    route({
      ...common,
      method: 'get',
      path: '/margin/liquidations',
      access: 'public',
      summary: 'Liquidations of everybody, newest first',
      query: pageQuery,
      answer: pageOf(liquidationAnswer),
      async handle({ query }) {
        return { body: presentPage(await margin.liquidations(query), (one) => one) };
      },
    }),
  ];
}
