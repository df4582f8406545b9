// Margin positions against the journal (DESIGN 2.6 and 4): each change moved what its row says, between the accounts that it
// is about, and nothing else moved for positions.
import { sqlCheck, type AuditCheck } from './check';

const postingsCheck = sqlCheck(
  'margin: each change moved what its row says, when it says, between its position and its owner, the pool and the reserve',
  /* sql */ `
  with changes as (
    select c.*, c.position_id::text as id_text, p.user_id, case p.side when 'long' then 'CREDIT' else 'LCO' end as owed,
      case when c.kind in ('worked_off', 'written_off', 'offered', 'taken_over') then 'platform/l-exchange/risk_reserve/'
        else 'user/' || p.user_id || '/available/' end as bearer
    from margin_changes c join margin_positions p on p.id = c.position_id
  ), due as (
    select c.id_text as reference, c.at, d.kind, d.account, sum(d.amount) as amount
    from changes c cross join lateral (values
      ('margin_collateral', c.bearer || 'CREDIT', case when c.kind = 'written_off' then 0 else -c.paid_in end),
      ('margin_collateral', 'position/' || c.position_id || '/holdings/CREDIT',
        case when c.kind = 'written_off' then 0 else c.paid_in end),
      ('margin_payout', c.bearer || 'CREDIT', c.paid_out),
      ('margin_payout', 'position/' || c.position_id || '/holdings/CREDIT', -c.paid_out),
      ('margin_penalty', 'platform/l-exchange/risk_reserve/CREDIT', c.penalty),
      ('margin_penalty', 'position/' || c.position_id || '/holdings/CREDIT', -c.penalty),
      ('margin_surplus', c.bearer || 'LCO', c.surplus),
      ('margin_surplus', 'position/' || c.position_id || '/holdings/LCO', -c.surplus),
      ('bad_debt', 'position/' || c.position_id || '/holdings/CREDIT',
        case when c.kind = 'written_off' then c.paid_in else 0 end),
      ('bad_debt', 'position/' || c.position_id || '/holdings/LCO', c.coins_in),
      ('lending_debt', 'platform/l-exchange/lending/' || c.owed, -c.debt),
      ('lending_debt', 'position/' || c.position_id || '/holdings/' || c.owed, c.debt)
    ) as d (kind, account, amount)
    group by 1, 2, 3, 4
    having sum(d.amount) <> 0
  ), posted as (
    select t.reference, b.journal_time as at,
      case when t.kind in ('lending_borrow', 'lending_repayment') then 'lending_debt' else t.kind end as kind,
      a.key as account, sum(e.amount) as amount
    from journal_transfers t
    join journal_batches b using (sequence)
    join journal_entries e using (sequence, transfer)
    join accounts a on a.id = e.account_id
    -- what the reserve and the treasury gave for a debt is compared with the losses
    where (t.kind in ('margin_collateral', 'margin_payout', 'margin_penalty', 'margin_surplus', 'lending_borrow', 'lending_repayment')
      or (t.kind = 'bad_debt' and not (a.owner_kind = 'platform' and a.purpose in ('risk_reserve', 'treasury'))))
    group by 1, 2, 3, 4
    having sum(e.amount) <> 0
  )
  select format('%s of position %s at %s should have moved %s base units of %s, the journal says %s', kind,
    coalesce(reference, 'none'), at, coalesce(d.amount, 0), account, coalesce(p.amount, 0)) as finding
  from due d full join posted p using (reference, at, kind, account)
  where d.amount is distinct from p.amount`,
);

const holdingsCheck = sqlCheck(
  'margin: a position has what its row says, and what its order in the book has made of it; nothing else moves its accounts',
  /* sql */ `
  with due as (
    select p.id::text as owner_id, d.purpose, d.asset, d.amount
    from margin_positions p
    left join orders o on o.id = p.work_off_order_id
    cross join lateral (
      select coalesce(o.hold, 0) as held, coalesce(o.filled_lots, 0) * 1000000::bigint as filled,
        coalesce(o.maker_notional + o.taker_notional, 0) as notional, coalesce(o.fee_charged, 0) as fee
    ) f
    cross join lateral (values
      ('holdings', 'CREDIT', p.credits + case p.side when 'long' then notional - fee else -notional - fee - held end),
      ('holdings', 'LCO', p.lots * 1000000::bigint + case p.side when 'long' then -filled - held else filled end),
      ('orders', 'CREDIT', case p.side when 'long' then 0 else held end),
      ('orders', 'LCO', case p.side when 'long' then held else 0 end)
    ) as d (purpose, asset, amount)
  ), has as (
    select owner_id, purpose::text, asset::text, balance as amount from accounts where owner_kind = 'position'
  )
  select format('position %s should have %s base units of %s as %s, the account has %s', owner_id, coalesce(d.amount, 0), asset,
    purpose, coalesce(h.amount, 0)) as finding
  from due d full join has h using (owner_id, purpose, asset)
  where coalesce(d.amount, 0) <> coalesce(h.amount, 0) or (d.owner_id is null)
  union all
  select format('transfer %s-%s of kind %s for %s moved an account of position %s', t.sequence, t.transfer, t.kind,
    coalesce(t.reference, 'nothing'), a.owner_id)
  from accounts a
  join journal_entries e on e.account_id = a.id
  join journal_transfers t using (sequence, transfer)
  where a.owner_kind = 'position'
    and not (t.kind in ('margin_collateral', 'margin_payout', 'margin_penalty', 'margin_surplus', 'bad_debt',
        'lending_borrow', 'lending_repayment') and t.reference = a.owner_id
      or t.kind in ('order_hold', 'order_release', 'trade'))`,
);

export const marginPostingChecks: readonly AuditCheck[] = [postingsCheck, holdingsCheck];
