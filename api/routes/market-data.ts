// Public market data (DESIGN 2.4 and 6). What is live comes by WebSocket: docs/formats/stream.md.
import { z } from 'zod';
import { intervals } from '../../domain/exchange/candle';
import { orderTypes, selfTradePreventions, timesInForce } from '../../domain/exchange/order';
import type { Services } from '../context';
import { route, type Route } from '../route';
import { amountAnswer, pageOf, pageQuery, time, timeAnswer, wholeNumber } from '../schemas';

const maxDepth = 500;
const maxKlines = 1_000;

const bps = z.int().meta({ description: 'Hundredths of a percent.' });

const infoAnswer = z
  .object({
    symbol: z.string(),
    base: z.string(),
    quote: z.string(),
    tickSize: amountAnswer,
    lotSize: amountAnswer,
    minNotional: amountAnswer,
    maxPrice: amountAnswer,
    maxQuantity: amountAnswer,
    maxOpenOrders: z.int(),
    maxFillsPerOrder: z.int(),
    makerFeeBps: bps,
    takerFeeBps: bps,
    marketBandBps: bps.meta({ description: 'How far from the mark a market order may fill.' }),
    orderTypes: z.array(z.enum(orderTypes)),
    timesInForce: z.array(z.enum(timesInForce)),
    selfTradePreventions: z.array(z.enum(selfTradePreventions)),
    klineIntervals: z.array(z.enum(intervals)),
    status: z.enum(['trading', 'warming_up']).meta({
      description: 'While the mark warms up there are limit orders only.',
    }),
    warmUpLeftMs: z.int(),
  })
  .meta({ id: 'Market' });

const level = z.tuple([amountAnswer, amountAnswer]).meta({ description: '[price, quantity]' });
const bookAnswer = z
  .object({
    sequence: z.int().meta({ description: "Where the stream's differences continue." }),
    at: timeAnswer,
    bids: z.array(level).meta({ description: 'Highest price first.' }),
    asks: z.array(level).meta({ description: 'Lowest price first.' }),
  })
  .meta({ id: 'Book' });

const source = z.enum(['order', 'buyback', 'liquidation']);
const tradeAnswer = z
  .object({
    id: z.string(),
    price: amountAnswer,
    quantity: amountAnswer,
    notional: amountAnswer,
    side: z.enum(['buy', 'sell']).meta({ description: 'Of the order that came in.' }),
    source,
    at: timeAnswer,
  })
  .meta({ id: 'Trade' });

const klineAnswer = z
  .object({
    openTime: timeAnswer,
    open: amountAnswer,
    high: amountAnswer,
    low: amountAnswer,
    close: amountAnswer,
    volume: amountAnswer.meta({ description: 'LCO.' }),
    quoteVolume: amountAnswer.meta({ description: 'Credits.' }),
    trades: z.int(),
  })
  .meta({ id: 'Kline' });

const price = amountAnswer.nullable();
const tickerAnswer = z
  .object({
    symbol: z.string(),
    at: timeAnswer,
    last: price,
    open: price.meta({ description: 'The first price in the 24 hours, to the minute.' }),
    high: price,
    low: price,
    volume: amountAnswer,
    quoteVolume: amountAnswer,
    trades: z.int(),
    priceChange: price,
    priceChangePercent: z.string().nullable(),
    bestBid: price,
    bestAsk: price,
  })
  .meta({ id: 'Ticker' });

const decimal = z.string().meta({ description: 'A decimal string with at most 12 decimals.' });
const markAnswer = z
  .object({
    mark: decimal.nullable().meta({ description: 'null until the market has warmed up.' }),
    at: timeAnswer.nullable(),
    isFresh: z.boolean().meta({ description: 'Whether positions may be opened by it.' }),
    isTwoSided: z.boolean(),
    bid: decimal.nullable().meta({ description: 'Average price of filling the impact notional.' }),
    ask: decimal.nullable(),
    twap24h: decimal.nullable(),
    warmUpLeftMs: z.int(),
  })
  .meta({ id: 'Mark' });

const tradeId = z
  .string()
  .regex(/^\d{1,18}$/, 'must be the id of a trade')
  .transform(BigInt);

const common = { access: 'public', tag: 'Market data', method: 'get' } as const;

type Deps = Pick<Services, 'marketData' | 'marks'>;

function createInfoRoute({ marketData, marks }: Deps): Route {
  return route({
    ...common,
    path: '/exchange/info',
    summary: 'The market, its rules and fees',
    answer: infoAnswer,
    async handle() {
      const [rules, { mark, warmUpLeftMs }] = await Promise.all([
        marketData.rules(),
        marks.current(),
      ]);
      return {
        body: {
          ...rules,
          orderTypes: [...orderTypes],
          timesInForce: [...timesInForce],
          selfTradePreventions: [...selfTradePreventions],
          klineIntervals: [...intervals],
          status: mark === null ? ('warming_up' as const) : ('trading' as const),
          warmUpLeftMs,
        },
      };
    },
  });
}

export function createMarketDataRoutes(services: Deps): Route[] {
  const { marketData, marks } = services;
  return [
    createInfoRoute(services),
    route({
      ...common,
      path: '/exchange/book',
      summary: 'The order book by price level',
      query: z.object({ depth: wholeNumber(z.int().min(1).max(maxDepth)).default(100) }),
      answer: bookAnswer,
      handle: async ({ query }) => ({ body: await marketData.book(query.depth) }),
    }),
    route({
      ...common,
      path: '/exchange/trades',
      summary: 'Trades, newest first',
      query: pageQuery.extend({
        before: tradeId.optional().meta({ description: 'Only trades with a smaller id.' }),
        source: source.optional(),
      }),
      answer: pageOf(tradeAnswer),
      async handle({ query: { before, source, ...page } }) {
        const { items, nextCursor } = await marketData.trades(page, { before, source });
        return { body: { items: [...items], nextCursor } };
      },
    }),
    route({
      ...common,
      path: '/exchange/klines',
      summary: 'Klines, oldest first',
      description:
        'Of a range with a start the first ones, else the last ones. Intervals without a trade are flat; there are none before the first trade. Weeks begin on Monday (UTC). The last kline is the running one.',
      query: z.object({
        interval: z.enum(intervals),
        startTime: time.optional(),
        endTime: time.optional(),
        limit: wholeNumber(z.int().min(1).max(maxKlines)).default(500),
      }),
      answer: z.object({ items: z.array(klineAnswer) }),
      handle: async ({ query }) => ({ body: { items: await marketData.klines.list(query) } }),
    }),
    route({
      ...common,
      path: '/exchange/ticker',
      summary: 'The last 24 hours, to the minute',
      answer: tickerAnswer,
      handle: async () => ({ body: await marketData.ticker() }),
    }),
    route({
      ...common,
      path: '/exchange/mark',
      summary: 'The mark price',
      description: 'What price bands and stops go by.',
      answer: markAnswer,
      handle: async () => ({ body: await marks.current() }),
    }),
  ];
}
