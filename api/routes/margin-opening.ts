// Opening a margin position (DESIGN 2.6 and 6): what may be opened, what it would be, and the opening itself.
import { z } from 'zod';
import { defaultSlippageBps, maxSlippageBps, parseLeverage } from '../../domain/margin/opening';
import { positionSides } from '../../domain/margin/position';
import { assets } from '../../domain/money';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { amountAnswer, positiveAmount } from '../schemas';
import { decimalField, positionReply, priceAnswer, ratioAnswer, slippageBps } from './margin';

const openBody = z.strictObject({
  side: z.enum(positionSides),
  collateral: positiveAmount.meta({ description: 'Credits.', example: '100' }),
  leverage: decimalField(parseLeverage, 'leverage').meta({
    description: 'Above 1 and at most 5, with two decimals at most.',
    example: '5',
  }),
  maxSlippageBps: slippageBps(maxSlippageBps)
    .default(defaultSlippageBps)
    .meta({ description: 'How far from the mark it may fill, in hundredths of a percent.' }),
});

const termsAnswer = z
  .object({
    minLeverage: z.string(),
    maxLeverage: z.string(),
    minCollateral: amountAnswer.meta({ description: 'Credits.' }),
    defaultSlippageBps: z.int(),
    maxSlippageBps: z.int(),
    maxOpenPositions: z.int().meta({ description: 'Of one user.' }),
    takerFeeBps: z.int().meta({ description: 'Of opening and of closing.' }),
    maintenanceRatio: ratioAnswer.meta({ description: 'Below it, a position is liquidated.' }),
    safeRatio: ratioAnswer.meta({ description: 'Where its liquidation stops.' }),
    takeoverRatio: ratioAnswer.meta({
      description: 'Below it, the risk reserve takes over what nobody trades.',
    }),
  })
  .meta({ id: 'MarginTerms' });

const quoteAnswer = z
  .object({
    side: z.enum(positionSides),
    leverage: z.string(),
    exposure: amountAnswer.meta({ description: 'Credits: collateral x leverage.' }),
    notional: amountAnswer.meta({ description: 'Credits that would be traded.' }),
    fee: amountAnswer.meta({ description: 'Credits for that.' }),
    quantity: amountAnswer.meta({ description: 'LCO that a long would hold, or a short owe.' }),
    credits: amountAnswer.meta({ description: 'Credits that a short would hold.' }),
    debtAsset: z.enum(assets),
    debt: amountAnswer.meta({ description: 'What it would owe.' }),
    borrowRate: z
      .string()
      .meta({ description: 'A share of 1 a year, once this is lent.', example: '0.12' }),
    entryPrice: priceAnswer.meta({ description: 'On average, without the fee.' }),
    mark: priceAnswer.nullable(),
    marginRatio: ratioAnswer.nullable().meta({ description: 'At the mark.' }),
    maintenanceRatio: ratioAnswer.meta({ description: 'Below it, it would be liquidated.' }),
    liquidationPrice: priceAnswer.nullable(),
    bankruptcyPrice: priceAnswer.nullable(),
    equity: amountAnswer
      .nullable()
      .meta({ description: 'Credits that closing it at the mark would leave, fee included.' }),
  })
  .meta({ id: 'PositionQuote' });

const common = { tag: 'Margin' } as const;

export function createMarginOpeningRoutes({ margin }: Pick<Services, 'margin'>): Route[] {
  return [
    route({
      ...common,
      method: 'get',
      path: '/margin/info',
      access: 'public',
      summary: 'What may be opened, and the ratios that a new position would keep',
      answer: termsAnswer,
      handle: async () => ({ body: await margin.openingTerms() }),
    }),
    route({
      ...common,
      method: 'post',
      path: '/margin/positions/quote',
      access: 'read',
      summary: 'What opening a position would give now',
      description:
        'The same body, figures and refusals as opening on the same book, mark and pools; nothing is done.',
      body: openBody,
      answer: z.object({ quote: quoteAnswer }),
      handle: async ({ body, caller }) => ({ body: { quote: await margin.quote(caller, body) } }),
    }),
    route({
      ...common,
      method: 'post',
      access: 'trade',
      idempotency: 'required',
      path: '/margin/positions',
      summary: 'Open a position',
      description:
        'Collateral, loan, order and position in one commit: it fills wholly within the slippage, or nothing happens.',
      body: openBody,
      answer: positionReply,
      status: 201,
      async handle({ body, caller }) {
        const { result, replayed } = await margin.open(caller, body);
        return { body: result, replayed };
      },
    }),
  ];
}
