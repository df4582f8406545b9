// The IMO launchpad (DESIGN 2.7): IMOs, what was locked for them and what it gave, and what calls take of a quota.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create domain imo_status as text collate "C" constraint imo_status_rule
      check (value in ('announced', 'weighing', 'allocating', 'active', 'expired', 'cancelled'));

    create table imos (
      -- derived from the operator and the request's idempotency key
      id uuid primary key,
      model_id text collate "C" not null references models,
      -- what the quota counts: the unit of the model's price
      unit text collate "C" not null,
      quota bigint not null check (quota > 0),
      opens_at timestamptz(3) not null,
      closes_at timestamptz(3) not null,
      expires_at timestamptz(3) not null,
      cap_per_user bigint check (cap_per_user > 0),
      min_participants int check (min_participants > 0),
      min_locked base_units check (min_locked > 0),
      -- pinned at the announcement
      weights json not null,
      announced_at timestamptz(3) not null,
      announced_by uuid references users,
      status imo_status not null,
      -- counts the changes of the row
      revision int not null,
      -- subscriptions, LCO locked by them, and the same weighted by their levels so far
      subscriptions int not null check (subscriptions >= 0),
      locked base_units not null,
      weighted_locked base_units not null,
      -- subscriptions whose lock is not returned
      open_locks int not null check (open_locks between 0 and subscriptions),
      closed_at timestamptz(3),
      -- of the close: subscriptions that were weighed, those with a weight, and what these have locked
      weighed int not null check (weighed between 0 and subscriptions),
      participants int not null check (participants between 0 and weighed),
      participants_locked base_units not null,
      participants_weight base_units not null,
      -- participants who have their share, and units that were given out
      allocated int not null check (allocated between 0 and participants),
      allocated_quota bigint not null check (allocated_quota between 0 and quota),
      activated_at timestamptz(3),
      ended_at timestamptz(3),
      -- an operator, or null: a minimum was not met
      cancelled_by uuid references users,
      cancel_reason text collate "C",
      -- every lock is returned
      settled_at timestamptz(3),
      constraint imos_times check (announced_at <= opens_at and opens_at < closes_at and closes_at < expires_at),
      constraint imos_closed check (closed_at >= closes_at and
        (status not in ('weighing', 'allocating', 'active', 'expired') or closed_at is not null)),
      constraint imos_active check (
        (status not in ('active', 'expired') or activated_at is not null) and activated_at >= closed_at),
      constraint imos_ended check ((status in ('expired', 'cancelled')) = (ended_at is not null)
        and (status <> 'expired' or ended_at >= expires_at)),
      constraint imos_cancelled check ((status = 'cancelled') = (cancel_reason is not null)
        and (cancelled_by is null or status = 'cancelled')),
      constraint imos_settled check (settled_at is null or (open_locks = 0 and ended_at is not null))
    );
    create index imos_list on imos (announced_at desc, id desc);
    create index imos_of_model on imos (model_id, announced_at desc);

    -- No foreign keys: calls write it.
    create table imo_subscriptions (
      -- <imo>/<user>
      id text collate "C" primary key,
      imo_id uuid not null,
      user_id uuid not null,
      -- <user>/<model>
      holder text collate "C" not null,
      locked base_units not null,
      -- the lowest at its subscriptions, and at the close too
      tier text collate "C" not null,
      subscribed_at timestamptz(3) not null,
      -- at the close: LCO that were staked, and what a locked one counts
      closing_stake base_units,
      weight int check (weight >= 0),
      -- units of the quota: given, used by settled calls, held by live ones
      allocation bigint check (allocation >= 0),
      used bigint not null check (used >= 0),
      held bigint not null check (held >= 0),
      returned_at timestamptz(3),
      return_reason text collate "C" check (return_reason in
        ('below_level', 'no_allocation', 'used_up', 'given_up', 'expired', 'cancelled')),
      constraint imo_subscriptions_weighed check ((closing_stake is null) = (weight is null)
        and (allocation is null or weight > 0)),
      constraint imo_subscriptions_quota check (used + held <= coalesce(allocation, 0)),
      constraint imo_subscriptions_returned check ((returned_at is null) = (return_reason is null))
    ) with (fillfactor = 80);
    -- the order of the close, and of ties
    create unique index imo_subscriptions_order on imo_subscriptions (imo_id, subscribed_at, user_id);
    create index imo_subscriptions_locked on imo_subscriptions (imo_id, subscribed_at, user_id) where returned_at is null;
    create index imo_subscriptions_of_user on imo_subscriptions (user_id, subscribed_at desc);
    create index imo_subscriptions_quota_of on imo_subscriptions (holder)
      where allocation > 0 and returned_at is null;

    -- whose quota a call holds or, settled, has used: the IMO, and how many units
    alter table relay_calls add column imo_id uuid, add column quota base_units;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    alter table relay_calls drop column imo_id, drop column quota;
    drop table imo_subscriptions, imos;
    drop domain imo_status;
  `);
}
