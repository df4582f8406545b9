// Margin trading (DESIGN 2.6): lending pools with who supplies them, positions with all that happened to them, and debts
// that nobody could be made to pay.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create domain position_side as text collate "C" constraint position_side_rule check (value in ('long', 'short'));
    create domain position_status as text collate "C"
      constraint position_status_rule check (value in ('open', 'liquidating', 'taken_over', 'closed'));

    -- Cash is the balance of the account platform/l-exchange/lending/<asset>.
    create table lending_pools (
      asset asset primary key,
      -- whole numbers of 10^-18
      borrow_index numeric(38, 0) not null check (borrow_index >= 1000000000000000000),
      supply_index numeric(38, 0) not null check (supply_index >= 0),
      accrued_at timestamptz(3),
      -- of accruals that were written
      accruals int not null check (accruals >= 0),
      scaled_debt base_units not null,
      shares base_units not null,
      -- of the debt, that of positions which the risk reserve took over
      taken_over_scaled_debt base_units not null check (taken_over_scaled_debt <= scaled_debt),
      -- base units of CREDIT that the treasury has paid for debts of this pool
      treasury_paid base_units not null,
      -- base units that suppliers have lost
      lost base_units not null
    ) with (fillfactor = 50);
    insert into lending_pools values
      ('CREDIT', 1000000000000000000, 1000000000000000000, null, 0, 0, 0, 0, 0, 0),
      ('LCO', 1000000000000000000, 1000000000000000000, null, 0, 0, 0, 0, 0, 0);

    -- How the indices came to be what they are: a row each time that interest was counted up to.
    create table lending_accruals (
      -- <asset>/<number>
      id text collate "C" primary key,
      asset asset not null,
      number int not null check (number > 0),
      at timestamptz(3) not null,
      elapsed_ms bigint not null check (elapsed_ms > 0),
      -- what was lent and what was not, by which the rate was
      cash base_units not null,
      scaled_debt base_units not null,
      shares base_units not null,
      -- a year's, in 10^-18
      rate numeric(38, 0) not null check (rate >= 0),
      borrow_index numeric(38, 0) not null,
      supply_index numeric(38, 0) not null,
      unique (asset, number)
    );

    create table lending_supplies (
      -- <asset>/<holder>
      id text collate "C" primary key,
      asset asset not null,
      -- a user's id, or treasury
      holder text collate "C" not null,
      shares base_units not null,
      -- all that was ever put in and taken out
      supplied base_units not null,
      withdrawn base_units not null,
      updated_at timestamptz(3) not null
    ) with (fillfactor = 70);
    create index lending_supplies_of_holder on lending_supplies (holder);

    create table margin_positions (
      -- derived from the user and the request's idempotency key
      id uuid primary key,
      user_id uuid not null,
      side position_side not null,
      status position_status not null,
      -- counts the changes of the row
      revision int not null,
      -- hundredths
      leverage int not null check (leverage between 101 and 500),
      -- LCO that a long holds
      lots int not null check (lots >= 0 and (side = 'long' or lots = 0)),
      -- base units of CREDIT that a short holds
      credits base_units not null check (side = 'short' or credits = 0),
      scaled_debt base_units not null,
      -- what interest does not move; null: nothing is owed
      liquidation_key numeric,
      taker_fee_bps int not null,
      maintenance_bps int not null,
      safe_bps int not null,
      takeover_bps int not null,
      -- what the opening traded
      entry_lots int not null check (entry_lots > 0),
      entry_notional base_units not null,
      stop_loss_ticks price_ticks,
      take_profit_ticks price_ticks,
      trigger_below int generated always as
        (case side when 'long' then stop_loss_ticks::int else take_profit_ticks::int end) stored,
      trigger_above int generated always as
        (case side when 'long' then take_profit_ticks::int else stop_loss_ticks::int end) stored,
      triggered text collate "C" check (triggered in ('stop_loss', 'take_profit')),
      triggered_at timestamptz(3),
      -- what the owner put in and was paid out, and what penalties took; base units of CREDIT
      paid_in base_units not null,
      paid_out base_units not null,
      penalties base_units not null,
      -- orders that were placed for it
      orders int not null check (orders > 0),
      opened_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      fenced_at timestamptz(3),
      -- lots that were to be closed when it was fenced
      fenced_lots int,
      -- whether anything was closed since
      sliced boolean not null,
      taken_over_at timestamptz(3),
      work_off_order_id uuid,
      closed_at timestamptz(3),
      close_reason text collate "C"
        check (close_reason in ('closed_by_owner', 'stop_loss', 'take_profit', 'liquidated', 'worked_off')),
      constraint margin_positions_closed check (
        (status = 'closed') = (closed_at is not null) and (status = 'closed') = (close_reason is not null)
        and (status <> 'closed' or (lots = 0 and credits = 0 and scaled_debt = 0 and work_off_order_id is null))),
      constraint margin_positions_fenced check (
        (fenced_at is null) = (fenced_lots is null) and (status <> 'liquidating' or fenced_at is not null)
        and (status <> 'open' or fenced_at is null)),
      constraint margin_positions_taken_over check (
        (status <> 'taken_over' or taken_over_at is not null)
        and (taken_over_at is null or status in ('taken_over', 'closed'))
        and (work_off_order_id is null or status = 'taken_over')),
      constraint margin_positions_triggered check ((triggered is null) = (triggered_at is null)),
      constraint margin_positions_key check (
        (liquidation_key is null) = (scaled_debt = 0))
    ) with (fillfactor = 70);
    create index margin_positions_of_user on margin_positions (user_id, opened_at desc, id desc);
    -- what a mark has crossed: two range scans, whatever the number that is open
    create index margin_positions_long_keys on margin_positions (liquidation_key)
      where status = 'open' and side = 'long';
    create index margin_positions_short_keys on margin_positions (liquidation_key)
      where status = 'open' and side = 'short';
    create index margin_positions_below on margin_positions (trigger_below)
      where status = 'open' and triggered_at is null and trigger_below is not null;
    create index margin_positions_above on margin_positions (trigger_above)
      where status = 'open' and triggered_at is null and trigger_above is not null;
    create index margin_positions_triggered on margin_positions (triggered_at)
      where status = 'open' and triggered_at is not null;
    create index margin_positions_long_debts on margin_positions (liquidation_key)
      where status <> 'closed' and side = 'long';
    create index margin_positions_short_debts on margin_positions (liquidation_key)
      where status <> 'closed' and side = 'short';
    create index margin_positions_fenced on margin_positions (status, updated_at)
      where status in ('liquidating', 'taken_over');

    -- a user's debts of one asset together
    create table margin_users (
      -- <user>/<asset>
      id text collate "C" primary key,
      user_id uuid not null,
      asset asset not null,
      positions int not null check (positions >= 0),
      scaled_debt base_units not null
    ) with (fillfactor = 70);

    -- all that ever happened to positions: their rows are its sums
    create table margin_changes (
      -- <position>/<number>
      id text collate "C" primary key,
      position_id uuid not null,
      number int not null check (number > 0),
      kind text collate "C" not null,
      at timestamptz(3) not null,
      -- Credits for one LCO
      mark numeric,
      margin_ratio numeric,
      order_id uuid,
      -- signed: of LCO held, of Credits held, of what is owed
      lots int not null,
      credits bigint not null,
      scaled_debt bigint not null,
      -- base units of the asset owed: borrowed less repaid
      debt bigint not null,
      traded_lots int not null check (traded_lots >= 0),
      notional base_units not null,
      fee base_units not null,
      penalty base_units not null,
      -- base units of CREDIT: by and to the owner, and the reserve and the treasury once it is taken over
      paid_in base_units not null,
      paid_out base_units not null,
      -- base units of LCO that closing bought beyond what was owed, less than a lot
      surplus base_units not null,
      -- base units of LCO that the reserve gave to repay what a short owed
      coins_in base_units not null,
      unique (position_id, number)
    );
    create index margin_changes_liquidations on margin_changes (at desc, position_id desc, number desc)
      where kind in ('liquidated', 'taken_over', 'written_off');
    create trigger margin_changes_append_only before update or delete or truncate on margin_changes
    for each statement execute function refuse_change();
    create trigger lending_accruals_append_only before update or delete or truncate on lending_accruals
    for each statement execute function refuse_change();

    -- debts without any collateral left, and who bore them
    create table lending_losses (
      -- the position
      id uuid primary key,
      asset asset not null,
      at timestamptz(3) not null,
      -- base units of the asset
      by_reserve base_units not null,
      by_treasury base_units not null,
      by_suppliers base_units not null,
      -- base units of LCO that were bought to repay, and the Credits that bought them
      bought base_units not null,
      reserve_spent base_units not null,
      treasury_spent base_units not null,
      supply_index_before numeric(38, 0) not null,
      supply_index_after numeric(38, 0) not null,
      settled_at timestamptz(3)
    );
    create index lending_losses_newest on lending_losses (at desc, id desc);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop table lending_losses, margin_changes, margin_users, margin_positions, lending_supplies, lending_accruals,
      lending_pools;
    drop domain position_side, position_status;
  `);
}
