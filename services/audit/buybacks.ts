// The buybacks' books (DESIGN 2.5): every close moved what its row says and goes on from the one before; every slice
// is one order within the price cap; what was bought for burning was burned, once.
import { planClose, type ProfitClose } from '../../domain/profit-close';
import { profitCloseColumns, type BuybackRow, type ProfitCloseRow } from '../buybacks/buyback-rows';
import { columnList } from '../column-list';
import { sqlCheck, type AuditCheck } from './check';
import { select } from './journal-rows';

const closePostingsCheck = sqlCheck(
  'buybacks: each close, split and prize purchase moved what its row says, when it says, once',
  /* sql */ `
  with due as (
    select c.id as reference, d.kind, 'platform/l-exchange/' || d.account as account, d.amount, c.closed_at as at
    from profit_closes c cross join lateral (values
      ('buyback_cost', 'revenue/CREDIT', -c.moved_to_cost),
      ('buyback_cost', 'upstream_cost/CREDIT', c.moved_to_cost),
      ('buyback_profit', 'revenue/CREDIT', -c.profit),
      ('buyback_profit', 'trading_fees/CREDIT', -c.trading_fees),
      ('buyback_profit', 'ecosystem_fund/CREDIT', c.fund_share),
      ('buyback_profit', 'losses/CREDIT', c.refilled),
      ('buyback_profit', 'treasury/CREDIT', c.treasury_share),
      ('buyback_split', 'ecosystem_fund/CREDIT', -c.free_calls - c.prize),
      ('buyback_split', 'free_calls/CREDIT', c.free_calls),
      ('buyback_split', 'prize_fund/CREDIT', c.prize)
    ) as d (kind, account, amount)
    where d.amount <> 0
    union all
    select s.id, 'buyback_prize', 'platform/l-exchange/' || d.account, d.amount, s.executed_at
    from buyback_slices s cross join lateral (values
      ('prize_fund/LCO', -s.bought), ('prize_pool/LCO', s.bought)) as d (account, amount)
    where s.fund = 'prize_fund' and s.bought > 0
  ), posted as (
    select t.reference, t.kind, a.key as account, sum(e.amount) as amount, count(*) as times,
      min(b.journal_time) as at
    from journal_transfers t
    join journal_batches b using (sequence)
    join journal_entries e using (sequence, transfer)
    join accounts a on a.id = e.account_id
    where t.kind in ('buyback_cost', 'buyback_profit', 'buyback_split', 'buyback_prize')
    group by t.reference, t.kind, a.key
  )
  select format('buyback %s: its %s should have moved %s base units of %s%s, the journal says %s%s',
    coalesce(reference, 'without an id'), kind, coalesce(d.amount, 0), account, coalesce(' at ' || d.at, ''),
    coalesce(p.amount, 0), case when p.times > 0 then format(' at %s, %s times', p.at, p.times) end) as finding
  from due d full join posted p using (reference, kind, account)
  where d.amount is distinct from p.amount or p.times <> 1 or d.at is distinct from p.at
  union all
  -- all that revenue and trading fees held was shared
  select format('buyback %s left %s base units in %s', t.reference, e.balance_after, a.purpose)
  from journal_transfers t
  join journal_entries e using (sequence, transfer)
  join accounts a on a.id = e.account_id
  where t.kind = 'buyback_profit' and a.purpose in ('revenue', 'trading_fees') and e.balance_after <> 0`,
);

