// Loads the market for a follower (DESIGN 3): rows and the sequence that they stand at, out of one snapshot.
import type { Knex } from 'knex';
import { candleStart, type Interval } from '../../domain/exchange/candle';
import { assert } from '../../domain/errors';
import type { BatchSql } from '../../ledger/table';
import type { StatementResult } from '../../ledger/statement-pipeline';
import { marketState } from '../exchange/market/market-state';
import { dayStart, DayWindow } from './day-window';
import { MarketView, type Position } from './market-view';
import { RunningCandles, type StoredCandle } from './running-candles';

/** The transaction as what projections load by; one query after the other, for it has one connection. */
function sqlOf(transaction: Knex.Transaction): BatchSql {
  let previous: Promise<unknown> = Promise.resolve();
  return {
    query(_name, text, values) {
      const result = previous.then(() =>
        transaction.raw<StatementResult>(text, values as Knex.RawBinding[]),
      );
      previous = result.catch(() => undefined);
      return result;
    },
  };
}

async function readPosition(transaction: Knex.Transaction): Promise<Position> {
  const head = await transaction('journal_head')
    .first<Position | undefined>({ sequence: 'sequence', at: 'journal_time' })
    .where('id', 1);
  assert(head, 'the journal has a head');
  return head;
}

async function readCandles(
  transaction: Knex.Transaction,
  interval: Interval,
  from: number,
): Promise<StoredCandle[]> {
  return transaction({ c: 'candles' })
    .select<StoredCandle[]>({
      opensAt: 'c.opens_at',
      open: 'c.open',
      high: 'c.high',
      low: 'c.low',
      close: 'c.close',
      lots: 'c.lots',
      notional: 'c.notional',
      trades: 'c.trades',
    })
    .where('c.interval', interval)
    .where('c.opens_at', '>=', new Date(from))
    .orderBy('c.opens_at');
}

export async function loadMarketView(db: Knex): Promise<MarketView> {
  return db.transaction(
    async (transaction) => {
      const position = await readPosition(transaction);
      const state = await marketState.load(sqlOf(transaction));
      const lastAt = state.lastTrade?.at ?? position.at;
      const since = Math.min(dayStart(position.at), candleStart('15m', lastAt));
      const minutes = await readCandles(transaction, '1m', since);
      const hours = await readCandles(transaction, '1h', candleStart('1w', lastAt));
      const candles = RunningCandles.from(minutes, hours);
      return new MarketView(state, candles, new DayWindow(minutes), position);
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}
