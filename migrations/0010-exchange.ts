// The exchange (DESIGN 2.4): orders, trades, candles. Rules of one column are domains (see 0009); what spans columns
// is proved by the audit.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create domain order_side as text collate "C" constraint order_side_rule check (value in ('buy', 'sell'));
    create domain order_type as text collate "C"
      constraint order_type_rule check (value in ('limit', 'market', 'stop_loss', 'take_profit'));
    create domain time_in_force as text collate "C"
      constraint time_in_force_rule check (value in ('GTC', 'IOC', 'FOK'));
    create domain order_status as text collate "C"
      constraint order_status_rule check (value in ('open', 'filled', 'cancelled', 'expired'));
    create domain self_trade_prevention as text collate "C"
      constraint self_trade_prevention_rule check (value in ('expire_taker', 'expire_maker', 'expire_both'));
    create domain trade_source as text collate "C"
      constraint trade_source_rule check (value in ('order', 'buyback', 'liquidation'));
    create domain price_ticks as int constraint price_ticks_rule check (value between 1 and 1000000000);
    create domain quantity_lots as int constraint quantity_lots_rule check (value between 1 and 1000000000);
    create domain filled_lots as int constraint filled_lots_rule check (value between 0 and 1000000000);

    -- No foreign keys: several writes an order on the hot path, and the audit proves what they would have promised.
    create table orders (
      id uuid primary key,
      owner_kind owner_kind not null,
      owner_id text collate "C" not null,
      client_order_id text collate "C" not null,
      -- order of arrival in the book: time priority
      number bigint not null,
      side order_side not null,
      type order_type not null,
      time_in_force time_in_force not null,
      post_only boolean not null,
      stp self_trade_prevention not null,
      price_ticks price_ticks,
      quantity_lots quantity_lots,
      -- the quantity that was first asked for: an amendment may have made it smaller
      requested_lots quantity_lots,
      quote_quantity base_units,
      trigger_ticks price_ticks,
      triggered_at timestamptz(3),
      -- in the book; an open order that is not waits for its trigger
      resting boolean not null,
      status order_status not null,
      reason text collate "C",
      filled_lots filled_lots not null,
      maker_notional base_units not null,
      taker_notional base_units not null,
      fee_charged base_units not null,
      -- what the owner's account for orders holds for it, in what it gives
      hold base_units not null,
      maker_fee_bps int not null,
      taker_fee_bps int not null,
      band_bps int not null,
      -- the order that it took the place of
      replaces uuid,
      source trade_source not null,
      accepted_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      closed_at timestamptz(3)
    ) with (fillfactor = 80);
    create index orders_of_owner on orders (owner_id, accepted_at desc, id desc);
    create index orders_open on orders (owner_id) where status = 'open';

    -- client order ids that amended an order, with what was asked, for a repeat
    create table order_amendments (
      id uuid primary key,
      order_id uuid not null,
      price_ticks price_ticks,
      quantity_lots quantity_lots,
      -- the order that it led to: the same, or the one that took its place
      result_id uuid not null,
      amended_at timestamptz(3) not null
    );

    create table trades (
      id bigint primary key,
      at timestamptz(3) not null,
      ticks price_ticks not null,
      lots quantity_lots not null,
      taker_side order_side not null,
      source trade_source not null,
      maker_order_id uuid not null,
      taker_order_id uuid not null,
      maker_owner_id text collate "C" not null,
      taker_owner_id text collate "C" not null,
      maker_fee base_units not null,
      taker_fee base_units not null
    );
    create index trades_of_maker on trades (maker_owner_id, id desc);
    create index trades_of_taker on trades (taker_owner_id, id desc);
    create index trades_at on trades using brin (at) with (pages_per_range = 16);

    -- what was traded in each minute and hour with a trade
    create table candles (
      -- interval/start in milliseconds
      id text collate "C" primary key,
      interval text collate "C" not null,
      opens_at timestamptz(3) not null,
      open int not null,
      high int not null,
      low int not null,
      close int not null,
      lots bigint not null,
      notional bigint not null,
      trades int not null
    ) with (fillfactor = 70);
    create unique index candles_of_interval on candles (interval, opens_at);

    create trigger trades_append_only before update or delete or truncate on trades
    for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop table orders, order_amendments, trades, candles;
    drop domain order_side, order_type, time_in_force, order_status, self_trade_prevention, trade_source, price_ticks,
      quantity_lots, filled_lots;
  `);
}
