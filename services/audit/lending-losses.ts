// Debts without any collateral (DESIGN 2.6): the risk reserve pays first, then the treasury within its backstop, then the
// suppliers.
import { parameterDefinitions } from '../../domain/parameter-registry';
import { formatAmount } from '../../domain/money';
import { sqlCheck, type AuditCheck } from './check';

const backstop = 'margin.treasuryBackstop';
const backstopDefault = formatAmount(parameterDefinitions[backstop].default);

const spentCheck = sqlCheck(
  'lending: losses say what the reserve and the treasury gave for them, and what of it the reserve had at hand',
  /* sql */ `
  with gave as (
    select t.reference,
      -coalesce(sum(e.amount) filter (where a.purpose = 'risk_reserve' and a.asset = 'CREDIT'), 0) as reserve,
      -coalesce(sum(e.amount) filter (where a.purpose = 'treasury'), 0) as treasury,
      -coalesce(sum(e.amount) filter (where a.purpose = 'risk_reserve' and a.asset = 'LCO'), 0) as coins
    from journal_transfers t
    join journal_entries e using (sequence, transfer)
    join accounts a on a.id = e.account_id
    where t.kind = 'bad_debt'
    group by t.reference
  ), says as (
    select id::text as reference, reserve_spent as reserve, treasury_spent as treasury,
      (select coalesce(sum(c.coins_in), 0) from margin_changes c where c.position_id = lending_losses.id) as coins
    from lending_losses
  )
  select format('loss %s says that the reserve spent %s and %s LCO and the treasury %s, the journal says %s, %s and %s', reference,
    s.reserve, s.coins, s.treasury, coalesce(g.reserve, 0), coalesce(g.coins, 0), coalesce(g.treasury, 0)) as finding
  from says s full join gave g using (reference)
  where (s.reserve, s.treasury, s.coins) is distinct from (coalesce(g.reserve, 0), coalesce(g.treasury, 0), coalesce(g.coins, 0))`,
);

// What a platform account had left within and after a moment, at the least: a loss that only suppliers bear has no transfer.
const leftSql = (key: string, at: string) => /* sql */ `
  coalesce((select min(balance) from (
    (select e.balance_after as balance from accounts a
     join journal_entries e on e.account_id = a.id
     join journal_batches b using (sequence)
     where a.key = '${key}' and b.journal_time < ${at}
     order by e.sequence desc, e.transfer desc, e.entry desc limit 1)
    union all
    select e.balance_after from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_batches b using (sequence)
    where a.key = '${key}' and b.journal_time = ${at}) b), 0)`;

// What is too little for a lot of LCO at the mark, the fee and the band's room buys nothing.
/** A lot at the edge of the widest band, fee included, in marks. */
const dearest =
  (1 + parameterDefinitions['exchange.marketBandBps'].maximum / 10_000) *
  (1 + parameterDefinitions['exchange.takerFeeBps'].maximum / 10_000);

const orderCheck = sqlCheck(
  'lending: the treasury pays once the reserve has nothing left, within its backstop; suppliers once neither can',
  /* sql */ `
  with backstops as (
    select changed_at as from_at, lead(changed_at) over (order by version) as until_at,
      (value #>> '{}')::numeric * 1e8 as amount
    from parameter_history where name = '${backstop}'
    union all
    select '-infinity', (select min(changed_at) from parameter_history where name = '${backstop}'),
      ${backstopDefault}::numeric * 1e8
  ), paid as (
    select t.sequence, t.transfer, t.reference, -e.amount as amount, b.journal_time as at,
      sum(-e.amount) over (order by t.sequence, t.transfer) as total
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t using (sequence, transfer)
    join journal_batches b using (sequence)
    where a.key = 'platform/l-exchange/treasury/CREDIT' and t.kind = 'bad_debt'
  )
  select format('at %s the treasury paid %s base units for position %s, %s in all; the backstop is %s', at, amount, reference, total,
    (select max(b.amount) from backstops b where b.from_at <= p.at and coalesce(b.until_at, 'infinity') >= p.at)) as finding
  from paid p
  where total > (select max(b.amount) from backstops b where b.from_at <= p.at and coalesce(b.until_at, 'infinity') >= p.at)
  union all
  select format('at %s the treasury paid %s base units for position %s, the reserve had %s left', p.at, p.amount, p.reference, r.balance)
  from paid p
  cross join lateral (
    select e.balance_after as balance from accounts a join journal_entries e on e.account_id = a.id
    where a.key = 'platform/l-exchange/risk_reserve/CREDIT' and (e.sequence, e.transfer) < (p.sequence, p.transfer)
    order by e.sequence desc, e.transfer desc, e.entry desc limit 1
  ) r
  where r.balance > 0
  union all
  select format('suppliers lost %s base units of %s for position %s at %s, while the reserve had %s and the treasury might pay %s',
    by_suppliers, asset, id, settled_at, reserve, treasury)
  from (
    select l.*, ${leftSql('platform/l-exchange/risk_reserve/CREDIT', 'l.settled_at')} as reserve,
      ${leftSql('platform/l-exchange/risk_reserve/LCO', 'l.settled_at')} as coins,
      least(${leftSql('platform/l-exchange/treasury/CREDIT', 'l.settled_at')},
        (select min(b.amount) from backstops b where b.from_at <= l.settled_at and coalesce(b.until_at, 'infinity') >= l.settled_at)
        - coalesce((select max(p.total) from paid p where p.at <= l.settled_at), 0)) as treasury,
      case l.asset when 'CREDIT' then 0 else (
        select max(c.mark) * 1000000 * ${dearest} from margin_changes c where c.position_id = l.id and c.at = l.settled_at) end as lot
    from lending_losses l where l.by_suppliers > 0
  ) l
  where reserve > lot or (treasury > lot) or (asset = 'LCO' and coins > 0) or settled_at is null`,
);

export const lendingLossChecks: readonly AuditCheck[] = [spentCheck, orderCheck];
