// Staking's books (DESIGN 8, invariant 4): what is staked is what was staked and not taken back, what is unbonding is
// what unstakes under way wait for, one by one.
import { sqlCheck } from './check';

const unbondingCheck = sqlCheck(
  'staking: what is unbonding is what unstakes under way wait for, one by one',
  /* sql */ `
  with held as (
    select t.reference, a.owner_id, sum(e.amount) as amount
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t on t.sequence = e.sequence and t.transfer = e.transfer
    where a.purpose = 'unbonding'
    group by t.reference, a.owner_id
  ), due as (
    select id::text as reference, user_id::text as owner_id,
      case when returned_at is null then amount else 0 end as amount
    from unstakes
  )
  select format('unstake %s of user %s should hold %s base units, it holds %s',
    coalesce(reference, 'without a row'), owner_id, coalesce(d.amount, 0), coalesce(h.amount, 0)) as finding
  from due d full join held h using (reference, owner_id)
  where d.amount is distinct from h.amount`,
);

const unstakesCheck = sqlCheck(
  'staking: an unstake was asked and returned when its row says, once, and nothing else leaves a stake',
  /* sql */ `
  with moved as (
    select t.reference, t.kind, count(*) as times, sum(e.amount) as amount, max(b.journal_time) as at
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t on t.sequence = e.sequence and t.transfer = e.transfer
    join journal_batches b on b.sequence = e.sequence
    where a.purpose in ('staked', 'available') and t.kind in ('unstake', 'unstake_return')
    group by t.reference, t.kind
  ), due as (
    select id::text as reference, 'unstake' as kind, -amount as amount, asked_at as at from unstakes
    union all
    select id::text, 'unstake_return', amount, returned_at from unstakes where returned_at is not null
  )
  select format('%s %s should have moved %s base units at %s, the journal says %s times, %s, at %s', kind,
    coalesce(reference, 'without a row'), coalesce(d.amount, 0), coalesce(d.at::text, 'no time'),
    coalesce(m.times, 0), coalesce(m.amount, 0), coalesce(m.at::text, 'no time')) as finding
  from due d full join moved m using (reference, kind)
  where m.times is distinct from 1 or d.amount is distinct from m.amount or d.at is distinct from m.at
  union all
  select format('transfer %s-%s of kind %s moved a stake', t.sequence, t.transfer, t.kind)
  from accounts a
  join journal_entries e on e.account_id = a.id
  join journal_transfers t on t.sequence = e.sequence and t.transfer = e.transfer
  where a.purpose = 'staked' and not (t.kind = 'stake' and e.amount > 0 or t.kind = 'unstake' and e.amount < 0)`,
);

const stakersCheck = sqlCheck(
  'staking: users have as many unstakes under way as is noted, and no more than allowed',
  /* sql */ `
  with open as (
    select user_id, count(*) as unstakes from unstakes where returned_at is null group by user_id
  )
  select format('user %s has %s unstakes under way, %s are noted', coalesce(o.user_id, s.user_id),
    coalesce(o.unstakes, 0), coalesce(s.open_unstakes, 0)) as finding
  from open o full join stakers s on s.user_id = o.user_id
  where coalesce(o.unstakes, 0) <> coalesce(s.open_unstakes, 0) or o.unstakes > 20`,
);

export const stakingChecks = [unbondingCheck, unstakesCheck, stakersCheck];
