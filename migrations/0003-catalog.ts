// Governed parameters (DESIGN 2.11) and the operators' catalogue: models, their price versions, and the channels
// that serve them (DESIGN 2.2). Prices are base units of CREDIT per million tokens.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    -- A parameter has a row once it was changed; until then it has its default, as version 1.
    create table parameters (
      name text collate "C" primary key,
      value jsonb not null,
      version int not null check (version > 1),
      changed_at timestamptz(3) not null
    );

    create table parameter_history (
      -- name@version
      id text collate "C" primary key,
      name text collate "C" not null,
      version int not null check (version > 1),
      value jsonb not null,
      previous_value jsonb not null,
      changed_at timestamptz(3) not null,
      -- what decided it, for example proposal/<id>
      source text collate "C" not null,
      reason text collate "C",
      unique (name, version)
    );
    create trigger parameter_history_append_only before update or delete or truncate on parameter_history
    for each statement execute function refuse_change();

    create table price_versions (
      -- model@version
      id text collate "C" primary key,
      model_id text collate "C" not null,
      version int not null check (version > 0),
      unit text collate "C" not null check (unit = 'tokens'),
      list_input bigint not null check (list_input >= 0),
      list_cached_input bigint not null check (list_cached_input >= 0),
      list_cache_write bigint check (list_cache_write >= 0),
      list_output bigint not null check (list_output >= 0),
      cost_input bigint not null check (cost_input >= 0),
      cost_cached_input bigint not null check (cost_cached_input >= 0),
      cost_cache_write bigint check (cost_cache_write >= 0),
      cost_output bigint not null check (cost_output >= 0),
      max_input int not null check (max_input > 0),
      max_output int not null check (max_output > 0),
      hides_output boolean not null,
      tokenizer text collate "C",
      tokenizer_factor_bps int not null check (tokenizer_factor_bps >= 10000),
      max_per_image int check (max_per_image > 0),
      created_at timestamptz(3) not null,
      -- null: the set-up itself
      created_by uuid references users,
      reason text collate "C",
      unique (model_id, version)
    );
    create trigger price_versions_append_only before update or delete or truncate on price_versions
    for each statement execute function refuse_change();

    -- Foreign keys wait for the commit: a batch writes its tables in no particular order.
    create table models (
      id text collate "C" primary key,
      current_version_id text collate "C" not null references price_versions deferrable initially deferred,
      access text collate "C" not null check (access in ('open', 'imo')),
      -- an upstream used more than was reserved
      flagged_at timestamptz(3),
      flagged_reason text collate "C",
      constraint models_flagged_with_reason check ((flagged_at is null) = (flagged_reason is null))
    );
    alter table price_versions add constraint price_versions_model_id_fkey
      foreign key (model_id) references models deferrable initially deferred;

    create table channels (
      id uuid primary key,
      name text collate "C" not null check (length(name) between 1 and 100),
      kind text collate "C" not null check (kind in ('openai', 'anthropic')),
      base_url text collate "C" not null,
      -- the name of an environment variable, or a key sealed under the master key, or neither
      key_env text collate "C",
      key_sealed bytea,
      key_hint text collate "C",
      priority int not null,
      weight int not null check (weight > 0),
      enabled boolean not null,
      connect_timeout_ms int not null check (connect_timeout_ms > 0),
      first_byte_timeout_ms int not null check (first_byte_timeout_ms > 0),
      idle_timeout_ms int not null check (idle_timeout_ms > 0),
      max_call_ms int not null check (max_call_ms > 0),
      created_at timestamptz(3) not null,
      -- kept for the receipts that name it
      deleted_at timestamptz(3),
      constraint channels_one_key check (key_env is null or key_sealed is null),
      constraint channels_deleted_is_disabled check (deleted_at is null or not enabled)
    );
    create unique index channels_name_key on channels (name) where deleted_at is null;
    create index channels_newest on channels (created_at desc, id desc) where deleted_at is null;

    create table channel_models (
      -- channel/model
      id text collate "C" primary key,
      channel_id uuid not null references channels deferrable initially deferred,
      model_id text collate "C" not null references models deferrable initially deferred,
      -- what the upstream calls the model
      upstream_id text collate "C" not null,
      -- the channel's own cost; null: that of the price version
      cost_input bigint check (cost_input >= 0),
      cost_cached_input bigint check (cost_cached_input >= 0),
      cost_cache_write bigint check (cost_cache_write >= 0),
      cost_output bigint check (cost_output >= 0),
      -- kept for the calls that are under way
      removed_at timestamptz(3),
      unique (channel_id, model_id),
      constraint channel_models_whole_cost check (
        (cost_input is null) = (cost_output is null)
        and (cost_input is null) = (cost_cached_input is null)
        and (cost_input is not null or cost_cache_write is null))
    );
    create index channel_models_of_model on channel_models (model_id) where removed_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    alter table price_versions drop constraint price_versions_model_id_fkey;
    drop table channel_models, channels, models, price_versions, parameter_history, parameters;
  `);
}
