// What a market's state holds, as text, so that the cached one, one rebuilt from rows and one replayed from the feed
// can be compared.
import { Client } from 'pg';
import type { FeedEvent } from '../../ledger/command';
import type { BatchSql } from '../../ledger/table';
import { connectionSettings } from '../../ledger/connection';
import {
  applyMarketEvent,
  loadMarketState,
  MarketState,
} from '../../services/exchange/market/market-state';

const sides = ['buy', 'sell'] as const;

export function pictureOf(state: MarketState): string {
  const lines: string[] = [];
  for (const side of sides) {
    for (const { id, ticks, lots, ownerId } of state.book.orders(side)) {
      lines.push(`${side} ${ticks} ${lots} ${id} ${ownerId}`);
    }
    for (const { ticks, lots } of state.book.levels(side, 1_000_000)) {
      lines.push(`${side} level ${ticks} ${lots}`);
    }
  }
  lines.push(`stops ${state.stops.crossed(1_000_000_000, 1, 1_000_000).join(' ')}`);
  lines.push(`triggered ${[...state.triggered].sort().join(' ')}`);
  for (const [id, order] of [...state.orders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const fields = Object.entries(order).sort(([a], [b]) => (a < b ? -1 : 1));
    lines.push(
      `order ${id} ${fields.map(([name, value]) => `${name}=${String(value)}`).join(' ')}`,
    );
  }
  lines.push(
    `last ${state.lastTradeId} ${JSON.stringify(state.lastTrade)} ${state.lastOrdinaryTicks}`,
  );
  for (const [interval, { opensAt, candle }] of [...state.candles].sort()) {
    lines.push(`candle ${interval} ${opensAt} ${Object.values(candle).map(String).join(' ')}`);
  }
  return lines.join('\n');
}

/** The state as rows have it, and as the whole feed leads to it. */
export async function picturesOf(
  databaseUrl: string,
): Promise<{ readonly rebuilt: string; readonly replayed: string }> {
  const client = new Client(connectionSettings(databaseUrl, 'lx-test-picture'));
  await client.connect();
  try {
    let previous: Promise<unknown> = Promise.resolve();
    const sql: BatchSql = {
      query: (_, text, values) => {
        previous = previous.then(() => client.query(text, [...values]));
        return previous as never;
      },
    };
    const rebuilt = await loadMarketState(sql);
    const { rows } = await client.query<{ feed: FeedEvent[] }>(
      'select feed from journal_batches where feed is not null order by sequence',
    );
    const replayed = new MarketState();
    for (const { feed } of rows) {
      for (const event of feed) applyMarketEvent(replayed, event);
      requireUncrossed(replayed);
    }
    return { rebuilt: pictureOf(rebuilt), replayed: pictureOf(replayed) };
  } finally {
    await client.end();
  }
}

/** After a whole batch nobody sees a crossed book. */
function requireUncrossed({ book }: MarketState): void {
  const bid = book.bestTicks('buy');
  const ask = book.bestTicks('sell');
  if (bid !== undefined && ask !== undefined && bid >= ask) {
    throw new Error(`the book is crossed: ${bid} and ${ask}`);
  }
}
