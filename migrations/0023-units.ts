// Models that are priced by another unit than tokens (DESIGN 2.2): an image, a second, a character.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    alter table price_versions drop constraint price_versions_unit_check;
    alter table price_versions add constraint price_versions_unit_check
      check (unit in ('tokens', 'images', 'seconds', 'characters'));
    -- what can be asked for, and how many units it takes; null: everything takes one
    alter table price_versions add column variants json;
    alter table price_versions add constraint price_versions_variants_check
      check (variants is null or unit in ('images', 'seconds'));
    -- that of the model, which never changes
    alter table channel_models add column unit text collate "C" not null default 'tokens'
      check (unit in ('tokens', 'images', 'seconds', 'characters'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    alter table channel_models drop column unit;
    alter table price_versions drop column variants;
    alter table price_versions drop constraint price_versions_unit_check;
    alter table price_versions add constraint price_versions_unit_check check (unit = 'tokens');
  `);
}
