// Reads prediction markets and their lots for the audit, a page at a time, so that memory grows with neither.
import type { Knex } from 'knex';
import { isoTime } from '../../domain/time';
import { columnList } from '../column-list';
import { lotColumns, type LotRow } from '../predictions/lot-rows';
import {
  marketColumns,
  poolColumns,
  type MarketRow,
  type PoolRow,
} from '../predictions/market-rows';
import { settlementColumns, type SettlementRow } from '../predictions/settlement-rows';
import { select } from './journal-rows';

const marketsAtOnce = 500;
const lotsAtOnce = 5_000;

/** A market with what else there is one row of. */
export interface CheckedMarket {
  readonly market: MarketRow;
  readonly pool: PoolRow | undefined;
  readonly settlement: SettlementRow | undefined;
}

const nil = '00000000-0000-0000-0000-000000000000';

/** All markets, in the order of their ids. */
export async function* readMarkets(db: Knex): AsyncGenerator<CheckedMarket> {
  for (let last = nil; ;) {
    const markets = await select<MarketRow>(
      db,
      `select ${columnList(marketColumns)} from prediction_markets m where m.id > ? order by m.id limit ${marketsAtOnce}`,
      [last],
    );
    const range = [last, markets.at(-1)?.id ?? last];
    last = range[1] ?? last;
    const pools = await select<PoolRow>(
      db,
      `select ${columnList(poolColumns)} from prediction_pools p where p.id > ? and p.id <= ?`,
      range,
    );
    const settlements = await select<SettlementRow>(
      db,
      `select ${columnList(settlementColumns)} from prediction_settlements s where s.id > ? and s.id <= ?`,
      range,
    );
    const poolsById = new Map(pools.map((pool) => [pool.id, pool]));
    const settlementsById = new Map(settlements.map((row) => [row.id, row]));
    for (const market of markets) {
      const { id } = market;
      yield { market, pool: poolsById.get(id), settlement: settlementsById.get(id) };
    }
    if (markets.length < marketsAtOnce) return;
  }
}

/** All lots in the order of their markets, within one in that of time: the next ones of one market, none after the last. */
export class LotRuns {
  private page: readonly LotRow[] = [];
  private position = 0;
  private isLast = false;
  /** How many were given out. */
  count = 0;

  constructor(private readonly db: Knex) {}

  async next(): Promise<readonly LotRow[]> {
    if (this.position === this.page.length && !this.isLast) await this.turn();
    const from = this.position;
    const marketId = this.page[from]?.marketId;
    while (this.position < this.page.length && this.page[this.position]?.marketId === marketId) {
      this.position++;
    }
    this.count += this.position - from;
    return this.page.slice(from, this.position);
  }

  private async turn(): Promise<void> {
    const last = this.page.at(-1);
    this.page = await select<LotRow>(
      this.db,
      `select ${columnList(lotColumns)} from prediction_lots l
       ${last ? 'where (l.market_id, l.placed_at, l.number) > (?, ?, ?)' : ''}
       order by l.market_id, l.placed_at, l.number limit ${lotsAtOnce}`,
      last ? [last.marketId, isoTime(last.placedAt), last.number] : [],
    );
    this.position = 0;
    this.isLast = this.page.length < lotsAtOnce;
  }
}
