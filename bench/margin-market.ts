// A market that takes any number of positions, for benchmarks: makers with millions on both sides of a price that the
// benchmark moves, lenders, and a clock that runs as fast as ticks are committed.
import type { Knex } from 'knex';
import { Pool } from 'pg';
import { notionalOf } from '../domain/exchange/market';
import { assets, unit } from '../domain/money';
import { Committer } from '../ledger/committer';
import { openDatabase } from '../ledger/connection';
import { newId } from '../ledger/ids';
import { currentMark } from '../domain/exchange/mark-price';
import { tickMark, type Tick } from '../services/exchange/mark/mark';
import { cancelAllOrders } from '../services/exchange/orders/cancel-orders';
import { placeOrder } from '../services/exchange/orders/place-order';
import { openPosition } from '../services/margin/open-position';
import { supplyPool } from '../services/margin/supply';
import { projections } from '../services/projections';
import { fundUsers } from './funded-users';

const makerCount = 50;
const lenderCount = 20;
const startTicks = 10_000_000;
const origin = { actor: 'bench' };

export class MarginMarket {
  private aheadMs = 0;
  private ticks = startTicks;
  private readonly ahead: Committer;

  private constructor(
    readonly db: Knex,
    private readonly pool: Pool,
    readonly committer: Committer,
    databaseUrl: string,
    private readonly makers: readonly string[],
    private readonly traders: readonly string[],
  ) {
    // Journal time never runs backwards: what this one commits takes all others along.
    this.ahead = new Committer({
      databaseUrl,
      applicationName: 'lx-bench-ahead',
      projections,
      clock: () => Date.now() + this.aheadMs,
    });
  }

  static async open(databaseUrl: string, traderCount: number): Promise<MarginMarket> {
    const pool = new Pool({ connectionString: databaseUrl, max: 1 });
    pool.on('error', () => undefined);
    const db = openDatabase(databaseUrl, 'lx-bench-margin', 4);
    const committer = new Committer({
      databaseUrl,
      applicationName: 'lx-bench-committer',
      projections,
    });
    const ids = (count: number) => Array.from({ length: count }, () => newId());
    const [makers, lenders, traders] = [ids(makerCount), ids(lenderCount), ids(traderCount)];
    await fundUsers(pool, committer, [...makers, ...lenders, ...traders]);
    const market = new MarginMarket(db, pool, committer, databaseUrl, makers, traders);
    for (const userId of lenders) {
      for (const asset of assets) {
        const amount = asset === 'CREDIT' ? 900_000n * unit : 9_000n * unit;
        await committer.submit(supplyPool, { userId, asset, amount }, origin);
      }
    }
    await market.quote(startTicks);
    await market.trade();
    for (let i = 0; i < 3; i++) await market.tick();
    return market;
  }

  /** All makers quote anew, a ten-thousandth beside a price. */
  async quote(ticks: number): Promise<void> {
    this.ticks = ticks;
    const { committer } = this;
    await Promise.all(
      this.makers.map(async (userId) => {
        await committer.submit(cancelAllOrders, { userId }, origin);
        const [bid, ask] = [Math.floor(ticks * 0.9999), Math.ceil(ticks * 1.0001)];
        await this.place(userId, 'buy', bid, Number((900_000n * unit) / notionalOf(bid, 1)));
        await this.place(userId, 'sell', ask, 400_000);
      }),
    );
  }

  /** A trade of a lot at the makers' price. */
  private async trade(): Promise<void> {
    await this.place(this.traders[0] ?? '', 'buy', Math.ceil(this.ticks * 1.0001), 100);
  }

  private async place(userId: string, side: 'buy' | 'sell', priceTicks: number, lots: number) {
    const terms = {
      ...({
        side,
        type: 'limit',
        timeInForce: 'GTC',
        postOnly: false,
        stp: 'expire_taker',
      } as const),
      ...{ priceTicks, quantityLots: lots, quoteQuantity: null, triggerTicks: null },
    } as const;
    await this.committer.submit(placeOrder, { userId, clientOrderId: newId(), terms }, origin);
  }

  /** Opens longs of 10 Credits for the traders in turn, many at once; returns their ids. */
  async openLongs(count: number, leverage: number): Promise<string[]> {
    const opened: string[] = [];
    let next = 0;
    await Promise.all(
      Array.from({ length: 64 }, async () => {
        while (next < count) {
          const userId = this.traders[next++ % this.traders.length] ?? '';
          const positionId = newId();
          const terms = {
            side: 'long',
            collateral: 10n * unit,
            leverage,
            maxSlippageBps: 200,
          } as const;
          await this.committer.submit(openPosition, { positionId, userId, ...terms }, origin);
          opened.push(positionId);
        }
      }),
    );
    return opened;
  }

  async tick(): Promise<Tick> {
    this.aheadMs += 1_000;
    return (await this.ahead.submit(tickMark, { warmUpMs: 0 }, origin)).result;
  }

  /** Lets the price fall, until positions of these are fenced. @returns how many are */
  async fallUntilFenced(share: number, ids: readonly string[]): Promise<number> {
    const goal = Math.round(startTicks * share);
    await this.quote(goal);
    await this.trade();
    for (let i = 0; i < 5_000; i++) {
      const { state } = await this.tick();
      const mark = Number(currentMark(state));
      if (i % 10 !== 0 && mark > (goal / 1e6) * 1.002) continue;
      const fenced = await this.countOf(ids, 'liquidating');
      if (fenced + (await this.countOf(ids, 'closed')) > 0) return fenced;
    }
    throw new Error('the mark did not fall so far');
  }

  async countOf(ids: readonly string[], status: string): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>(
      'select count(*) as count from margin_positions where id = any($1::uuid[]) and status = $2',
      [[...ids], status],
    );
    return Number(rows[0]?.count);
  }

  /** Waits until so many of these have a status. */
  async waitFor(ids: readonly string[], status: string, count = ids.length): Promise<void> {
    const startedAt = performance.now();
    while ((await this.countOf(ids, status)) < count) {
      if (performance.now() - startedAt > 600_000) throw new Error(`not all became ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Waits until the outbox is empty: all monitors are started, or signalled. */
  async waitForOutbox(): Promise<void> {
    for (;;) {
      const { rows } = await this.pool.query<{ count: string }>(
        'select count(*) as count from outbox where delivered_at is null',
      );
      if (rows[0]?.count === '0') return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    await this.ahead.close();
    await this.committer.close();
    await this.pool.end();
    await this.db.destroy();
  }
}
