// Klines of every interval from trades over weeks: each is what its trades make, flat where there were none.
import type { Knex } from 'knex';
import {
  addToCandle,
  candleStart,
  flatCandle,
  intervalMs,
  intervals,
  type Candle,
  type Interval,
} from '../../domain/exchange/candle';
import { notionalOf } from '../../domain/exchange/market';
import { openDatabase } from '../../ledger/connection';
import { newId } from '../../ledger/ids';
import type { TradeRow } from '../../services/exchange/market/trade-rows';
import { createKlines, presentKline, type Kline } from '../../services/market-data/klines';
import { loadMarketView } from '../../services/market-data/load-market-view';
import { tickerOf } from '../../services/market-data/market-data';
import { Random } from '../simulation/random';
import { createTestDatabase, type TestDatabase } from '../support/engines';

const dayMs = 24 * 60 * 60 * 1000;
const seed = Number(process.env.LX_KLINES_SEED ?? Date.now() % 1_000_000);
const now = Date.now();

let database: TestDatabase;
let db: Knex;
let trades: TradeRow[];
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url, 'lx-test', 2);
  trades = drawTrades(new Random(seed));
  await insert(trades);
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** Bursts and pauses of up to two days in three weeks, the last one within this hour. */
function drawTrades(random: Random): TradeRow[] {
  const times: number[] = [];
  for (let at = now - 21 * dayMs; at < now - 1_000;) {
    times.push(at);
    at += random.chance(0.97) ? random.between(1, 1_200_000) : random.between(1, 2 * dayMs);
  }
  return [...times, now - 1_000].map((at, i) => ({
    id: BigInt(i + 1),
    at,
    ticks: random.between(40_000, 60_000),
    lots: random.between(1, 10_000),
    takerSide: 'buy',
    source: 'order',
    makerOrderId: newId(),
    takerOrderId: newId(),
    makerOwnerId: 'a',
    takerOwnerId: 'b',
    makerFee: 0n,
    takerFee: 0n,
  }));
}

function fold(interval: Interval, of: readonly TradeRow[]): Map<number, Candle> {
  const candles = new Map<number, Candle>();
  for (const { at, ticks, lots } of of) {
    const start = candleStart(interval, at);
    const trade = { ticks, lots, notional: notionalOf(ticks, lots) };
    candles.set(start, addToCandle(candles.get(start) ?? null, trade));
  }
  return candles;
}

async function insert(of: readonly TradeRow[]): Promise<void> {
  const rows = of.map((trade) => ({
    id: trade.id.toString(),
    at: new Date(trade.at),
    ticks: trade.ticks,
    lots: trade.lots,
    taker_side: trade.takerSide,
    source: trade.source,
    maker_order_id: trade.makerOrderId,
    taker_order_id: trade.takerOrderId,
    maker_owner_id: trade.makerOwnerId,
    taker_owner_id: trade.takerOwnerId,
    maker_fee: 0,
    taker_fee: 0,
  }));
  await db.batchInsert('trades', rows, 500);
  for (const interval of ['1m', '1h'] as const) {
    const candles = [...fold(interval, of)].map(([opensAt, candle]) => ({
      id: `${interval}/${opensAt}`,
      interval,
      opens_at: new Date(opensAt),
      ...candle,
      lots: candle.lots.toString(),
      notional: candle.notional.toString(),
    }));
    await db.batchInsert('candles', candles, 500);
  }
}

/** All klines of an interval up to a time, straight from the trades. */
function expected(interval: Interval, until = now): Kline[] {
  const traded = fold(interval, trades);
  const klines: Kline[] = [];
  let close = 0;
  const first = candleStart(interval, trades[0]?.at ?? 0);
  for (let start = first; start <= until; start += intervalMs(interval)) {
    const candle = traded.get(start) ?? flatCandle(close);
    close = candle.close;
    klines.push(presentKline(start, candle));
  }
  return klines;
}

/** The running minute may end while a test runs. */
function upTo(klines: readonly Kline[], until = now): Kline[] {
  return klines.filter(({ openTime }) => Date.parse(openTime) <= until);
}

