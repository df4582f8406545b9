// The Friday buyback (DESIGN 2.5): its runs, the weekly close of each, the slices it buys in, and the running totals
// that tell a close what came since the last one without reading a week's calls.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    alter table relay_totals add column shortfalls base_units not null default 0;
    update relay_totals
    set shortfalls = (select coalesce(sum(shortfall), 0) from relay_calls where status = 'settled');

    -- one row: all corrections of cost, and how many there are
    create table cost_correction_totals (
      id int primary key default 1 check (id = 1),
      amount bigint not null,
      corrections running_number not null
    );
    -- in the order of recording: a close took in all up to a number
    alter table cost_corrections add column number running_number unique;
    update cost_corrections c set number = n.number
    from (select id, row_number() over (order by recorded_at, id) as number from cost_corrections) n
    where n.id = c.id;
    alter table cost_corrections alter column number set not null;
    alter table cost_corrections drop column closed_in;
    insert into cost_correction_totals (amount, corrections)
    select coalesce(sum(amount), 0), count(*) from cost_corrections;

    create domain buyback_kind as text collate "C" constraint buyback_kind_rule check (value in ('weekly', 'extra'));
    create domain buyback_status as text collate "C"
      constraint buyback_status_rule check (value in ('opened', 'buying', 'paused', 'completed', 'no_mark'));
    create domain buyback_fund as text collate "C"
      constraint buyback_fund_rule check (value in ('ecosystem_fund', 'prize_fund'));

    -- one row: runs follow each other by number, and each close goes on from where the last one stopped
    create table buyback_state (
      id int primary key default 1 check (id = 1),
      opened running_number not null,
      finished running_number not null,
      -- the newest week with an extra run, and how many it had
      extra_week text collate "C",
      extra_runs int not null check (extra_runs >= 0),
      -- what closes took in so far
      settled_calls running_number not null,
      shortfalls base_units not null,
      corrections running_number not null,
      corrected bigint not null,
      loss_carried bigint not null,
      constraint buyback_state_order check (finished <= opened)
    );
    insert into buyback_state
      (opened, finished, extra_runs, settled_calls, shortfalls, corrections, corrected, loss_carried)
    values (0, 0, 0, 0, 0, 0, 0, 0);

    create table buybacks (
      -- the ISO week; extra runs -2, -3 …
      id text collate "C" primary key check (id ~ '^\\d{4}-W\\d{2}(-[1-9]\\d*){0,1}$'),
      number running_number not null unique,
      kind buyback_kind not null,
      reason text collate "C",
      opened_by uuid references users,
      -- when the weekly run fell due
      due_at timestamptz(3) not null,
      opened_at timestamptz(3) not null,
      status buyback_status not null,
      -- counts the changes of the row
      revision int not null,
      -- pinned at the opening
      spread_ms bigint not null check (spread_ms > 0),
      profit_share_bps int not null,
      free_call_share_bps int not null,
      prize_share_bps int not null,
      slices int not null,
      max_slippage_bps int not null,
      -- known from the start on
      started_at timestamptz(3),
      -- Credits for one LCO; null: there was none
      start_mark numeric,
      average_mark numeric,
      price_cap_ticks int,
      carried_to_burn base_units,
      carried_to_prize base_units,
      burn_spent base_units not null,
      burn_bought base_units not null,
      prize_spent base_units not null,
      prize_bought base_units not null,
      -- of the burn log; null: nothing was bought for burning
      burn_seq bigint,
      ended_at timestamptz(3),
      constraint buybacks_extra check (
        (kind = 'extra') = (reason is not null) and (kind = 'extra') = (opened_by is not null)),
      constraint buybacks_started check (
        (status = 'opened') = (started_at is null)
        and (started_at is null) = (carried_to_burn is null)
        and (started_at is null) = (carried_to_prize is null)
        and (status in ('opened', 'no_mark')) = (price_cap_ticks is null)
        and (price_cap_ticks is null) = (start_mark is null)
        and (price_cap_ticks is null) = (average_mark is null)),
      constraint buybacks_ended check ((status in ('completed', 'no_mark')) = (ended_at is not null)),
      constraint buybacks_burn check (
        (burn_seq is not null) = (status = 'completed' and burn_bought > 0))
    );

    -- the close that each run begins with; base units of CREDIT
    create table profit_closes (
      id text collate "C" primary key references buybacks,
      number running_number not null unique,
      closed_at timestamptz(3) not null,
      -- the last settled call and the last correction that it took in
      settled_calls running_number not null,
      corrections running_number not null,
      -- the books before it
      revenue base_units not null,
      upstream_cost base_units not null,
      trading_fees base_units not null,
      losses bigint not null check (losses <= 0),
      shortfall base_units not null,
      corrected bigint not null,
      loss_carried bigint not null,
      -- what it did
      moved_to_cost bigint not null,
      loss_carried_on bigint not null,
      profit base_units not null,
      fund_share base_units not null,
      free_calls base_units not null,
      prize base_units not null,
      refilled base_units not null,
      treasury_share base_units not null
    );

    create table buyback_slices (
      -- buyback:2026-W47:slice:2:prize_fund
      id text collate "C" primary key,
      buyback_id text collate "C" not null references buybacks,
      slice int not null check (slice > 0),
      fund buyback_fund not null,
      -- nobody is told before it is executed
      planned_at timestamptz(3) not null,
      executed_at timestamptz(3),
      budget base_units,
      -- null: there was too little to spend
      order_id uuid unique,
      spent base_units,
      fee base_units,
      bought base_units,
      -- why less than the budget was spent
      reason text collate "C",
      unique (buyback_id, slice, fund),
      constraint buyback_slices_executed check (
        (executed_at is null) = (budget is null)
        and (executed_at is null) = (spent is null)
        and (executed_at is null) = (fee is null)
        and (executed_at is null) = (bought is null)
        and (executed_at is not null or (order_id is null and reason is null))
        and executed_at >= planned_at
        and spent <= budget and fee <= spent)
    );

    create trigger profit_closes_append_only before update or delete or truncate on profit_closes
    for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop table buyback_slices, profit_closes, buybacks, buyback_state;
    drop domain buyback_kind, buyback_status, buyback_fund;
    alter table cost_corrections drop column number;
    alter table cost_corrections add column closed_in text collate "C";
    create index cost_corrections_open on cost_corrections (id) where closed_in is null;
    drop table cost_correction_totals;
    alter table relay_totals drop column shortfalls;
  `);
}
