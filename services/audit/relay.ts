// The relay's books (DESIGN 8, invariants 4 and 10): what is held is what is live, and each call moved in the journal
// what its row says, once.
import { sqlCheck } from './check';

export const heldCheck = sqlCheck(
  'the relay: what is held is what live calls reserved, of each user and key',
  /* sql */ `
  with live as (
    select user_id::text as user_id, count(*) as calls, sum(reserved) filter (where war_round_id is null) as reserved
    from relay_calls where status = 'live' group by user_id
  ), held as (
    select owner_id as user_id, balance
    from accounts where owner_kind = 'user' and purpose = 'relay' and asset = 'CREDIT'
  ), keys as (
    select key_id as id,
      coalesce(sum(reserved) filter (where status = 'live' and war_round_id is null), 0) as reserved,
      coalesce(sum(charge), 0) as spent
    from relay_calls where key_id is not null group by key_id
  )
  select format('user %s holds %s base units for calls, the live ones reserved %s',
    user_id, coalesce(balance, 0), coalesce(reserved, 0)) as finding
  from held full join live using (user_id)
  where coalesce(balance, 0) <> coalesce(reserved, 0)
  union all
  select format('user %s has %s live calls, the count says %s',
    coalesce(u.id::text, l.user_id), coalesce(l.calls, 0), coalesce(u.live_calls::text, 'nothing'))
  from users u full join live l on l.user_id = u.id::text
  where u.live_calls is distinct from coalesce(l.calls, 0)
  union all
  select format('key %s says spent %s and reserved %s, its calls come to %s and %s',
    id, coalesce(k.spent::text, 'nothing'), coalesce(k.reserved::text, 'nothing'),
    coalesce(c.spent, 0), coalesce(c.reserved, 0))
  from api_keys k full join keys c using (id)
  where k.spent is distinct from coalesce(c.spent, 0) or k.reserved is distinct from coalesce(c.reserved, 0)`,
);

// Each call has one row a posting that it is due, and each posting of the journal is compared with it.
export const callsCheck = sqlCheck(
  'the relay: every call moved what its row says, when it says, and ended once',
  /* sql */ `
  with calls as (
    select id::text as id, user_id::text as user_id, status, reserved, opened_at, ended_at,
      -- a champion's free call is paid by the round, and all of it goes to the upstream
      coalesce('wars/' || war_round_id || '/free_calls/CREDIT', 'user/' || user_id || '/available/CREDIT') as source,
      coalesce('wars/' || war_round_id || '/relay/CREDIT', 'user/' || user_id || '/relay/CREDIT') as held,
      coalesce(free_charge, charge, 0) as taken,
      coalesce(free_charge, least(coalesce(charge, 0), coalesce(cost, 0))) as payable,
      coalesce(mined, 0) as mined
    from relay_calls
  ), due as (
    select c.id, d.kind, d.account, d.amount, d.at
    from calls c cross join lateral (values
      ('relay_reserve', c.source, -c.reserved, true, c.opened_at),
      ('relay_reserve', c.held, c.reserved, true, c.opened_at),
      ('relay_release', c.held, -c.reserved, c.status = 'released', c.ended_at),
      ('relay_release', c.source, c.reserved, c.status = 'released', c.ended_at),
      ('relay_settle', c.held, -c.reserved, c.status = 'settled', c.ended_at),
      ('relay_settle', c.source, c.reserved - c.taken, c.status = 'settled', c.ended_at),
      ('relay_settle', 'platform/l-exchange/upstream_cost/CREDIT', c.payable, c.status = 'settled', c.ended_at),
      ('relay_settle', 'platform/l-exchange/revenue/CREDIT', c.taken - c.payable, c.status = 'settled', c.ended_at),
      ('mine', 'platform/l-exchange/mint/LCO', -c.mined, c.status = 'settled', c.ended_at),
      ('mine', 'user/' || c.user_id || '/available/LCO', c.mined, c.status = 'settled', c.ended_at)
    ) as d (kind, account, amount, applies, at)
    where d.applies and d.amount <> 0
  ), posted as (
    select t.reference as id, t.kind, a.key as account, sum(e.amount) as amount, count(*) as times,
      min(b.journal_time) as at
    from journal_transfers t
    join journal_batches b using (sequence)
    join journal_entries e using (sequence, transfer)
    join accounts a on a.id = e.account_id
    where t.kind in ('relay_reserve', 'relay_settle', 'relay_release', 'mine')
    group by t.reference, t.kind, a.key
  )
  select format('call %s: its %s should have moved %s base units of %s%s, the journal says %s%s',
    coalesce(id, 'without an id'), kind, coalesce(d.amount, 0), account, coalesce(' at ' || d.at, ''),
    coalesce(p.amount, 0), case when p.times > 0 then format(' at %s, %s times', p.at, p.times) end) as finding
  from due d full join posted p using (id, kind, account)
  where d.amount is distinct from p.amount or p.times <> 1 or d.at is distinct from p.at`,
);

export const videosCheck = sqlCheck(
  'the relay: a video and its call are open together until its deadline, paid when it was made and given back when it failed',
  /* sql */ `
  select format('video %s is %s, its call is %s', coalesce(v.id, c.id), coalesce(v.status, 'nothing'),
    coalesce(c.status, 'nothing')) as finding
  from videos v full join (
    select id, user_id, model_id, channel_id, status, process_id, ended_at, opened_at
    from relay_calls where endpoint = 'videos' or process_id is null
  ) c using (id)
  where case
    -- its workflow is gone, or stands still
    when v.ended_at is null and v.deadline_at < clock_timestamp() - interval '1 hour' then true
    -- submitted, and not accepted: a call like any other
    when v.id is null then c.process_id is null or c.status = 'settled'
    else not (
      c.process_id is null and c.user_id = v.user_id and c.model_id = v.model_id
      and v.submitted_at >= c.opened_at and v.ended_at is not distinct from c.ended_at
      and case v.status when 'completed' then c.status = 'settled' and c.channel_id = v.channel_id
        when 'failed' then c.status = 'released' else c.status = 'live' end)
    end is not false`,
);

// What no column can say of itself.
export const wholeCallsCheck = sqlCheck(
  'the relay: a call that has ended says when and how, and one that is settled what it used and cost',
  /* sql */ `
  select format('call %s is %s, and its row does not say so', id, status) as finding
  from relay_calls
  where ((status = 'live') = (ended_at is null)
    and (status = 'live') = (ending is null)
    and (status = 'settled') = (settlement_number is not null)
    and (status <> 'settled' or (
      charge between 0 and reserved and cost >= 0
      and shortfall = greatest(0, cost - coalesce(free_charge, charge))
      and excess >= 0 and mined >= 0 and input_tokens >= 0 and cached_input_tokens >= 0
      and cache_write_tokens >= 0 and output_tokens >= 0
      and token_source is not null and channel_id is not null and latency_ms >= 0))
    and (free_charge is not null) = (status = 'settled' and war_round_id is not null)
    and (free_charge is null or (charge = 0 and mined = 0 and free_charge <= reserved))) is not true`,
);
