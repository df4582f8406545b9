// How long it takes to find the positions that a mark has crossed, among more and more that are open (DESIGN 9): the two
// range scans of a tick, beside reading all of them and computing each ratio.
import { Client } from 'pg';
import type { BatchSql } from '../ledger/table';
import { Committer } from '../ledger/committer';
import { crossedPositions } from '../services/margin/crossings';
import { tickMark } from '../services/exchange/mark/mark';
import { projections } from '../services/projections';
import { median, percentile, printTable } from './machine';
import { withBenchDatabase } from './postgres';

/** Half of them long, half short; keys spread so that the mark of 0.1 has crossed ten. */
const fillSql = /* sql */ `
  insert into margin_positions (id, user_id, side, status, revision, leverage, lots, credits, scaled_debt, liquidation_key,
    taker_fee_bps, maintenance_bps, safe_bps, takeover_bps, entry_lots, entry_notional, paid_in, paid_out, penalties, orders,
    opened_at, updated_at, sliced)
  select gen_random_uuid(), gen_random_uuid(), side, 'open', 1, 500,
    case side when 'long' then 500000 else 0 end, case side when 'short' then 60000000000 else 0 end, 40000000000,
    case side when 'long' then case when i < 5 then 0.1 + 0.0001 * (i + 1) else 0.1 - 0.00001 - 0.09 * random() end
      else case when i < 5 then 0.1 - 0.0001 * (i + 1) else 0.1 + 0.00001 + 0.09 * random() end end,
    10, 1000, 1250, 670, 500000, 50000000000, 10000000000, 0, 0, 1, now(), now(), false
  from (values ('long'), ('short')) as s (side), generate_series(0, $1::int / 2 - 1) as i`;

/** Each position's ratio at the mark, and those below maintenance. */
const naiveSql = /* sql */ `
  select id from margin_positions
  where status = 'open' and case side
    when 'long' then (lots * 1000000.0 * 0.1 * 0.999 - scaled_debt) / nullif(lots * 1000000.0 * 0.1, 0)
    else (credits - scaled_debt * 0.1 * 1.001) / (scaled_debt * 0.1) end < 0.1`;

const times = 300;

export async function benchMarginSearch(counts: readonly number[]): Promise<void> {
  const rows: string[][] = [];
  for (const count of counts) {
    const measured = await withBenchDatabase((url) => measure(url, count));
    rows.push([
      count.toLocaleString('en'),
      String(measured.found),
      measured.search.p50.toFixed(2),
      measured.search.p99.toFixed(2),
      measured.tick.toFixed(2),
      measured.naive.toFixed(2),
      (measured.naive / measured.search.p50).toFixed(0),
    ]);
    console.error(`${count} open: ${measured.search.p50.toFixed(2)} ms`);
  }
  printTable(
    ['open', 'found', 'search p50 ms', 'p99', 'a tick, committed, ms', 'all ratios, ms', 'x'],
    rows,
  );
}

async function measure(databaseUrl: string, count: number) {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const committer = new Committer({
    databaseUrl,
    applicationName: 'lx-bench-committer',
    projections,
  });
  try {
    await client.query(fillSql, [count]);
    await client.query('vacuum analyze margin_positions');
    const sql: BatchSql = {
      async query(name, text, values) {
        const { rows, rowCount, command } = await client.query({ name, text, values: [...values] });
        return { rows, rowCount: rowCount ?? 0, command };
      },
    };
    // longs above and shorts below 0.1; no trigger is at these prices
    const key = '0.1 0.1 1000000000 1';
    const search = await timesOf(async () => crossedPositions.load(sql, [key]));
    const found = (await crossedPositions.load(sql, [key])).get(key);
    const naive = await timesOf(() => client.query(naiveSql), times / 10);
    const tick = await timesOf(() =>
      committer.submit(tickMark, { warmUpMs: 0 }, { actor: 'bench' }),
    );
    return {
      found: (found?.longs.length ?? 0) + (found?.shorts.length ?? 0),
      search: { p50: median(search), p99: percentile(search, 0.99) },
      naive: median(naive),
      tick: median(tick),
    };
  } finally {
    await committer.close();
    await client.end();
  }
}

async function timesOf(work: () => Promise<unknown>, count = times): Promise<number[]> {
  const ms: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    await work();
    ms.push(performance.now() - startedAt);
  }
  return ms;
}
