// The running candles: what is told of them as trades come and time goes on.
import { newId } from '../../ledger/ids';
import type { TradeRow } from '../../services/exchange/market/trade-rows';
import { RunningCandles } from '../../services/market-data/running-candles';

const monday = Date.parse('2026-01-05T00:00:00Z');
const minute = 60_000;

function tradeAt(at: number, ticks: number, lots = 10): TradeRow {
  return {
    id: 1n,
    at,
    ticks,
    lots,
    takerSide: 'buy',
    source: 'order',
    makerOrderId: newId(),
    takerOrderId: newId(),
    makerOwnerId: 'a',
    takerOwnerId: 'b',
    makerFee: 0n,
    takerFee: 0n,
  };
}

function minutesOf(candles: RunningCandles, at: number) {
  return candles
    .advance(at)
    .filter(({ interval }) => interval === '1m')
    .map(({ opensAt, closed, candle: { close, trades } }) => [opensAt, closed, close, trades]);
}

it('tells nothing before the first trade', () => {
  expect(RunningCandles.from([], []).advance(monday)).toEqual([]);
});

it('closes what ended, then flat ones, and begins the next', () => {
  const candles = RunningCandles.from([], []);
  candles.trade(tradeAt(monday + 1, 100));
  candles.trade(tradeAt(monday + 2, 120));
  expect(minutesOf(candles, monday + minute - 1)).toEqual([]);
  expect(minutesOf(candles, monday + 3 * minute)).toEqual([
    [monday, true, 120, 2],
    [monday + minute, true, 120, 0],
    [monday + 2 * minute, true, 120, 0],
    [monday + 3 * minute, false, 120, 0],
  ]);
});

it('gives a flat candle the open of its first trade', () => {
  const candles = RunningCandles.from([], []);
  candles.trade(tradeAt(monday, 100));
  candles.advance(monday + minute);
  candles.trade(tradeAt(monday + minute + 5, 90));
  expect(candles.of('1m')?.candle).toEqual({
    open: 90,
    high: 90,
    low: 90,
    close: 90,
    lots: 10n,
    notional: 900n,
    trades: 1,
  });
  expect(candles.of('1h')?.candle).toMatchObject({ open: 100, low: 90, close: 90, trades: 2 });
});

it('closes a week on Monday', () => {
  const candles = RunningCandles.from([], []);
  candles.trade(tradeAt(monday - 1, 100));
  const weeks = candles.advance(monday).filter(({ interval }) => interval === '1w');
  expect(weeks.map(({ opensAt, closed }) => [opensAt, closed])).toEqual([
    [monday - 7 * 24 * 60 * minute, true],
    [monday, false],
  ]);
});

it('tells no endless row of flat candles after a long pause', () => {
  const candles = RunningCandles.from([], []);
  candles.trade(tradeAt(monday, 100));
  const told = minutesOf(candles, monday + 100_000 * minute);
  expect(told).toHaveLength(102);
  expect(told.at(-1)).toEqual([monday + 100_000 * minute, false, 100, 0]);
});
