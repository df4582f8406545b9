// The exchange's books (DESIGN 8, invariants 4, 5 and 6): what is held is what open orders hold, every trade moved
// what its row says, an order's figures are those of its trades, candles are their sums, and the book is not crossed.
import { sqlCheck, type AuditCheck } from './check';
import { marketRowsCheck } from './market-rows';

export const orderHoldsCheck = sqlCheck(
  'the exchange: what is held for orders is what the open ones hold, one by one',
  /* sql */ `
  with held as (
    select a.owner_id, t.reference, a.asset, sum(e.amount) as amount
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t using (sequence, transfer)
    where a.purpose = 'orders' and t.kind in ('order_hold', 'order_release')
    group by a.owner_id, t.reference, a.asset
  ), traded as (
    select a.owner_id, r.maker_order_id::text as reference, a.asset, sum(e.amount) as amount
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t using (sequence, transfer)
    join trades r on r.id::text = t.reference
    where a.purpose = 'orders' and t.kind = 'trade'
    group by a.owner_id, r.maker_order_id, a.asset
  ), books as (
    select owner_id, reference, asset, sum(amount) as amount
    from (select owner_id, reference, asset, amount from held
      union all select owner_id, reference, asset, amount from traded) b
    group by owner_id, reference, asset
  ), due as (
    select owner_id, id::text as reference, case side when 'buy' then 'CREDIT' else 'LCO' end as asset, hold as amount
    from orders
  )
  select format('order %s of %s should hold %s base units of %s, the books hold %s',
    reference, owner_id, coalesce(d.amount, 0), asset, coalesce(b.amount, 0)) as finding
  from due d full join books b using (owner_id, reference, asset)
  where coalesce(d.amount, 0) <> coalesce(b.amount, 0)
  union all
  select format('account %s of %s moved for %s, which no order is', a.purpose, a.owner_id, t.kind)
  from accounts a
  join journal_entries e on e.account_id = a.id
  join journal_transfers t using (sequence, transfer)
  where a.purpose = 'orders' and t.kind not in ('order_hold', 'order_release', 'trade')`,
);

// What an open order holds follows from its terms and its fills; one that has ended holds nothing.
export const openOrdersCheck = sqlCheck(
  'the exchange: an open order holds what its rest can cost, an ended one nothing',
  /* sql */ `
  with o as (
    select id, status, resting, side, type, price_ticks, quantity_lots, quote_quantity, filled_lots, hold, fee_charged,
      maker_notional, taker_notional, closed_at, triggered_at, trigger_ticks, time_in_force,
      quantity_lots::numeric - filled_lots as rest,
      maker_notional::numeric * maker_fee_bps + taker_notional::numeric * taker_fee_bps as fee_numerator,
      greatest(maker_fee_bps, taker_fee_bps) as larger
    from orders
  ), due as (
    select o.*, case
      when status <> 'open' then 0
      when side = 'sell' then rest * 1000000
      when quote_quantity is not null then quote_quantity
      else price_ticks * rest + ceil((fee_numerator + price_ticks * rest * larger) / 10000) - fee_charged
    end as due
    from o
  )
  select format('order %s is %s and holds %s base units, it should hold %s', id, status, hold, due) as finding
  from due where hold <> due
  union all
  select format('order %s was charged %s base units of fees, its fills ask for %s', id, fee_charged, ceil(fee_numerator / 10000))
  from due where fee_charged <> ceil(fee_numerator / 10000)
  union all
  select format('order %s is %s, and its row does not say so', id, status)
  from due
  where ((status = 'open') = (closed_at is null)
    and (status = 'open' or not resting)
    and (not resting or (price_ticks is not null and time_in_force = 'GTC' and rest > 0))
    and (status <> 'open' or resting or trigger_ticks is not null)
    and (status <> 'filled' or quote_quantity is not null or rest = 0)
    and (quantity_lots is null or filled_lots <= quantity_lots)
    and (quote_quantity is null or taker_notional + fee_charged <= quote_quantity)) is not true`,
);

