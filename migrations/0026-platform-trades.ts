// Buybacks and liquidations among the trades: they are few, are asked for by their source, and cost other trades nothing.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create index trades_of_platform on trades (source, id desc) where source <> 'order'`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `drop index trades_of_platform`);
}