describe(`klines (seed ${seed})`, () => {
  it.each(intervals)('of %s are what the trades make', async (interval) => {
    const klines = await createKlines(db).list({ interval, limit: 1_000 });
    const all = expected(interval);
    const told = upTo(klines);
    expect(told).toEqual(all.slice(-told.length));
    expect(told.length).toBeGreaterThanOrEqual(Math.min(all.length, 1_000 - 2));
  });

  it('of every interval have the same sums', async () => {
    const sums = await Promise.all(
      (['1h', '4h', '1d', '1w'] as const).map(async (interval) => {
        const klines = await createKlines(db).list({ interval, limit: 1_000 });
        return klines.reduce((sum, { trades: count }) => sum + count, 0);
      }),
    );
    expect(new Set(sums)).toEqual(new Set([trades.length]));
  });

  it('begin weeks on Mondays, UTC', async () => {
    const klines = await createKlines(db).list({ interval: '1w', limit: 10 });
    expect(klines.map(({ openTime }) => new Date(openTime).getUTCDay())).toEqual(
      klines.map(() => 1),
    );
    expect(klines.every(({ openTime }) => openTime.endsWith('T00:00:00.000Z'))).toBe(true);
  });

  it('are those of a range: its first ones from a start, its last ones to an end', async () => {
    const all = expected('15m');
    const at = (i: number) => Date.parse(all[i]?.openTime ?? '');
    const list = (range: object) => createKlines(db).list({ interval: '15m', limit: 5, ...range });
    expect(await list({ startTime: at(100) })).toEqual(all.slice(100, 105));
    expect(await list({ startTime: at(100) + 1 })).toEqual(all.slice(101, 106));
    expect(await list({ endTime: at(100) })).toEqual(all.slice(96, 101));
    expect(await list({ endTime: at(101) - 1 })).toEqual(all.slice(96, 101));
    expect(await list({ startTime: at(100), endTime: at(102) })).toEqual(all.slice(100, 103));
    expect(await list({ startTime: at(102), endTime: at(100) })).toEqual([]);
  });

  it('are none before the first trade and none in the future', async () => {
    const list = (range: object) => createKlines(db).list({ interval: '1h', limit: 3, ...range });
    expect(await list({ startTime: 0 })).toEqual(expected('1h').slice(0, 3));
    expect(await list({ endTime: now - 30 * dayMs })).toEqual([]);
    expect(await list({ startTime: now + dayMs })).toEqual([]);
    expect(upTo(await list({ endTime: now + dayMs })).at(-1)).toEqual(expected('1h').at(-1));
  });
});

it('holds for the candles that run, as a follower loads them', async () => {
  const view = await loadMarketView(db);
  const last = trades.at(-1)?.at ?? 0;
  for (const interval of intervals) {
    const candle = fold(interval, trades).get(candleStart(interval, last));
    const { opensAt, ...running } = view.candles.of(interval) ?? { opensAt: 0 };
    expect([interval, opensAt]).toEqual([interval, candleStart(interval, last)]);
    expect(running).toMatchObject({ candle });
  }
});

it('tells the last 24 hours to the minute', async () => {
  const view = await loadMarketView(db);
  const ticker = tickerOf(view);
  const start = candleStart('1m', Date.parse(ticker.at)) - dayMs + 60_000;
  const day = [
    ...fold(
      '1w',
      trades.filter(({ at }) => at >= start).map((trade) => ({ ...trade, at: now })),
    ).values(),
  ][0];
  const kline = presentKline(0, day ?? flatCandle(0));
  expect(ticker).toMatchObject({
    last: kline.close,
    open: kline.open,
    high: kline.high,
    low: kline.low,
    volume: kline.volume,
    quoteVolume: kline.quoteVolume,
    trades: kline.trades,
    bestBid: null,
    bestAsk: null,
  });
  const change = Number(kline.close) - Number(kline.open);
  expect(Number(ticker.priceChange)).toBeCloseTo(change, 9);
  expect(Number(ticker.priceChangePercent)).toBeCloseTo((change / Number(kline.open)) * 100, 2);
});
