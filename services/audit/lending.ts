// The books of the lending pools (DESIGN 2.6 and 8, invariant 7).
import { sqlCheck, type AuditCheck } from './check';
import { lendingLossChecks } from './lending-losses';
import { lendingReplayCheck } from './lending-replay';

const poolsCheck = sqlCheck(
  'lending: a pool owes no more than it has: cash and debts cover all claims, exactly; its sums are those of positions and supplies',
  /* sql */ `
  with cash as (
    select asset::text, balance from accounts where owner_kind = 'platform' and purpose = 'lending'
  ), owed as (
    select case side when 'long' then 'CREDIT' else 'LCO' end as asset, sum(scaled_debt) as scaled_debt,
      sum(scaled_debt) filter (where status = 'taken_over') as taken_over
    from margin_positions group by side
  ), supplied as (
    select asset::text, sum(shares) as shares from lending_supplies group by asset
  ), lost as (
    select asset::text, sum(by_suppliers) as lost, sum(treasury_spent) as treasury from lending_losses group by asset
  ), counted as (
    select asset::text, count(*) as accruals, max(number) as last from lending_accruals group by asset
  ), pools as (
    select asset, coalesce(cash.balance, 0) as cash, p.asset as has_row, p.borrow_index, p.supply_index, p.scaled_debt,
      p.shares, p.taken_over_scaled_debt as taken_over, p.treasury_paid as treasury, p.lost, p.accruals,
      jsonb_build_object('scaled debt', coalesce(owed.scaled_debt, 0), 'taken over', coalesce(owed.taken_over, 0),
        'shares', coalesce(supplied.shares, 0), 'paid by the treasury', coalesce(lost.treasury, 0),
        'lost', coalesce(lost.lost, 0), 'accruals', coalesce(counted.accruals, 0),
        'last accrual', coalesce(counted.last, 0)) as due,
      jsonb_build_object('scaled debt', p.scaled_debt, 'taken over', p.taken_over_scaled_debt, 'shares', p.shares,
        'paid by the treasury', p.treasury_paid, 'lost', p.lost, 'accruals', p.accruals, 'last accrual', p.accruals) as told
    from (values ('CREDIT'), ('LCO')) a (asset)
    left join lending_pools p using (asset) left join cash using (asset) left join owed using (asset)
    left join supplied using (asset) left join lost using (asset) left join counted using (asset)
  )
  select format('the pool of %s has no row', asset) as finding from pools where has_row is null
  union all
  select format('pool %s says %s, its positions, supplies, losses and accruals make %s', asset, told, due)
  from pools where told <> due
  union all
  select format('pool %s lacks %s base units: %s in cash and %s lent do not cover claims of %s', asset,
    round(-excess / 1e18, 18), cash, ceil(scaled_debt * borrow_index / 1e18), floor(shares * supply_index / 1e18))
  from (select *, cash * 1e18::numeric + scaled_debt::numeric * borrow_index - shares::numeric * supply_index as excess
    from pools) p
  where excess < 0`,
);

const cashCheck = sqlCheck(
  'lending: what is not lent moves by supplies, withdrawals, loans, repayments and the reserve’s share, between those that they are of',
  /* sql */ `
  with moves as (
    select t.sequence, t.transfer, t.kind, t.reference, a.asset, e.amount, o.owner_kind, o.owner_id, o.purpose, o.asset as to_asset
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t using (sequence, transfer)
    left join (journal_entries f join accounts o on o.id = f.account_id)
      on f.sequence = e.sequence and f.transfer = e.transfer and f.account_id <> e.account_id
    where a.owner_kind = 'platform' and a.purpose = 'lending'
  )
  select format('transfer %s-%s of kind %s moved %s base units of the pool of %s, with %s/%s/%s/%s', sequence, transfer, kind,
    amount, asset, owner_kind, owner_id, purpose, to_asset) as finding
  from moves
  where case kind
    when 'lending_supply' then amount > 0 and (owner_kind = 'user' and purpose = 'available'
      or owner_kind = 'platform' and purpose = 'treasury' and asset = 'CREDIT')
    when 'lending_withdrawal' then amount < 0 and (owner_kind = 'user' and purpose = 'available'
      or owner_kind = 'platform' and purpose = 'treasury' and asset = 'CREDIT')
    when 'lending_borrow' then amount < 0 and owner_kind = 'position' and purpose = 'holdings' and owner_id = reference
    when 'lending_repayment' then amount > 0 and owner_kind = 'position' and purpose = 'holdings' and owner_id = reference
    when 'lending_interest' then amount < 0 and owner_kind = 'platform' and purpose = 'risk_reserve'
    else false end is not true
    or asset <> to_asset
  union all
  select format('transfer %s-%s of kind %s moved nothing of a pool', t.sequence, t.transfer, t.kind)
  from journal_transfers t
  left join moves m using (sequence, transfer)
  where t.kind in ('lending_supply', 'lending_withdrawal', 'lending_borrow', 'lending_repayment', 'lending_interest')
    and m.sequence is null`,
);

// Operators' seeds are acts of the audit log.
const seedsCheck = sqlCheck(
  'lending: the treasury supplied what operators had it supply',
  /* sql */ `
  with acts as (
    select at, (details ->> 'amount')::numeric * 1e8 as amount from audit_log where action = 'margin.seed'
  ), moved as (
    select b.journal_time as at, -e.amount as amount
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t using (sequence, transfer)
    join journal_batches b using (sequence)
    where a.key = 'platform/l-exchange/treasury/CREDIT' and t.kind in ('lending_supply', 'lending_withdrawal')
  )
  select format('at %s the treasury supplied %s base units, the audit log says %s', at, coalesce(m.amount, 0),
    coalesce(l.amount, 0)) as finding
  from (select at, sum(amount) as amount from acts group by at) l
  full join (select at, sum(amount) as amount from moved group by at) m using (at)
  where l.amount is distinct from m.amount`,
);

export const lendingChecks: readonly AuditCheck[] = [
  poolsCheck,
  cashCheck,
  seedsCheck,
  lendingReplayCheck,
  ...lendingLossChecks,
];
