// Prediction markets against the journal (DESIGN 2.8 and 8, invariant 8): each lot, bond and burn moved what its row says,
// when it says, and was told of so; nothing else touched a market's accounts, and nothing is left of one that is over.
import { tiers } from '../../domain/tiers';
import { sqlCheck } from './check';

const available = (user: string) => `'user/' || ${user} || '/available/LCO'`;
const blackHole = `'platform/l-exchange/black_hole/LCO'`;

/** All that should have gone into the accounts of markets and out of them: what, how much, with whom, and when. */
const dueSql = /* sql */ `
  select market_id::text as owner_id, 'pool' as purpose, id as reference,
    case number when 0 then 'prediction_seed' else 'prediction_bet' end as kind, stake as amount,
    ${available('user_id')} as other, placed_at as since, placed_at as until, placed_in as sequence
  from prediction_lots
  union all
  select m.id::text, 'pool', l.id,
    case when m.status in ('rejected', 'expired') then 'prediction_return'
      when l.number >= s.kept then 'prediction_refund' else 'prediction_payout' end, -l.paid,
    ${available('l.user_id')}, coalesce(greatest(m.final_at, m.voided_at), m.ended_at),
    coalesce(m.ended_at, 'infinity'), null
  from prediction_lots l
  join prediction_markets m on m.id = l.market_id
  left join prediction_settlements s on s.id = l.market_id
  where l.paid > 0
  union all
  select id::text, 'pool', burn_seq::text, 'burn', -(fees + dust), ${blackHole}, completed_at, completed_at, null
  from prediction_settlements where burn_seq is not null
  union all
  select m.id::text, 'bond', d.reference, d.kind, d.amount, d.other, d.at, d.at, null
  from prediction_markets m
  cross join lateral (values
    (true, m.id::text, 'prediction_bond', m.bond, ${available('m.disputed_by')}, m.disputed_at),
    (m.bond_fate = 'returned', m.id::text, 'prediction_bond_return', -m.bond, ${available('m.disputed_by')},
      coalesce(m.final_at, m.voided_at)),
    (m.bond_fate = 'burned', m.bond_burn_seq::text, 'burn', -m.bond, ${blackHole}, m.final_at)
  ) as d (is_due, reference, kind, amount, other, at)
  where m.bond is not null and d.is_due`;

// A transfer of a market has two entries: its own and the other one's.
const postingsCheck = sqlCheck(
  'predictions: each stake, payout, refund, bond and burn moved what its row says, when it says, once, and nothing else did',
  /* sql */ `
  with due as (${dueSql}), moved as (
    select a.owner_id, a.purpose, t.reference, t.kind, count(*) as times, sum(e.amount) as amount, min(u.key) as other,
      min(b.journal_time) as at, min(e.sequence) as sequence
    from accounts a
    join journal_entries e on e.account_id = a.id
    join journal_transfers t on t.sequence = e.sequence and t.transfer = e.transfer
    join journal_batches b on b.sequence = e.sequence
    left join journal_entries o on o.sequence = e.sequence and o.transfer = e.transfer and o.account_id <> e.account_id
    left join accounts u on u.id = o.account_id
    where a.owner_kind = 'prediction'
    group by a.owner_id, a.purpose, t.reference, t.kind
  )
  select format('%s %s should have moved %s base units between the %s of market %s and %s at %s%s; the journal says %s with %s at %s%s, %s times',
    kind, coalesce(reference, 'of nothing'), coalesce(d.amount, 0), purpose, owner_id, coalesce(d.other, 'nobody'),
    coalesce(d.since::text, 'no time'), ' in batch ' || d.sequence, coalesce(m.amount, 0), coalesce(m.other, 'nobody'),
    coalesce(m.at::text, 'no time'), ' in batch ' || m.sequence, coalesce(m.times, 0)) as finding
  from due d full join moved m using (owner_id, purpose, reference, kind)
  where (m.times = 1 and m.amount = d.amount and m.other = d.other and m.at between d.since and d.until
    and m.sequence = coalesce(d.sequence, m.sequence)) is not true`,
);

const balancesCheck = sqlCheck(
  'predictions: a pool holds what was staked and is not paid yet, a bond account what is disputed, and of a market that is over nothing is left',
  /* sql */ `
  with due as (
    select m.id::text as owner_id, m.status,
      case when m.ended_at is null then coalesce(p.staked, 0) - coalesce(s.paid + s.refunded, 0) else 0 end as pool,
      case m.bond_fate when 'held' then m.bond else 0 end as bond
    from prediction_markets m
    left join prediction_pools p on p.id = m.id
    left join prediction_settlements s on s.id = m.id
  ), held as (
    select owner_id, coalesce(sum(balance) filter (where purpose = 'pool'), 0) as pool,
      coalesce(sum(balance) filter (where purpose <> 'pool'), 0) as bond
    from accounts where owner_kind = 'prediction' group by owner_id
  )
  select format('market %s (%s) should hold %s base units and a bond of %s, its accounts hold %s and %s', owner_id,
    coalesce(d.status, 'without a row'), coalesce(d.pool, 0), coalesce(d.bond, 0), coalesce(h.pool, 0),
    coalesce(h.bond, 0)) as finding
  from due d full join held h using (owner_id)
  where (coalesce(d.pool, 0), coalesce(d.bond, 0)) is distinct from (coalesce(h.pool, 0), coalesce(h.bond, 0))`,
);

