// Orders, their amendments and trades against the journal (DESIGN 8, invariant 5): its feed, which the hash chain covers, told each of them
// and every change; followed once more it must lead to the very rows.
import type { Knex } from 'knex';
import { InvariantError } from '../../domain/errors';
import type { FeedEvent } from '../../ledger/command';
import {
  amendmentColumns,
  readAmendmentEvent,
  type AmendmentRow,
} from '../exchange/market/amendment-rows';
import { afterTrade } from '../exchange/market/maker-fill';
import { readOrderChange, readOrderEvent } from '../exchange/market/order-events';
import { orderColumns, type OrderRow } from '../exchange/market/order-rows';
import { readTradeEvent, tradeColumns, type TradeRow } from '../exchange/market/trade-rows';
import type { AuditCheck, AuditContext } from './check';
import { select } from './journal-rows';

const batchesPerPage = 500;
const rowsAtOnce = 1_000;

/** Rows as the feed told them, compared with those that are stored, some at a time. */
class ToldRows<Row extends { readonly id: string | bigint }> {
  private readonly waiting: Row[] = [];
  private count = 0;

  constructor(
    private readonly db: Knex,
    /** Of one row, for the findings; of the table. */
    private readonly noun: string,
    private readonly table: string,
    private readonly columns: Readonly<Record<string, string>>,
  ) {}

  add(row: Row): void {
    this.waiting.push(row);
  }

  get isFull(): boolean {
    return this.waiting.length >= rowsAtOnce;
  }

  async *compare(): AsyncGenerator<string> {
    const told = this.waiting.splice(0);
    this.count += told.length;
    const alias = Object.values(this.columns)[0]?.split('.')[0] ?? '';
    const rows = (await this.db({ [alias]: this.table })
      .select(this.columns)
      .whereIn(
        `${alias}.id`,
        told.map(({ id }) => id.toString()),
      )) as Row[];
    const stored = new Map(rows.map((row) => [row.id, row]));
    for (const row of told) yield* this.compareOne(row, stored.get(row.id));
  }

  private *compareOne(told: Row, stored: Row | undefined): Iterable<string> {
    if (!stored) {
      yield `${this.noun} ${told.id} is told by the journal, and has no row`;
      return;
    }
    for (const name of Object.keys(this.columns) as (keyof Row & string)[]) {
      if (stored[name] === told[name]) continue;
      yield `${this.noun} ${told.id} says ${name} ${String(stored[name])}, the journal told ${String(told[name])}`;
    }
  }

  /** What is left to compare, and whether there are rows that nobody told of. */
  async *finish(): AsyncGenerator<string> {
    yield* this.compare();
    const [stored] = await select<{ count: bigint }>(
      this.db,
      `select count(*)::bigint as count from ${this.table}`,
    );
    if (stored && stored.count !== BigInt(this.count)) {
      yield `there are ${stored.count} rows of ${this.table}, the journal told of ${this.count}`;
    }
  }
}

/** Follows the feed; an order leaves when it has ended, for it changes no more. */
class Follower {
  private readonly open = new Map<string, OrderRow>();
  readonly orders: ToldRows<OrderRow>;
  readonly trades: ToldRows<TradeRow>;
  readonly amendments: ToldRows<AmendmentRow>;

  constructor(db: Knex) {
    this.orders = new ToldRows(db, 'order', 'orders', orderColumns);
    this.trades = new ToldRows(db, 'trade', 'trades', tradeColumns);
    this.amendments = new ToldRows(db, 'amendment', 'order_amendments', amendmentColumns);
  }

  /** @throws InvariantError when what is told cannot have happened */
  follow(event: FeedEvent): void {
    switch (event.type) {
      case 'order':
        return this.keep(readOrderEvent(event));
      case 'order.changed': {
        const { id, patch } = readOrderChange(event);
        return this.keep({ ...this.openOrder(id), ...patch });
      }
      case 'order.amended':
        return this.amendments.add(readAmendmentEvent(event));
      case 'trade': {
        const trade = readTradeEvent(event);
        this.trades.add(trade);
        return this.keep(afterTrade(this.openOrder(trade.makerOrderId), trade));
      }
    }
  }

  async *finish(): AsyncGenerator<string> {
    for (const order of this.open.values()) {
      this.orders.add(order);
      if (this.orders.isFull) yield* this.orders.compare();
    }
    yield* this.orders.finish();
    yield* this.trades.finish();
    yield* this.amendments.finish();
  }

  private openOrder(id: string): OrderRow {
    const order = this.open.get(id);
    if (!order) throw new InvariantError(`order ${id} is told of while it is not open`);
    return order;
  }

  private keep(order: OrderRow): void {
    if (order.status === 'open') {
      this.open.set(order.id, order);
    } else {
      this.open.delete(order.id);
      this.orders.add(order);
    }
  }
}

async function* checkMarketRows({ db, onProgress }: AuditContext): AsyncGenerator<string> {
  const follower = new Follower(db);
  for (let after = 0n; ;) {
    const batches = await select<{ sequence: bigint; feed: readonly FeedEvent[] }>(
      db,
      `select sequence, feed from journal_batches
       where sequence > ? and feed is not null order by sequence limit ${batchesPerPage}`,
      [String(after)],
    );
    for (const { sequence, feed } of batches) {
      for (const event of feed) {
        try {
          follower.follow(event);
        } catch (error) {
          if (!(error instanceof InvariantError)) throw error;
          yield `batch ${sequence}: ${error.message}`;
        }
      }
      for (const rows of [follower.orders, follower.trades, follower.amendments]) {
        if (rows.isFull) yield* rows.compare();
      }
    }
    const last = batches.at(-1);
    if (!last) break;
    after = last.sequence;
    onProgress(`orders and trades followed up to batch ${after}`);
  }
  yield* follower.finish();
}

export const marketRowsCheck: AuditCheck = {
  title:
    'the exchange: every order, amendment and trade is, column by column, what the journal told',
  run: checkMarketRows,
};
