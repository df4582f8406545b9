// What everybody may read of the market (DESIGN 2.4 and 6): its rules, book, trades, klines and the last 24 hours.
import type { Knex } from 'knex';
import {
  formatPrice,
  formatQuantity,
  lotSize,
  marketSymbol,
  maxFillsPerCommand,
  maxOpenOrders,
  maxPriceTicks,
  maxQuantityLots,
  minNotional,
  notionalOf,
  tickSize,
} from '../../domain/exchange/market';
import { formatAmount } from '../../domain/money';
import { parameterValue } from '../../domain/parameters';
import { isoTime } from '../../domain/time';
import type { TradeSource } from '../exchange/market/order-rows';
import { tradeColumns, type TradeRow } from '../exchange/market/trade-rows';
import { readPage, type Page, type PageRequest } from '../pages';
import { loadParameters } from '../parameters';
import { presentBook, type BookSnapshot } from './book-snapshot';
import { presentTicker, type Ticker } from './day-window';
import { createKlines, type Klines } from './klines';
import type { LiveMarket } from './live-market';
import type { MarketView } from './market-view';

/** A trade as everybody sees it: the side is that of the order that came in. */
export interface PublicTrade {
  readonly id: string;
  readonly price: string;
  readonly quantity: string;
  readonly notional: string;
  readonly side: 'buy' | 'sell';
  readonly source: TradeSource;
  readonly at: string;
}

export function presentTrade(trade: TradeRow): PublicTrade {
  return {
    id: trade.id.toString(),
    price: formatPrice(trade.ticks),
    quantity: formatQuantity(trade.lots),
    notional: formatAmount(notionalOf(trade.ticks, trade.lots)),
    side: trade.takerSide,
    source: trade.source,
    at: isoTime(trade.at),
  };
}

/** The 24 hours that end now: between two batches time goes on, and trades leave the window. */
export function tickerOf({ state, day, at }: MarketView): Ticker {
  return presentTicker(day, {
    symbol: marketSymbol,
    at: Math.max(at, Date.now()),
    lastTicks: state.lastTrade?.ticks ?? null,
    book: state.book,
  });
}

/** What holds of every order; amounts as decimal strings. */
interface MarketRules {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: string;
  readonly lotSize: string;
  readonly minNotional: string;
  readonly maxPrice: string;
  readonly maxQuantity: string;
  readonly maxOpenOrders: number;
  readonly maxFillsPerOrder: number;
  readonly makerFeeBps: number;
  readonly takerFeeBps: number;
  readonly marketBandBps: number;
}

interface TradeFilter {
  /** Only those with a smaller id. */
  readonly before?: bigint | undefined;
  readonly source?: TradeSource | undefined;
}

export interface MarketData {
  readonly klines: Klines;
  rules(): Promise<MarketRules>;
  /** @throws DomainError ENGINE_UNAVAILABLE, as `LiveMarket.current` does */
  book(depth: number): Promise<BookSnapshot>;
  /** @throws DomainError ENGINE_UNAVAILABLE */
  ticker(): Promise<Ticker>;
  /** Newest first. */
  trades(page: PageRequest, filter: TradeFilter): Promise<Page<PublicTrade>>;
}

export function createMarketData({ db, live }: { db: Knex; live: LiveMarket }): MarketData {
  return {
    klines: createKlines(db),

    async rules() {
      const parameters = await loadParameters(db);
      return {
        symbol: marketSymbol,
        base: 'LCO',
        quote: 'CREDIT',
        tickSize: formatAmount(tickSize),
        lotSize: formatAmount(lotSize),
        minNotional: formatAmount(minNotional),
        maxPrice: formatPrice(maxPriceTicks),
        maxQuantity: formatQuantity(maxQuantityLots),
        maxOpenOrders,
        maxFillsPerOrder: maxFillsPerCommand,
        makerFeeBps: parameterValue(parameters, 'exchange.makerFeeBps'),
        takerFeeBps: parameterValue(parameters, 'exchange.takerFeeBps'),
        marketBandBps: parameterValue(parameters, 'exchange.marketBandBps'),
      };
    },

    book: async (depth) => presentBook(await live.current(), depth),

    ticker: async () => tickerOf(await live.current()),

    async trades(page, { before, source }) {
      const query = db({ t: 'trades' }).select(tradeColumns);
      if (source !== undefined) void query.where('t.source', source);
      if (before !== undefined) void query.where('t.id', '<', before.toString());
      const { items, nextCursor } = await readPage<TradeRow>(query, page, [
        { column: 't.id', type: 'bigint', of: ({ id }) => id },
      ]);
      return { items: items.map(presentTrade), nextCursor };
    },
  };
}
