// Users, their keys and sessions, and the operators' audit log (DESIGN 6). The committer alone writes
// users.role, frozen_at, frozen_reason and live_calls and api_keys.spent and reserved; the rest is plain SQL.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create table users (
      id uuid primary key,
      email text collate "C" not null
        constraint users_email_key unique
        constraint users_email_normalised check (email = lower(email) and email = btrim(email)),
      handle text collate "C" not null
        constraint users_handle_form check (handle ~ '^[A-Za-z0-9][A-Za-z0-9_-]{2,23}$'),
      password_hash text collate "C" not null,
      role text collate "C" not null default 'user' check (role in ('user', 'operator')),
      frozen_at timestamptz(3),
      frozen_reason text collate "C",
      accepts_risks_at timestamptz(3),
      live_calls int not null default 0 constraint users_live_calls_floor check (live_calls >= 0),
      created_at timestamptz(3) not null default clock_timestamp(),
      constraint users_frozen_with_reason check ((frozen_at is null) = (frozen_reason is null))
    ) with (fillfactor = 70); -- live_calls changes with every call: room for it on the row's own page
    create unique index users_handle_key on users (lower(handle));
    create index users_newest on users (created_at desc, id desc);

    create table api_keys (
      id uuid primary key,
      user_id uuid not null references users,
      name text collate "C" not null check (length(name) between 1 and 100),
      -- the secret has 256 random bits, so that a plain hash cannot be searched
      secret_hash bytea not null unique check (length(secret_hash) = 32),
      hint text collate "C" not null,
      scopes text[] not null check (
        cardinality(scopes) > 0 and scopes <@ array['relay', 'read', 'trade', 'account', 'admin']),
      expires_at timestamptz(3),
      spend_cap bigint check (spend_cap >= 0),
      spent bigint not null default 0 constraint api_keys_spent_floor check (spent >= 0),
      reserved bigint not null default 0 constraint api_keys_reserved_floor check (reserved >= 0),
      models text[] check (cardinality(models) > 0),
      ip_allow_list text[] check (cardinality(ip_allow_list) > 0),
      created_at timestamptz(3) not null default clock_timestamp(),
      revoked_at timestamptz(3),
      last_used_at timestamptz(3)
    ) with (fillfactor = 70);
    create index api_keys_of_user on api_keys (user_id, created_at desc, id desc);

    create table sessions (
      token_hash bytea primary key check (length(token_hash) = 32),
      user_id uuid not null references users,
      created_at timestamptz(3) not null default clock_timestamp(),
      expires_at timestamptz(3) not null
    );
    create index sessions_of_user on sessions (user_id);

    create table audit_log (
      id bigint generated always as identity primary key,
      -- derived from the request, so that a batch that is decided again makes the same row
      event_id uuid not null unique,
      at timestamptz(3) not null,
      -- null: the set-up itself, which makes the first operators
      operator_id uuid references users,
      action text collate "C" not null,
      subject_kind text collate "C" not null,
      subject_id text collate "C" not null,
      reason text collate "C",
      details jsonb not null default '{}',
      request_id text collate "C" not null
    );
    create index audit_log_of_subject on audit_log (subject_kind, subject_id, id desc);
    create index audit_log_of_operator on audit_log (operator_id, id desc);
    create trigger audit_log_append_only before update or delete or truncate on audit_log
    for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `drop table audit_log, sessions, api_keys, users;`);
}
