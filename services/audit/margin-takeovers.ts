// What the risk reserve took over (DESIGN 2.6), with the means that it had then.
import { parameterDefinitions } from '../../domain/parameter-registry';
import { sqlCheck } from './check';

const cap = 'margin.reserveTakeoverCap';

/** The highest that may have been in force: a change may be earlier or later in the same millisecond. */
const capSql = /* sql */ `
  (select max(amount) from (
    (select (h.value #>> '{}')::numeric as amount from parameter_history h where h.name = '${cap}' and h.changed_at < m.at
     order by h.version desc limit 1)
    union all
    select (h.value #>> '{}')::numeric from parameter_history h where h.name = '${cap}' and h.changed_at = m.at
    union all
    select ${parameterDefinitions[cap].default} where not exists
      (select from parameter_history h where h.name = '${cap}' and h.changed_at < m.at)
  ) caps)`;

// One line of time with the debts that are taken over, the indices and the reserve, so that it is sorted once, however many
// there were. Debts as they are after a millisecond are no more than after its last takeover, the reserve is the most that it
// had then.
export const takeoverCheck = sqlCheck(
  'margin: what the risk reserve took over was within its means, all together',
  /* sql */ `
  with takeovers as (
    select c.position_id, c.number, c.at, c.mark, p.side
    from margin_changes c join margin_positions p on p.id = c.position_id
    where c.kind = 'taken_over'
  ), events (at, credits, coins, credit_index, coin_index, reserve, reserve_high, mark) as (
    select case when c.number <= t.number then t.at else c.at end, case t.side when 'long' then c.scaled_debt else 0 end,
      case t.side when 'short' then c.scaled_debt else 0 end, null::numeric, null::numeric, 0::numeric, null::numeric, null::numeric
    from takeovers t join margin_changes c using (position_id)
    union all
    select at, 0, 0, null, null, 0, null, mark from takeovers
    union all
    select at, 0, 0, case asset when 'CREDIT' then borrow_index end, case asset when 'LCO' then borrow_index end, 0, null, null
    from lending_accruals
    union all
    select b.journal_time, 0, 0, null, null, e.amount, e.balance_after, null
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_batches b using (sequence)
    where a.key = 'platform/l-exchange/risk_reserve/CREDIT'
  ), moments as (
    select at, max(mark) as mark,
      ceil(sum(sum(credits)) over so_far * coalesce(max(max(credit_index)) over so_far, 1e18) / 1e18) as credits,
      ceil(sum(sum(coins)) over so_far * coalesce(max(max(coin_index)) over so_far, 1e18) / 1e18) as coins,
      greatest(sum(sum(reserve)) over so_far - sum(reserve), max(reserve_high)) as reserve
    from events group by at
    window so_far as (order by at)
  )
  select format('at %s the reserve had taken over debts of %s and of %s LCO at %s, %s times its %s base units is less', at, credits,
    coins, mark, ${capSql}, reserve) as finding
  from moments m
  where mark is not null and credits + ceil(coins * mark) > reserve * ${capSql}`,
);
