// The Credits' books (DESIGN 8, invariants 4 and 11): whatever made or destroyed Credits is one deposit, reversal,
// redemption or bill, so that what is outstanding is their sum; what redemptions hold is what awaits a decision.
import { sqlCheck } from './check';

export const outstandingCheck = sqlCheck(
  'Credits: outstanding = deposits - redemptions - reversals - bills paid, one by one',
  /* sql */ `
  with due (kind, reference, amount) as (
    select 'deposit', id::text, -amount from deposits where confirmed_at is not null
    union all
    select 'deposit_reversal', id::text, amount from deposits where status = 'reversed'
    union all
    select 'redemption', id::text, amount from redemptions where status = 'approved'
    union all
    select 'upstream_payment', id::text, amount from upstream_payments
  ), posted as (
    select t.kind, t.reference, count(*) as times, sum(e.amount) as amount
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t on t.sequence = e.sequence and t.transfer = e.transfer
    where a.key = 'platform/l-exchange/reserve/CREDIT'
    group by t.kind, t.reference
  )
  select format('%s %s should have moved the reserve once by %s base units, the journal says %s times, by %s',
    kind, coalesce(reference, 'of nothing'), coalesce(d.amount, 0), coalesce(p.times, 0), coalesce(p.amount, 0)) as finding
  from due d full join posted p using (kind, reference)
  where coalesce(p.times, 0) <> 1 or d.amount is distinct from p.amount`,
);

export const redeemingCheck = sqlCheck(
  'redemptions: what is held is what awaits a decision, one by one',
  /* sql */ `
  with held as (
    select t.reference, a.owner_id, sum(e.amount) as amount
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t on t.sequence = e.sequence and t.transfer = e.transfer
    where a.purpose = 'redeeming'
    group by t.reference, a.owner_id
  ), due as (
    select id::text as reference, user_id::text as owner_id,
      case when status in ('pending', 'awaiting_second') then amount else 0 end as amount
    from redemptions
  )
  select format('redemption %s of user %s should hold %s base units, it holds %s',
    coalesce(reference, 'without a row'), owner_id, coalesce(d.amount, 0), coalesce(h.amount, 0)) as finding
  from due d full join held h using (reference, owner_id)
  where d.amount is distinct from h.amount`,
);

export const grantsCheck = sqlCheck(
  'grants: the treasury paid each of them once',
  /* sql */ `
  with paid as (
    select t.reference, count(*) as times, -sum(e.amount) as amount
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t on t.sequence = e.sequence and t.transfer = e.transfer
    where a.key = 'platform/l-exchange/treasury/CREDIT' and t.kind = 'grant'
    group by t.reference
  )
  select format('grant %s of %s base units was paid %s times, with %s',
    coalesce(g.id::text, p.reference), coalesce(g.amount, 0), coalesce(p.times, 0), coalesce(p.amount, 0)) as finding
  from grants g full join paid p on p.reference = g.id::text
  where coalesce(p.times, 0) <> 1 or g.amount is distinct from p.amount`,
);