const totalsCheck = sqlCheck(
  'the weekly close: the running totals are the sums of calls and corrections, and it knows where it stopped',
  /* sql */ `
  with calls as (
    select coalesce(sum(shortfall), 0) as shortfalls from relay_calls where status = 'settled'
  ), corrections as (
    select coalesce(sum(amount), 0) as amount, count(*) as count, coalesce(max(number), 0) as last
    from cost_corrections
  ), closes as (
    select coalesce(max(settled_calls), 0) as settled_calls, coalesce(sum(shortfall), 0) as shortfalls,
      coalesce(max(corrections), 0) as corrections, coalesce(sum(corrected), 0) as corrected,
      coalesce((array_agg(loss_carried_on order by number desc))[1], 0) as loss_carried
    from profit_closes
  ), runs as (
    select count(*) as opened, count(ended_at) as finished, coalesce(max(number), 0) as last,
      coalesce(max(number) filter (where ended_at is not null), 0) as last_finished
    from buybacks
  )
  select format('the total of shortfalls says %s, the calls come to %s', coalesce(t.shortfalls::text, 'nothing'),
    c.shortfalls) as finding
  from calls c left join relay_totals t on t.id = 1 where t.shortfalls is distinct from c.shortfalls
  union all
  select format('the total of %s corrections says %s, the %s rows come to %s', t.corrections, t.amount, c.count, c.amount)
  from corrections c left join cost_correction_totals t on t.id = 1
  where (t.amount, t.corrections, c.last) is distinct from (c.amount, c.count, c.count)
  union all
  select format('the closes come to %s, their state says %s', to_json(c), to_json(s))
  from closes c left join buyback_state s on s.id = 1
  where (s.settled_calls, s.shortfalls, s.corrections, s.corrected, s.loss_carried)
    is distinct from (c.settled_calls, c.shortfalls, c.corrections, c.corrected, c.loss_carried)
  union all
  select format('%s buybacks up to %s were opened and %s up to %s are over, their state says %s and %s',
    r.opened, r.last, r.finished, r.last_finished, s.opened, s.finished)
  from runs r left join buyback_state s on s.id = 1
  where (s.opened, s.finished, r.last, r.last_finished)
    is distinct from (r.opened, r.finished, r.opened, r.finished)
  union all
  select format('buyback %s is %s, and has%s closed the books', b.id, b.status, case when c.id is null then ' not' end)
  from buybacks b left join profit_closes c on c.id = b.id and c.number = b.number and c.closed_at = b.started_at
  where (c.id is null) <> (b.status = 'opened')`,
);

interface CheckedClose extends ProfitCloseRow {
  readonly dueShortfall: bigint;
  readonly dueCorrected: bigint;
  readonly dueCarried: bigint;
  readonly profitShareBps: BuybackRow['profitShareBps'];
  readonly freeCallShareBps: BuybackRow['freeCallShareBps'];
  readonly prizeShareBps: BuybackRow['prizeShareBps'];
}

const closeColumns = columnList(profitCloseColumns);

/** Each with what calls and corrections between it and the close before come to. */
const closesSql = /* sql */ `
  with bounds as (
    select id, lag(settled_calls, 1, 0) over closes as calls_from, lag(corrections, 1, 0) over closes as corrections_from,
      lag(loss_carried_on, 1, 0) over closes as carried
    from profit_closes window closes as (order by number)
  )
  select ${closeColumns}, p.carried as "dueCarried",
    (select coalesce(sum(shortfall), 0)::bigint from relay_calls
     where settlement_number > p.calls_from and settlement_number <= c.settled_calls) as "dueShortfall",
    (select coalesce(sum(amount), 0)::bigint from cost_corrections
     where number > p.corrections_from and number <= c.corrections) as "dueCorrected",
    b.profit_share_bps as "profitShareBps", b.free_call_share_bps as "freeCallShareBps",
    b.prize_share_bps as "prizeShareBps"
  from profit_closes c join bounds p using (id) join buybacks b using (id)
  order by c.number`;

const closesCheck: AuditCheck = {
  title:
    'the weekly close: each took in what came since the one before, and shared it by the rules',
  async *run({ db }) {
    for (const close of await select<CheckedClose>(db, closesSql, [])) {
      yield* checkClose(close);
    }
  },
};

function* checkClose(close: CheckedClose): Iterable<string> {
  const name = `the close of ${close.id}`;
  if (close.shortfall !== close.dueShortfall) {
    yield `${name} took in shortfalls of ${close.shortfall}, its calls come to ${close.dueShortfall}`;
  }
  if (close.corrected !== close.dueCorrected) {
    yield `${name} took in corrections of ${close.corrected}, their rows come to ${close.dueCorrected}`;
  }
  if (close.lossCarried !== close.dueCarried) {
    yield `${name} carried ${close.lossCarried}, the close before left ${close.dueCarried}`;
  }
  const plan = planClose(
    { ...close, shortfalls: close.shortfall, corrections: close.corrected },
    close,
  );
  for (const figure of Object.keys(plan) as (keyof ProfitClose)[]) {
    if (close[figure] !== plan[figure]) {
      yield `${name} says ${figure} ${close[figure]}, its books make ${plan[figure]}`;
    }
  }
}

