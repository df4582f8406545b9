// Rules of one column move from check constraints into domains. PostgreSQL reads every check constraint of a table
// anew for each statement that writes it, and for columns that the statement does not touch; a domain is read once a
// connection, for the columns that are written. On the tables of the hot path that was a quarter of a commit. What
// spans columns of a call (when it has ended it has an ending, when it is settled it has a charge) is proved by the
// audit.
import type { Knex } from 'knex';

interface Domain {
  readonly name: string;
  readonly base: string;
  readonly rule: string;
  /** Columns that take it, with the check constraint that it stands for. */
  readonly columns: readonly (readonly [table: string, column: string, constraint: string])[];
}

const domains: readonly Domain[] = [
  {
    name: 'sha256_digest',
    base: 'bytea',
    rule: 'length(value) = 32',
    columns: [
      ['journal_head', 'hash', 'journal_head_hash_check'],
      ['journal_batches', 'previous_hash', 'journal_batches_previous_hash_check'],
      ['journal_batches', 'hash', 'journal_batches_hash_check'],
      ['api_keys', 'secret_hash', 'api_keys_secret_hash_check'],
    ],
  },
  {
    name: 'moved_amount',
    base: 'bigint',
    rule: 'value <> 0',
    columns: [['journal_entries', 'amount', 'journal_entries_amount_check']],
  },
  {
    name: 'base_units',
    base: 'bigint',
    rule: 'value >= 0',
    columns: [
      ['api_keys', 'spend_cap', 'api_keys_spend_cap_check'],
      ['api_keys', 'spent', 'api_keys_spent_floor'],
      ['api_keys', 'reserved', 'api_keys_reserved_floor'],
      ['relay_calls', 'reserved', 'relay_calls_reserved_check'],
      ['relay_totals', 'charged', 'relay_totals_charged_check'],
    ],
  },
  {
    name: 'running_number',
    base: 'bigint',
    rule: 'value >= 0',
    columns: [['relay_totals', 'settled_calls', 'relay_totals_settled_calls_check']],
  },
  {
    name: 'live_count',
    base: 'int',
    rule: 'value >= 0',
    columns: [['users', 'live_calls', 'users_live_calls_floor']],
  },
  {
    name: 'owner_kind',
    base: 'text collate "C"',
    rule: `value in ('platform', 'user', 'position', 'prediction', 'wars')`,
    columns: [['accounts', 'owner_kind', 'accounts_owner_kind_check']],
  },
  {
    name: 'account_purpose',
    base: 'text collate "C"',
    rule: `value in (
      'available', 'orders', 'relay', 'staked', 'unbonding', 'imo', 'redeeming', 'holdings', 'pool', 'bond',
      'free_calls', 'reserve', 'mint', 'losses', 'black_hole', 'revenue', 'upstream_cost', 'trading_fees', 'treasury',
      'ecosystem_fund', 'prize_fund', 'prize_pool', 'risk_reserve', 'lending')`,
    columns: [['accounts', 'purpose', 'accounts_purpose_check']],
  },
  {
    name: 'asset',
    base: 'text collate "C"',
    rule: `value in ('CREDIT', 'LCO')`,
    columns: [['accounts', 'asset', 'accounts_asset_check']],
  },
  {
    name: 'email_address',
    base: 'text collate "C"',
    rule: 'value = lower(value) and value = btrim(value)',
    columns: [['users', 'email', 'users_email_normalised']],
  },
  {
    name: 'user_handle',
    base: 'text collate "C"',
    rule: `value ~ '^[A-Za-z0-9][A-Za-z0-9_-]{2,23}$'`,
    columns: [['users', 'handle', 'users_handle_form']],
  },
  {
    name: 'user_role',
    base: 'text collate "C"',
    rule: `value in ('user', 'operator')`,
    columns: [['users', 'role', 'users_role_check']],
  },
  {
    name: 'key_name',
    base: 'text collate "C"',
    rule: 'length(value) between 1 and 100',
    columns: [['api_keys', 'name', 'api_keys_name_check']],
  },
  {
    name: 'key_scopes',
    base: 'text[]',
    rule: `cardinality(value) > 0 and value <@ array['relay', 'read', 'trade', 'account', 'admin']`,
    columns: [['api_keys', 'scopes', 'api_keys_scopes_check']],
  },
  {
    name: 'allow_list',
    base: 'text[]',
    rule: 'cardinality(value) > 0',
    columns: [
      ['api_keys', 'models', 'api_keys_models_check'],
      ['api_keys', 'ip_allow_list', 'api_keys_ip_allow_list_check'],
    ],
  },
  {
    name: 'call_status',
    base: 'text collate "C"',
    rule: `value in ('live', 'settled', 'released')`,
    columns: [['relay_calls', 'status', 'relay_calls_status_check']],
  },
  {
    name: 'token_source',
    base: 'text collate "C"',
    rule: `value in ('upstream', 'tokenizer', 'reservation')`,
    columns: [['relay_calls', 'token_source', 'relay_calls_token_source_check']],
  },
];

