// Books the trades of an order that came in (DESIGN 2.4): what moves between its owner and those it met, their rows, the
// trades and the candles.
import { addToCandle, candleStart, type Candle } from '../../../domain/exchange/candle';
import { notionalOf, quantityOf } from '../../../domain/exchange/market';
import type { Fill } from '../../../domain/exchange/matching';
import { feeOf } from '../../../domain/exchange/order';
import type { RestingOrder } from '../../../domain/exchange/order-book';
import { assert } from '../../../domain/errors';
import type { Account } from '../../../ledger/accounts';
import { putRow, type Entry, type View } from '../../../ledger/command';
import { afterTrade } from '../market/maker-fill';
import type { MarketState } from '../market/market-state';
import type { MarketWrites } from '../market/market-writes';
import { availableOf, heldOf, tradingFees } from './order-accounts';
import { orders, type OrderRow } from '../market/order-rows';
import {
  candleRow,
  candles,
  storedIntervals,
  tradeEvent,
  trades,
  type TradeRow,
} from '../market/trade-rows';

/** On each side. */
const mostInLine = 200;

/**
 * The accounts of those who are next in line on either side: as many as the commands to come may meet, so that they
 * are loaded together and not one command's after another's.
 */
export function accountsInLine(state: MarketState, commandsToCome: number): Account[] {
  const accounts: Account[] = [];
  for (const side of ['buy', 'sell'] as const) {
    let left = Math.min(commandsToCome, mostInLine);
    for (const maker of state.book.orders(side)) {
      if (left-- === 0) break;
      accounts.push(...makerAccounts(state, maker));
    }
  }
  return accounts;
}

/** The accounts that a fill of a resting order moves. */
export function makerAccounts(state: MarketState, { id }: RestingOrder): Account[] {
  const maker = state.orders.get(id);
  assert(maker, 'a maker is an open order');
  const credits = availableOf(maker, 'CREDIT');
  return maker.side === 'sell'
    ? [credits, heldOf(maker, 'LCO')]
    : [credits, heldOf(maker, 'CREDIT'), availableOf(maker, 'LCO')];
}

interface FillContext {
  readonly id: bigint;
  readonly state: MarketState;
  readonly view: View;
  readonly writes: MarketWrites;
}

/** One trade: what the maker held goes to the taker, what the taker has goes to the maker, the fees to the platform. */
export function bookFill(
  taker: OrderRow,
  { maker: resting, ticks, lots }: Fill,
  { id, state, view, writes }: FillContext,
): { trade: TradeRow; next: OrderRow } {
  const maker = state.orders.get(resting.id);
  assert(maker, 'a maker is an open order');
  const notional = notionalOf(ticks, lots);
  const makerFee = feeOf(maker, { maker: notional, taker: 0n }) - maker.feeCharged;
  const takerFee = feeOf(taker, { maker: 0n, taker: notional }) - taker.feeCharged;
  const trade: TradeRow = {
    id,
    at: view.at,
    ticks,
    lots,
    takerSide: taker.side,
    source: taker.source,
    makerOrderId: maker.id,
    takerOrderId: taker.id,
    makerOwnerId: maker.ownerId,
    takerOwnerId: taker.ownerId,
    makerFee,
    takerFee,
  };
  const filled = afterTrade(maker, trade);
  writes.transfers.push({
    kind: 'trade',
    reference: id.toString(),
    entries: entriesOf(taker, maker, trade, notional, maker.hold - filled.hold),
  });
  writes.rows.push(putRow(trades, trade), putRow(orders, filled));
  writes.feed.push(tradeEvent(trade));
  return {
    trade,
    next: {
      ...taker,
      filledLots: taker.filledLots + lots,
      takerNotional: taker.takerNotional + notional,
      feeCharged: taker.feeCharged + takerFee,
    },
  };
}

/** @param freed what the maker holds less after it, in what the maker gives. */
function entriesOf(
  taker: OrderRow,
  maker: OrderRow,
  { lots, makerFee, takerFee }: TradeRow,
  notional: bigint,
  freed: bigint,
): Entry[] {
  const quantity = quantityOf(lots);
  const credits = (order: OrderRow) => availableOf(order, 'CREDIT');
  const coins = (order: OrderRow) => availableOf(order, 'LCO');
  const entries: Entry[] =
    taker.side === 'buy'
      ? [
          { account: credits(taker), amount: -notional - takerFee },
          { account: credits(maker), amount: notional - makerFee },
          { account: heldOf(maker, 'LCO'), amount: -quantity },
          { account: coins(taker), amount: quantity },
        ]
      : [
          { account: heldOf(maker, 'CREDIT'), amount: -freed },
          { account: credits(maker), amount: freed - notional - makerFee },
          { account: credits(taker), amount: notional - takerFee },
          { account: coins(taker), amount: -quantity },
          { account: coins(maker), amount: quantity },
        ];
  entries.push({ account: tradingFees, amount: makerFee + takerFee });
  return entries.filter(({ amount }) => amount !== 0n);
}

export function bookCandles(
  made: readonly TradeRow[],
  state: MarketState,
  view: View,
  writes: MarketWrites,
): void {
  if (made.length === 0) return;
  for (const interval of storedIntervals) {
    let candle: Candle | null = state.candleAt(interval, view.at);
    for (const { ticks, lots } of made) {
      candle = addToCandle(candle, { ticks, lots, notional: notionalOf(ticks, lots) });
    }
    assert(candle, 'a trade makes a candle');
    const row = candleRow(interval, candleStart(interval, view.at), candle);
    writes.rows.push(putRow(candles, row));
  }
}