export const tradesCheck = sqlCheck(
  'the exchange: every trade moved what its row says, once, and nothing else was traded',
  /* sql */ `
  with t as (
    select id::text as id, at, ticks::bigint * lots as notional, lots::bigint * 1000000 as quantity,
      taker_side, maker_fee, taker_fee,
      case taker_side when 'buy' then taker_owner_id else maker_owner_id end as buyer,
      case taker_side when 'buy' then maker_owner_id else taker_owner_id end as seller,
      case taker_side when 'buy' then taker_fee else maker_fee end as buyer_fee,
      case taker_side when 'buy' then maker_fee else taker_fee end as seller_fee
    from trades
  ), due as (
    select t.id, d.owner, d.asset, d.amount, t.at
    from t cross join lateral (values
      (buyer, 'CREDIT', -notional - buyer_fee), (seller, 'CREDIT', notional - seller_fee),
      ('trading_fees', 'CREDIT', buyer_fee + seller_fee),
      (buyer, 'LCO', quantity), (seller, 'LCO', -quantity)
    ) as d (owner, asset, amount)
    where d.amount <> 0
  ), posted as (
    select t.reference as id, case a.owner_kind when 'platform' then a.purpose::text else a.owner_id end as owner,
      a.asset::text as asset, sum(e.amount) as amount, min(b.journal_time) as at, count(distinct (t.sequence, t.transfer)) as times
    from journal_transfers t
    join journal_batches b using (sequence)
    join journal_entries e using (sequence, transfer)
    join accounts a on a.id = e.account_id
    where t.kind = 'trade'
    group by 1, 2, 3
    having sum(e.amount) <> 0
  )
  select format('trade %s should have moved %s base units of %s for %s at %s, the journal says %s at %s, %s times',
    id, coalesce(d.amount, 0), asset, owner, d.at, coalesce(p.amount, 0), p.at, coalesce(p.times, 0)) as finding
  from due d full join posted p using (id, owner, asset)
  where d.amount is distinct from p.amount or d.at is distinct from p.at or p.times <> 1
  union all
  select format('trades are numbered up to %s, there are %s', max(id), count(*)) from trades having max(id) <> count(*)`,
);

export const orderFillsCheck = sqlCheck(
  'the exchange: an order was filled by its trades, on its terms',
  /* sql */ `
  with sides as (
    select maker_order_id as id, maker_owner_id as owner_id, lots, ticks, ticks::numeric * lots as maker, 0 as taker,
      maker_fee as fee, case taker_side when 'buy' then 'sell' else 'buy' end as side
    from trades
    union all
    select taker_order_id, taker_owner_id, lots, ticks, 0, ticks::numeric * lots, taker_fee, taker_side from trades
  ), filled as (
    select id, owner_id, side, sum(lots) as lots, sum(maker) as maker, sum(taker) as taker, sum(fee) as fee,
      min(ticks) as lowest, max(ticks) as highest
    from sides group by id, owner_id, side
  )
  select format('order %s says %s lots filled for %s + %s and a fee of %s, its trades say %s for %s + %s and %s', id,
    o.filled_lots, o.maker_notional, o.taker_notional, o.fee_charged, coalesce(f.lots, 0), coalesce(f.maker, 0),
    coalesce(f.taker, 0), coalesce(f.fee, 0)) as finding
  from orders o full join filled f using (id)
  where o.filled_lots is distinct from coalesce(f.lots, 0)
    or o.maker_notional is distinct from coalesce(f.maker, 0)
    or o.taker_notional is distinct from coalesce(f.taker, 0)
    or o.fee_charged is distinct from coalesce(f.fee, 0)
    or o.owner_id <> f.owner_id or o.side <> f.side
  union all
  select format('order %s was filled beyond its price of %s ticks', id, o.price_ticks)
  from orders o join filled f using (id)
  where case o.side when 'buy' then f.highest > o.price_ticks else f.lowest < o.price_ticks end`,
);

export const candlesCheck = sqlCheck(
  'the exchange: candles are the sums of their trades',
  /* sql */ `
  with due as (
    select i.interval, date_trunc(i.unit, t.at at time zone 'utc') at time zone 'utc' as opens_at,
      (array_agg(t.ticks::int order by t.id))[1] as open, max(t.ticks::int) as high, min(t.ticks::int) as low,
      (array_agg(t.ticks::int order by t.id desc))[1] as close, sum(t.lots::bigint) as lots,
      sum(t.ticks::bigint * t.lots) as notional, count(*) as trades
    from trades t cross join (values ('1m', 'minute'), ('1h', 'hour')) as i (interval, unit)
    group by 1, 2, i.unit
  )
  select format('the %s candle of %s says %s/%s/%s/%s, %s lots for %s in %s trades; its trades say %s/%s/%s/%s, %s for %s in %s',
    interval, opens_at, c.open, c.high, c.low, c.close, c.lots, c.notional, c.trades,
    d.open, d.high, d.low, d.close, d.lots, d.notional, d.trades) as finding
  from due d full join candles c using (interval, opens_at)
  where (d.open, d.high, d.low, d.close, d.lots, d.notional, d.trades)
    is distinct from (c.open, c.high, c.low, c.close, c.lots::numeric, c.notional::numeric, c.trades::bigint)`,
);

export const bookCheck = sqlCheck(
  'the exchange: the book is not crossed, and nobody has more open orders than allowed',
  /* sql */ `
  select format('the best bid of %s ticks is not below the best ask of %s', bid, ask) as finding
  from (select max(price_ticks) filter (where side = 'buy') as bid, min(price_ticks) filter (where side = 'sell') as ask
    from orders where status = 'open' and resting) best
  where bid >= ask
  union all
  select format('%s has %s open orders', owner_id, count(*))
  from orders where status = 'open' group by owner_id having count(*) > 200`,
);

export const exchangeChecks: readonly AuditCheck[] = [
  orderHoldsCheck,
  openOrdersCheck,
  tradesCheck,
  orderFillsCheck,
  candlesCheck,
  bookCheck,
  marketRowsCheck,
];