const slicesCheck = sqlCheck(
  'buybacks: each slice is the orders of its fund, never above the price cap; what was bought to burn was burned once',
  /* sql */ `
  with bought as (
    select buyback_id as id, count(*) as slices, count(executed_at) as executed,
      coalesce(sum(spent) filter (where fund = 'ecosystem_fund'), 0) as burn_spent,
      coalesce(sum(bought) filter (where fund = 'ecosystem_fund'), 0) as burn_bought,
      coalesce(sum(spent) filter (where fund = 'prize_fund'), 0) as prize_spent,
      coalesce(sum(bought) filter (where fund = 'prize_fund'), 0) as prize_bought
    from buyback_slices group by buyback_id
  ), of_slices as (
    select o.id, o.client_order_id, o.number, o.owner_id, o.quote_quantity, o.reason, o.accepted_at, o.fee_charged,
      o.taker_notional + o.fee_charged as spent, o.filled_lots * 1000000::bigint as bought,
      regexp_replace(o.client_order_id, '^(.*:slice:[0-9]+:[a-z_]+):[0-9]+$', '\\1') as slice_id
    from orders o where o.source = 'buyback'
  ), numbered as (
    select o.*, count(*) over slice as orders, row_number() over earlier as nth,
      first_value(quote_quantity) over earlier - (sum(spent) over earlier - spent) as left_to_spend
    from of_slices o
    window slice as (partition by slice_id), earlier as (partition by slice_id order by number)
  ), slice_orders as (
    select slice_id, min(owner_id) as fund, max(quote_quantity) as budget, sum(spent)::bigint as spent,
      sum(fee_charged)::bigint as fee, sum(bought)::bigint as bought, count(*)::int as orders, max(accepted_at) as at
    from numbered group by slice_id
  )
  select format('buyback %s (%s) says it bought %s LCO to burn for %s and %s for prizes for %s, its %s slices (%s executed) come to %s for %s and %s for %s',
    b.id, b.status, b.burn_bought, b.burn_spent, b.prize_bought, b.prize_spent, coalesce(s.slices, 0),
    coalesce(s.executed, 0), s.burn_bought, s.burn_spent, s.prize_bought, s.prize_spent) as finding
  from buybacks b left join bought s using (id)
  where (b.burn_spent, b.burn_bought, b.prize_spent, b.prize_bought) is distinct from
      (coalesce(s.burn_spent, 0), coalesce(s.burn_bought, 0), coalesce(s.prize_spent, 0), coalesce(s.prize_bought, 0))
    or coalesce(s.slices, 0) <> case when b.price_cap_ticks is null then 0 else b.slices * 2 end
    or (b.status = 'completed' and s.executed <> s.slices)
  union all
  select format('slice %s says it spent %s of %s for %s LCO by %s orders, these say %s of %s for %s by %s', s.id, s.spent,
    s.budget, s.bought, s.orders, o.spent, o.budget, o.bought, o.orders)
  from buyback_slices s full join slice_orders o on o.slice_id = s.id
  where (s.orders > 0 or o.slice_id is not null)
    and (s.fund, s.budget, s.spent, s.fee, s.bought, s.orders, coalesce(s.executed_at, o.at)) is distinct from
      (o.fund, o.budget, o.spent, o.fee, o.bought, o.orders, o.at)
  union all
  select format('order %s of slice %s asked for %s, there were %s left to spend', n.id, n.slice_id, n.quote_quantity, n.left_to_spend)
  from numbered n
  where n.client_order_id <> n.slice_id || case when n.nth = 1 then '' else ':' || n.nth end
    or n.quote_quantity <> n.left_to_spend
    or (n.nth < n.orders and n.reason is distinct from 'fill_limit')
  union all
  select format('trade %s of slice %s is at %s ticks, the price cap is %s', t.id, s.id, t.ticks, b.price_cap_ticks)
  from trades t
  left join numbered n on n.id = t.taker_order_id
  left join buyback_slices s on s.id = n.slice_id
  left join buybacks b on b.id = s.buyback_id
  where t.source = 'buyback' and t.ticks <= b.price_cap_ticks is not true
  union all
  select format('slice %s was executed before its time, or before an earlier one', s.id)
  from (
    select id, executed_at, planned_at,
      lag(executed_at) over (partition by buyback_id order by slice, fund) as earlier,
      row_number() over (partition by buyback_id order by slice, fund) as nth
    from buyback_slices
  ) s
  where s.executed_at is not null
    and (s.executed_at < s.planned_at or (s.nth > 1 and s.executed_at >= s.earlier is not true))
  union all
  select format('buyback %s should have burned %s base units as record %s, the burn log says %s as %s', coalesce(b.id, r.source_ref),
    b.burn_bought, b.burn_seq, r.amount, r.seq)
  from (select * from buybacks where status = 'completed' and burn_bought > 0) b
  full join (select * from burns where kind = 'buyback') r on r.source_ref = b.id
  where (b.burn_seq, b.burn_bought, b.ended_at) is distinct from (r.seq, r.amount, r.at)`,
);

export const buybackChecks: readonly AuditCheck[] = [
  totalsCheck,
  closesCheck,
  closePostingsCheck,
  slicesCheck,
];
