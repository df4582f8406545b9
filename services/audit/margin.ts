// The books of margin positions (DESIGN 2.6 and 8).
import { parameterDefinitions } from '../../domain/parameter-registry';
import { sqlCheck, type AuditCheck } from './check';
import { marginPostingChecks } from './margin-postings';
import { marginReplayCheck } from './margin-replay';
import { takeoverCheck } from './margin-takeovers';

const usersCheck = sqlCheck(
  "margin: a user's debts of an asset are those of the positions that are still theirs, a hundred at most",
  /* sql */ `
  with due as (
    select user_id || '/' || case side when 'long' then 'CREDIT' else 'LCO' end as id, user_id,
      case side when 'long' then 'CREDIT' else 'LCO' end as asset,
      count(*) filter (where status in ('open', 'liquidating')) as positions,
      coalesce(sum(scaled_debt) filter (where status in ('open', 'liquidating')), 0) as scaled_debt
    from margin_positions group by user_id, side
  )
  select format('user %s says %s positions that owe %s of %s, there are %s that owe %s', id, u.positions, u.scaled_debt, u.asset,
    coalesce(d.positions, 0), coalesce(d.scaled_debt, 0)) as finding
  from due d full join margin_users u using (id)
  where (u.user_id, u.asset::text, u.positions, u.scaled_debt) is distinct from (d.user_id, d.asset, d.positions, d.scaled_debt)
  union all
  select format('user %s has %s positions', user_id, sum(positions)) from due group by user_id having sum(positions) > 100`,
);

/** A change may be earlier or later in the millisecond of an opening: either value is right then. */
const pinnedSql = (
  name: 'exchange.takerFeeBps' | 'margin.maintenanceBps' | 'margin.safeBps' | 'margin.takeoverBps',
  than: '<' | '<=',
) => /* sql */ `
  coalesce((select (h.value #>> '{}')::int from parameter_history h where h.name = '${name}' and h.changed_at ${than} p.opened_at
    order by h.version desc limit 1), ${parameterDefinitions[name].default})`;

const pinned = [
  ['exchange.takerFeeBps', 'taker_fee_bps'],
  ['margin.maintenanceBps', 'maintenance_bps'],
  ['margin.safeBps', 'safe_bps'],
  ['margin.takeoverBps', 'takeover_bps'],
] as const;

const pinnedCheck = sqlCheck(
  'margin: each position has the fee and the ratios that were in force when it was opened',
  pinned
    .map(
      ([name, column]) => /* sql */ `
  select format('position %s has ${column} %s, when it was opened ${name} was %s', p.id, p.${column}, ${pinnedSql(name, '<=')}) as finding
  from margin_positions p where p.${column} not in (${pinnedSql(name, '<=')}, ${pinnedSql(name, '<')})`,
    )
    .join(' union all '),
);

// The chain covers the feed: what owners were told is what was so then.
const toldCheck = sqlCheck(
  'margin: owners were told of every change of their positions, when it happened, with the figures of its row',
  /* sql */ `
  with told as (
    select (e.value -> 'position' ->> 'id')::uuid as position_id, b.journal_time as at, e.value ->> 'userId' as user_id,
      row_number() over (partition by e.value -> 'position' ->> 'id' order by b.sequence, e.ordinality) as number,
      count(*) over (partition by e.value -> 'position' ->> 'id') as events,
      (e.value -> 'position' ->> 'mark')::numeric as mark, (e.value -> 'position' ->> 'marginRatio')::numeric as margin_ratio,
      jsonb_build_object(
        'side', e.value -> 'position' ->> 'side', 'status', e.value -> 'position' ->> 'status',
        'leverage', (e.value -> 'position' ->> 'leverage')::numeric * 100,
        'credits', (e.value -> 'position' ->> 'credits')::numeric * 1e8,
        'maintenance', (e.value -> 'position' ->> 'maintenanceRatio')::numeric * 1e4,
        'paidIn', (e.value -> 'position' ->> 'paidIn')::numeric * 1e8,
        'paidOut', (e.value -> 'position' ->> 'paidOut')::numeric * 1e8,
        'penalties', (e.value -> 'position' ->> 'penalties')::numeric * 1e8,
        'stopLoss', (e.value -> 'position' ->> 'stopLoss')::numeric * 1e6,
        'takeProfit', (e.value -> 'position' ->> 'takeProfit')::numeric * 1e6,
        'triggered', e.value -> 'position' ->> 'triggered', 'closeReason', e.value -> 'position' ->> 'closeReason') as figures
    from journal_batches b
    cross join lateral json_array_elements(b.feed) with ordinality as e (value, ordinality)
    where b.feed::text like '%"type":"position"%' and e.value ->> 'type' = 'position'
  )
  select format('change %s of position %s: its row says %s with a mark of %s and a ratio of %s, its owner was told of it at %s with %s and %s',
    number, position_id, coalesce(c.at::text, 'nothing'), c.mark, c.margin_ratio, coalesce(t.at::text, 'no time'), t.mark, t.margin_ratio) as finding
  from margin_changes c full join told t using (position_id, number)
  where (c.at, c.mark, c.margin_ratio) is distinct from (t.at, t.mark, t.margin_ratio)
  union all
  select format('position %s of user %s says %s, user %s was told %s', p.id, p.user_id, f.figures, t.user_id, t.figures)
  from margin_positions p
  cross join lateral (select jsonb_build_object(
    'side', p.side, 'status', p.status, 'leverage', p.leverage, 'credits', p.credits, 'maintenance', p.maintenance_bps,
    'paidIn', p.paid_in, 'paidOut', p.paid_out, 'penalties', p.penalties, 'stopLoss', p.stop_loss_ticks,
    'takeProfit', p.take_profit_ticks, 'triggered', p.triggered, 'closeReason', p.close_reason) as figures) f
  left join told t on t.position_id = p.id and t.number = t.events
  where f.figures is distinct from t.figures or p.user_id::text is distinct from t.user_id`,
);

export const marginChecks: readonly AuditCheck[] = [
  ...marginPostingChecks,
  usersCheck,
  pinnedCheck,
  toldCheck,
  takeoverCheck,
  marginReplayCheck,
];
