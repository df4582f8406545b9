// How Credits come and go (DESIGN 2.1): deposits and their reversals, redemptions, grants from the treasury, bills
// paid to upstreams, and corrections of cost for the next close.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    create table deposits (
      -- derived from external_ref
      id uuid primary key,
      external_ref text collate "C" not null unique check (length(external_ref) between 1 and 200),
      source text collate "C" not null check (source in ('operator', 'webhook')),
      user_id uuid references users,
      account text collate "C" check (account in ('treasury', 'risk_reserve', 'upstream_cost')),
      amount bigint not null check (amount > 0),
      status text collate "C" not null
        check (status in ('awaiting_second', 'confirmed', 'rejected', 'reversed')),
      reason text collate "C",
      recorded_by uuid references users,
      recorded_at timestamptz(3) not null,
      -- the second operator's decision
      decided_by uuid references users,
      decided_at timestamptz(3),
      decision_reason text collate "C",
      confirmed_at timestamptz(3),
      -- until then its Credits may be spent but not redeemed; null: no hold
      redeemable_at timestamptz(3),
      reversed_at timestamptz(3),
      -- null: the payment provider
      reversed_by uuid references users,
      reversal_reason text collate "C",
      reversed_from_treasury bigint check (reversed_from_treasury >= 0),
      reversed_from_losses bigint check (reversed_from_losses >= 0),
      constraint deposits_one_beneficiary check ((user_id is null) <> (account is null)),
      constraint deposits_recorded check (
        (source = 'operator') = (recorded_by is not null)
        and (source = 'operator') = (reason is not null)
        and (source = 'operator' or user_id is not null)),
      constraint deposits_confirmed check ((status in ('confirmed', 'reversed')) = (confirmed_at is not null)),
      constraint deposits_two_people check (decided_by is null or decided_by <> recorded_by),
      constraint deposits_decided check (
        (decided_by is null) = (decided_at is null)
        and (decided_by is null) = (decision_reason is null)
        and (status <> 'awaiting_second' or decided_by is null)
        and (status <> 'rejected' or decided_by is not null)),
      constraint deposits_no_own_case check (user_id is null or (
        user_id is distinct from recorded_by
        and user_id is distinct from decided_by
        and user_id is distinct from reversed_by)),
      constraint deposits_reversed check (
        (status = 'reversed') = (reversed_at is not null)
        and (status = 'reversed') = (reversal_reason is not null)
        and (status = 'reversed') = (reversed_from_treasury is not null)
        and (status = 'reversed') = (reversed_from_losses is not null)
        and (status = 'reversed' or reversed_by is null)
        and reversed_from_treasury + reversed_from_losses <= amount)
    );
    create index deposits_newest on deposits (recorded_at desc, id desc);
    create index deposits_of_status on deposits (status, recorded_at desc, id desc);
    create index deposits_on_hold on deposits (user_id, redeemable_at)
      where status = 'confirmed' and redeemable_at is not null;

    create table redemptions (
      -- derived from the user and the request's idempotency key
      id uuid primary key,
      user_id uuid not null references users,
      amount bigint not null check (amount > 0),
      destination text collate "C" not null check (length(destination) between 1 and 200),
      status text collate "C" not null
        check (status in ('pending', 'awaiting_second', 'approved', 'rejected')),
      -- fixed at the request, by the four-eyes limit of then
      approvals_needed int not null check (approvals_needed in (1, 2)),
      first_approver uuid references users,
      decided_by uuid references users,
      decided_at timestamptz(3),
      requested_at timestamptz(3) not null,
      -- [{status, at, operatorId, reason}], oldest first
      history json not null,
      constraint redemptions_decided check (
        (status in ('approved', 'rejected')) = (decided_by is not null)
        and (decided_by is null) = (decided_at is null)),
      constraint redemptions_two_people check (
        (status = 'pending' and first_approver is null)
        or (status = 'awaiting_second' and first_approver is not null and approvals_needed = 2)
        or (status = 'approved' and (approvals_needed = 1) = (first_approver is null)
          and first_approver is distinct from decided_by)
        or status = 'rejected'),
      constraint redemptions_no_own_case check (
        user_id is distinct from first_approver and user_id is distinct from decided_by)
    );
    create index redemptions_of_user on redemptions (user_id, requested_at desc, id desc);
    create index redemptions_of_status on redemptions (status, requested_at desc, id desc);
    create index redemptions_newest on redemptions (requested_at desc, id desc);

    create table grants (
      id uuid primary key,
      user_id uuid not null references users,
      amount bigint not null check (amount > 0),
      reason text collate "C" not null,
      granted_by uuid not null references users,
      granted_at timestamptz(3) not null,
      constraint grants_no_own_case check (user_id <> granted_by)
    );
    create index grants_newest on grants (granted_at desc, id desc);

    create table upstream_payments (
      id uuid primary key,
      amount bigint not null check (amount > 0),
      -- the upstream's name
      channel text collate "C",
      reason text collate "C" not null,
      recorded_by uuid not null references users,
      recorded_at timestamptz(3) not null
    );
    create index upstream_payments_newest on upstream_payments (recorded_at desc, id desc);

    create table cost_corrections (
      id uuid primary key,
      -- above 0: the upstream costs more than was booked
      amount bigint not null check (amount <> 0),
      channel text collate "C",
      reason text collate "C" not null,
      recorded_by uuid not null references users,
      recorded_at timestamptz(3) not null,
      -- the weekly close that took it in
      closed_in text collate "C"
    );
    create index cost_corrections_newest on cost_corrections (recorded_at desc, id desc);
    create index cost_corrections_open on cost_corrections (id) where closed_in is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(/* sql */ `
    drop table cost_corrections, upstream_payments, grants, redemptions, deposits;
  `);
}