/** The account's key is made of columns whose types change: it goes and comes back. */
const dropAccountKey = 'alter table accounts drop column key;';
const addAccountKey = /* sql */ `
  alter table accounts add column key text collate "C" not null unique
    generated always as (owner_kind || '/' || owner_id || '/' || purpose || '/' || asset) stored;`;

/** So do indexes with a condition on such a column. */
const dropCallIndexes = 'drop index relay_calls_live, relay_calls_usage;';
const addCallIndexes = /* sql */ `
  create index relay_calls_live on relay_calls (user_id) where status = 'live';
  create index relay_calls_usage on relay_calls (user_id, ended_at desc, id desc) where status = 'settled';`;

const addOperatorIndex = `create index users_operators on users (id) where role = 'operator';`;
const addBalanceFloor = /* sql */ `
  alter table accounts add constraint accounts_balance_floor check (
    balance >= 0
    or (owner_kind = 'platform' and purpose in ('reserve', 'losses'))
    or (owner_kind = 'platform' and purpose = 'mint' and balance >= -1000000000000000));`;

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`${dropAccountKey} ${dropCallIndexes}
    drop index users_operators;
    alter table accounts drop constraint accounts_balance_floor;
    alter table relay_calls drop constraint relay_calls_end, drop constraint relay_calls_settlement;`);
  for (const { name, base, rule, columns } of domains) {
    await knex.raw(`create domain ${name} as ${base} constraint ${name}_rule check (${rule});`);
    for (const [table, column, constraint] of columns) {
      await knex.raw(
        `alter table ${table} drop constraint ${constraint}, alter column ${column} type ${name};`,
      );
    }
  }
  await knex.raw(`${addAccountKey} ${addCallIndexes} ${addOperatorIndex} ${addBalanceFloor}`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`${dropAccountKey} ${dropCallIndexes}
    drop index users_operators;
    alter table accounts drop constraint accounts_balance_floor;`);
  for (const { name, base, rule, columns } of domains) {
    for (const [table, column, constraint] of columns) {
      const check = rule.replaceAll('value', column);
      await knex.raw(
        `alter table ${table} alter column ${column} type ${base}, add constraint ${constraint} check (${check});`,
      );
    }
    await knex.raw(`drop domain ${name};`);
  }
  await knex.raw(`${addAccountKey} ${addCallIndexes} ${addOperatorIndex} ${addBalanceFloor}
    alter table relay_calls
      add constraint relay_calls_end check ((status = 'live') = (ended_at is null) and (status = 'live') = (ending is null)),
      add constraint relay_calls_settlement check (
        (status = 'settled') = (settlement_number is not null)
        and (status <> 'settled' or (
          charge between 0 and reserved and cost >= 0 and shortfall = greatest(0, cost - charge)
          and excess >= 0 and mined >= 0 and input_tokens >= 0 and cached_input_tokens >= 0
          and cache_write_tokens >= 0 and output_tokens >= 0
          and token_source is not null and channel_id is not null and latency_ms >= 0)));`);
}
