// A slice of a buyback may take several orders (DESIGN 2.5), for each order meets so many makers at most. The trades of a
// time are found by id, for the fills of one order. Roots of several days may be published in one batch;
// those of liabilities are announced by the journal.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    alter table buyback_slices add column orders int not null default 0 check (orders >= 0);
    update buyback_slices set orders = 1 where order_id is not null;
    alter table buyback_slices
      alter column orders drop default,
      drop constraint buyback_slices_executed,
      -- its orders' ids follow from its own
      drop column order_id,
      -- executed: its last order is
      add constraint buyback_slices_executed check (
        (budget is null) = (spent is null)
        and (budget is null) = (fee is null)
        and (budget is null) = (bought is null)
        and (budget is null) = (executed_at is null and orders = 0)
        and (executed_at is not null or reason is null)
        and executed_at >= planned_at
        and spent <= budget and fee <= spent);

    drop index trades_at;
    create index trades_at on trades (at, id);

    alter table usage_roots drop constraint usage_roots_sequence_key;

    create table liability_announcements (
      day utc_day primary key,
      -- the batch of the journal that announced its root
      sequence bigint not null
    );
    create trigger liability_announcements_append_only before update or delete or truncate on liability_announcements
    for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop table liability_announcements;
    alter table usage_roots add constraint usage_roots_sequence_key unique (sequence);

    drop index trades_at;
    create index trades_at on trades using brin (at) with (pages_per_range = 16);

    alter table buyback_slices add column order_id uuid unique;
    update buyback_slices s set order_id = o.id from orders o where o.client_order_id = s.id;
    alter table buyback_slices
      drop constraint buyback_slices_executed,
      drop column orders,
      add constraint buyback_slices_executed check (
        (executed_at is null) = (budget is null)
        and (executed_at is null) = (spent is null)
        and (executed_at is null) = (fee is null)
        and (executed_at is null) = (bought is null)
        and (executed_at is not null or (order_id is null and reason is null))
        and executed_at >= planned_at
        and spent <= budget and fee <= spent);
  `);
}
