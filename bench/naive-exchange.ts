// The baseline of the exchange's benchmark: what one would write first and write well, one transaction per order. It
// takes the market's lock, checks the funds, finds the makers in price-time order, moves both assets with double
// entries, keeps order, trade and candle, and commits. It has no hash chain, no feed and no stops.
import type { Pool, PoolClient } from 'pg';

export interface NaiveOrder {
  readonly id: string;
  readonly userId: string;
  readonly side: 'buy' | 'sell';
  readonly ticks: number;
  readonly lots: number;
  /** Whether what is not filled rests. */
  readonly rests: boolean;
}

const schema = /* sql */ `
  create table if not exists naive_funds (
    user_id uuid not null, asset text not null, available bigint not null check (available >= 0),
    held bigint not null check (held >= 0), primary key (user_id, asset)) with (fillfactor = 70);
  create table if not exists naive_orders (
    id uuid primary key, number bigint generated always as identity, user_id uuid not null, side text not null,
    ticks int not null, lots int not null, filled int not null, status text not null);
  create index if not exists naive_bids on naive_orders (ticks desc, number) where status = 'open' and side = 'buy';
  create index if not exists naive_asks on naive_orders (ticks, number) where status = 'open' and side = 'sell';
  create table if not exists naive_trades (
    id bigint generated always as identity primary key, at timestamptz not null default now(), ticks int not null,
    lots int not null, maker_order_id uuid not null, taker_order_id uuid not null);
  create table if not exists naive_entries (
    id bigint generated always as identity primary key, user_id uuid not null, asset text not null,
    amount bigint not null, order_id uuid not null);
  create table if not exists naive_candles (
    opens_at timestamptz primary key, open int not null, high int not null, low int not null, close int not null,
    lots bigint not null)`;

const makersSql = {
  buy: `select id, user_id as "userId", ticks, lots - filled as rest from naive_orders
    where status = 'open' and side = 'sell' and ticks <= $1 and user_id <> $2 order by ticks, number limit 20`,
  sell: `select id, user_id as "userId", ticks, lots - filled as rest from naive_orders
    where status = 'open' and side = 'buy' and ticks >= $1 and user_id <> $2 order by ticks desc, number limit 20`,
};

interface Maker {
  readonly id: string;
  readonly userId: string;
  readonly ticks: number;
  readonly rest: number;
}

const lot = 1_000_000;

export function createNaiveExchange(pool: Pool) {
  async function change(
    client: PoolClient,
    userId: string,
    asset: 'CREDIT' | 'LCO',
    orderId: string,
    { available, held }: { available: number; held: number },
  ): Promise<void> {
    await client.query({
      name: `funds ${asset}`,
      text: `update naive_funds set available = available + $3, held = held + $4
        where user_id = $1 and asset = $2`,
      values: [userId, asset, available, held],
    });
    await client.query({
      name: 'entry',
      text: 'insert into naive_entries (user_id, asset, amount, order_id) values ($1, $2, $3, $4)',
      values: [userId, asset, available + held, orderId],
    });
  }

  async function fill(client: PoolClient, order: NaiveOrder, maker: Maker, lots: number) {
    const notional = maker.ticks * lots;
    const quantity = lots * lot;
    const [buyer, seller] =
      order.side === 'buy' ? [order.userId, maker.userId] : [maker.userId, order.userId];
    const makerBuys = order.side === 'sell';
    await change(client, buyer, 'CREDIT', order.id, {
      available: makerBuys ? 0 : -notional,
      held: makerBuys ? -notional : 0,
    });
    await change(client, seller, 'CREDIT', order.id, { available: notional, held: 0 });
    await change(client, buyer, 'LCO', order.id, { available: quantity, held: 0 });
    await change(client, seller, 'LCO', order.id, {
      available: makerBuys ? -quantity : 0,
      held: makerBuys ? 0 : -quantity,
    });
    await client.query({
      name: 'fill',
      text: `update naive_orders set filled = filled + $2,
        status = case when filled + $2 = lots then 'filled' else status end where id = $1`,
      values: [maker.id, lots],
    });
    await client.query({
      name: 'trade',
      text: `insert into naive_trades (ticks, lots, maker_order_id, taker_order_id) values ($1, $2, $3, $4)`,
      values: [maker.ticks, lots, maker.id, order.id],
    });
    await client.query({
      name: 'candle',
      text: `insert into naive_candles as c values (date_trunc('minute', now()), $1, $1, $1, $1, $2)
        on conflict (opens_at) do update set high = greatest(c.high, $1), low = least(c.low, $1), close = $1,
          lots = c.lots + $2`,
      values: [maker.ticks, lots],
    });
  }

  async function place(client: PoolClient, order: NaiveOrder): Promise<void> {
    await client.query('begin');
    await client.query({ name: 'lock', text: 'select pg_advisory_xact_lock(1)' });
    const { rows: makers } = await client.query<Maker>({
      name: `makers ${order.side}`,
      text: makersSql[order.side],
      values: [order.ticks, order.userId],
    });
    let rest = order.lots;
    for (const maker of makers) {
      if (rest === 0) break;
      const lots = Math.min(rest, maker.rest);
      await fill(client, order, maker, lots);
      rest -= lots;
    }
    const isOpen = rest > 0 && order.rests;
    if (isOpen) {
      const held = order.side === 'buy' ? order.ticks * rest : rest * lot;
      const asset = order.side === 'buy' ? 'CREDIT' : 'LCO';
      await change(client, order.userId, asset, order.id, { available: -held, held });
    }
    await client.query({
      name: 'order',
      text: 'insert into naive_orders (id, user_id, side, ticks, lots, filled, status) values ($1, $2, $3, $4, $5, $6, $7)',
      values: [
        order.id,
        order.userId,
        order.side,
        order.ticks,
        order.lots,
        order.lots - rest,
        rest === 0 ? 'filled' : isOpen ? 'open' : 'expired',
      ],
    });
    await client.query('commit');
  }

  return {
    async fund(userIds: readonly string[]): Promise<void> {
      await pool.query(schema);
      await pool.query(
        `insert into naive_funds
          select u, a, 1000000000000000, 0 from unnest($1::uuid[]) u cross join (values ('CREDIT'), ('LCO')) as v(a)
          on conflict do nothing`,
        [[...userIds]],
      );
    },

    async place(order: NaiveOrder): Promise<void> {
      const client = await pool.connect();
      try {
        await place(client, order);
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}