const burnsCheck = sqlCheck(
  'predictions: the burn log has the fees and the dust of each settlement and each bond that was lost, and no other burn of a market',
  /* sql */ `
  with due as (
    select burn_seq as seq, 'prediction_fee' as kind, id::text as source_ref, fees + dust as amount, completed_at as at
    from prediction_settlements where burn_seq is not null
    union all
    select bond_burn_seq, 'bond', id::text, bond, final_at from prediction_markets where bond_burn_seq is not null
  )
  select format('market %s should have burned %s base units at %s as burn %s of kind %s; the burn log says %s at %s of kind %s for %s',
    coalesce(d.source_ref, 'that is missing'), coalesce(d.amount, 0), coalesce(d.at::text, 'no time'), seq,
    coalesce(d.kind, 'none'), coalesce(b.amount, 0), coalesce(b.at::text, 'no time'), coalesce(b.kind, 'none'),
    coalesce(b.source_ref, 'nothing')) as finding
  from due d
  full join (select * from burns where source_ref in (select id::text from prediction_markets)) b using (seq)
  where (d.kind, d.source_ref, d.amount, d.at) is distinct from (b.kind, b.source_ref, b.amount, b.at)`,
);

const toldCheck = sqlCheck(
  'predictions: the journal told of each lot, in its batch, whose it is, what it cost and what it bought, and of no other',
  /* sql */ `
  with told as (
    select b.sequence, e.*
    from journal_batches b
    cross join lateral json_to_recordset(b.feed) as
      e (type text, id text, "userId" text, side text, stake text, shares text, tier text)
    where b.feed::text like '%"prediction.lot"%' and e.type = 'prediction.lot'
  )
  select format('lot %s of batch %s is %s, the journal told of %s', coalesce(l.id, t.id),
    coalesce(l.placed_in, t.sequence), json_build_array(l.user_id, l.side, l.stake, l.shares, l.tier),
    json_build_array(t."userId", t.side, t.stake, t.shares, t.tier)) as finding
  from prediction_lots l full join told t on t.id = l.id and t.sequence = l.placed_in
  where (l.user_id::text, l.side::text, l.stake::text, l.shares::text, l.tier)
    is distinct from (t."userId", t.side, t.stake, t.shares, t.tier)`,
);

/** The level of a stake, as SQL. */
function levelSql(stake: string): string {
  const cases = tiers
    .toReversed()
    .map(({ level, minimumStake }) => `when ${stake} >= ${minimumStake} then '${level}'`);
  return `case ${cases.join(' ')} end`;
}

// Commands of one batch are decided one after the other: what counts is what was staked before the lot's own transfer.
const tiersCheck = sqlCheck(
  'predictions: each lot was bought at the level that its buyer had staked for at that moment',
  /* sql */ `
  select format('lot %s was bought as %s; the journal says %s, with %s base units staked', id, tier,
    ${levelSql('staked')}, staked) as finding
  from (
    select l.id, l.tier, coalesce(e.balance_after, 0) as staked
    from prediction_lots l
    join journal_transfers t on t.sequence = l.placed_in and t.reference = l.id
      and t.kind in ('prediction_seed', 'prediction_bet')
    left join accounts a on a.key = 'user/' || l.user_id || '/staked/LCO'
    left join lateral (
      select balance_after from journal_entries e
      where e.account_id = a.id and (e.sequence, e.transfer) < (t.sequence, t.transfer)
      order by e.sequence desc, e.transfer desc, e.entry desc limit 1
    ) e on true
  ) l
  where tier <> ${levelSql('staked')}`,
);

const positionsCheck = sqlCheck(
  'predictions: each position is the sum of its lots, and each market has the holders, the pool and the settlement that are its own',
  /* sql */ `
  with sums as (
    select market_id, user_id, count(*) as lots, sum(stake) as staked,
      coalesce(sum(shares) filter (where side <> 'no'), 0) as yes_shares,
      coalesce(sum(shares) filter (where side <> 'yes'), 0) as no_shares, max(placed_at) as last_bet_at
    from prediction_lots group by market_id, user_id
  )
  select format('position %s says %s, its lots come to %s', coalesce(p.id, s.market_id || '/' || s.user_id),
    json_build_array(p.lots, p.staked, p.yes_shares, p.no_shares, p.last_bet_at),
    json_build_array(s.lots, s.staked, s.yes_shares, s.no_shares, s.last_bet_at)) as finding
  from prediction_positions p full join sums s on s.market_id = p.market_id and s.user_id = p.user_id
  where (p.id, p.lots, p.staked, p.yes_shares, p.no_shares, p.last_bet_at) is distinct from
    (s.market_id || '/' || s.user_id, s.lots, s.staked, s.yes_shares, s.no_shares, s.last_bet_at)
  union all
  select format('market %s says %s holders, %s have a position', p.id, p.holders, coalesce(h.holders, 0))
  from prediction_pools p
  left join (select market_id, count(*) as holders from prediction_positions group by market_id) h on h.market_id = p.id
  where p.holders <> coalesce(h.holders, 0)
  union all
  select format('the pool %s is of no market', id) from prediction_pools
  where id not in (select id from prediction_markets)
  union all
  select format('the settlement %s is of no market', id) from prediction_settlements
  where id not in (select id from prediction_markets)`,
);

export const predictionPostingChecks = [
  postingsCheck,
  balancesCheck,
  burnsCheck,
  toldCheck,
  tiersCheck,
  positionsCheck,
];
